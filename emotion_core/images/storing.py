"""Storing of decoded images: pixels only, and small versions of them for the screen."""

import hashlib
import io
import math
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from emotion_core.errors import UnreadableImage
from emotion_core.images.records import Picture

THUMBNAIL_SIDE_PX = 128


def read_kept(path: Path, least_side_px: int | None = None, *, sha256: str | None = None) -> Image.Image:
    """Return an image that ``encode`` wrote, without size limits: those are for files from elsewhere.

    Args:
        path: file to read, JPEG or PNG.
        least_side_px: longer side that is enough; a larger JPEG is decoded at a fraction of its size, which is faster.
        sha256: of the file as it was stored; None does not check it.

    Raises:
        UnreadableImage: the file is missing, damaged, or not the one that was stored.
    """
    try:
        data = path.read_bytes()
        if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
            raise ValueError("another file")
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as opened:
            if least_side_px is not None:
                share = least_side_px / max(opened.size)
                opened.draft("RGB", (math.ceil(opened.width * share), math.ceil(opened.height * share)))
            return opened.convert("RGB")
    except Exception as error:  # Pillow's decoders raise many error types for damaged files.
        reason = getattr(error, "strerror", None) or "its file is damaged"
        raise UnreadableImage(f"The photo cannot be opened: {reason}. Received: {path.name!r}.") from error


def encode(picture: Picture) -> tuple[bytes, str]:
    """Return the bytes to store and their file suffix: pixels only, no EXIF, no hidden payload.

    A lossless source stays lossless (PNG); others become JPEG at quality 95 with the source's chroma subsampling.
    """
    if picture.lossless:
        return _saved(picture.image, "PNG", compress_level=4), ".png"
    return _saved(picture.image, "JPEG", quality=95, subsampling=picture.subsampling), ".jpg"


def _saved(image: Image.Image, file_format: str, **options: Any) -> bytes:
    # Pillow releases the GIL while it encodes into a real file, but not while it encodes into memory.
    with tempfile.TemporaryFile() as out:
        image.save(out, file_format, **options)
        out.seek(0)
        return out.read()


def thumbnail(image: Image.Image, side_px: int = THUMBNAIL_SIDE_PX) -> bytes:
    """Return a square JPEG of the center of an image.

    Args:
        image: mode RGB, any size.
        side_px: side of the thumbnail, in pixels.
    """
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    # The gap lets Pillow halve large images cheaply first; the difference is invisible at this size.
    fitted = image.resize((side_px, side_px), Image.Resampling.BILINEAR, box, reducing_gap=2.0)
    return _saved(fitted, "JPEG", quality=80)


def preview(image: Image.Image, side_px: int) -> bytes:
    """Return a JPEG of a whole image.

    Args:
        image: mode RGB, any size.
        side_px: longest side of the preview, in pixels; smaller images keep their size.
    """
    smaller = image.copy()
    smaller.thumbnail((side_px, side_px), Image.Resampling.BILINEAR)
    out = io.BytesIO()
    smaller.save(out, "JPEG", quality=88)
    return out.getvalue()
