"""The two files of a photo: whether they are what was written."""

import hashlib
import re
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from emotion_core import images
from emotion_core.errors import UnreadableImage

# A comment segment right after the start of the JPEG: the photo's id and the CRC-32 of the file without the segment.
_START, _COMMENT = b"\xff\xd8", b"\xff\xfe"
_SEAL = re.compile(rb"\xff\xd8\xff\xfe..photo (\S{1,64}) ([0-9a-f]{8})", re.DOTALL)
# Thumbnails of before they were sealed are compared in this many blocks per side. Those of the same photo differ by
# JPEG's losses and a pixel's shift, about 2 gray levels at most; those of other photos by 20 and more.
_BLOCKS, _SAME_LEVELS = 8, 10


def holds(path: Path, sha256: str) -> bool:
    """Return whether a file is there and has this hash.

    Args:
        path: the file.
        sha256: in hexadecimal digits.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except OSError:
        return False


def sealed_thumbnail(image: Image.Image, photo_id: str) -> bytes:
    """Return the thumbnail of a photo, a JPEG that names the photo and carries its own checksum.

    Args:
        image: the photo, mode RGB.
        photo_id: id of the photo.
    """
    return sealed(images.thumbnail(image), photo_id)


def sealed(jpeg: bytes, photo_id: str) -> bytes:
    """Return a thumbnail with the id of its photo and its own checksum in a comment.

    Args:
        jpeg: the thumbnail.
        photo_id: id of the photo.
    """
    text = f"photo {photo_id} {zlib.crc32(jpeg):08x}".encode()
    return jpeg[:2] + _COMMENT + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]


def is_thumbnail_of(thumbnail: Path, photo: Path, photo_id: str) -> bool:
    """Return whether a file is the intact thumbnail of a photo.

    Args:
        thumbnail: file of the thumbnail.
        photo: file of the photo, which is intact; it is decoded only for a thumbnail without a checksum.
        photo_id: id of the photo.
    """
    try:
        data = thumbnail.read_bytes()
    except OSError:
        return False
    seal = _SEAL.match(data)
    if seal is None:
        return _looks_like(thumbnail, photo)
    return seal[1] == photo_id.encode() and int(seal[2], 16) == zlib.crc32(_START + data[seal.end() :])


def _looks_like(thumbnail: Path, photo: Path) -> bool:
    try:
        expected = images.read_kept(photo, 2 * images.THUMBNAIL_SIDE_PX)
        found = images.read_kept(thumbnail)
    except UnreadableImage:
        return False
    side = min(expected.size)
    left, top = (expected.width - side) // 2, (expected.height - side) // 2
    square = expected.crop((left, top, left + side, top + side))
    difference = _blocks(square) - _blocks(found)
    return bool(found.width == found.height and np.abs(difference).max() <= _SAME_LEVELS)


def _blocks(image: Image.Image) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    return np.asarray(image.convert("L").resize((_BLOCKS, _BLOCKS), Image.Resampling.BOX), dtype=np.float64)
