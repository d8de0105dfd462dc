"""Image files without what their pixels do not need.

Decoders refuse a file for a fault in its texts, its EXIF data or its preview, where a browser shows the picture. So
these are left out before the file is decoded, and what changes how the pixels are shown is read here, leniently: a
fault in it counts as if it were missing.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import ExifTags, Image

from emotion_core.images.colors import Encoding


@dataclass(frozen=True)
class Contents:
    """An image file and what it says about its pixels.

    Attributes:
        data: the file, with nothing beside the pixels that could stop a decoder.
        orientation: EXIF orientation, 1 to 8; None for what the decoder finds.
        profile: ICC profile; None for what the decoder finds.
        encoding: primaries and transfer function of the colors, where the file names them without a profile.
        animated: whether the file holds more frames; None for what the decoder finds.
        complete: whether the file's end was found; otherwise pixels may be missing.
    """

    data: bytes
    orientation: int | None = None
    profile: bytes | None = None
    encoding: Encoding | None = None
    animated: bool | None = None
    complete: bool = True


def exif_orientation(exif: bytes) -> int:
    """Return the orientation that EXIF data asks for, 1 to 8; 1 where they are damaged or ask for none.

    Args:
        exif: the EXIF data, with or without the header ``Exif``; XMP data are not asked, as in browsers.
    """
    parsed = Image.Exif()
    try:
        parsed.load(exif)
        orientation = parsed.get(ExifTags.Base.Orientation, 1)
    except Exception:  # The parser raises many error types for damaged data.
        return 1
    return orientation if orientation in range(1, 9) else 1


def webp_contents(data: bytes) -> Contents:
    """Return a WebP file without EXIF data, XMP data and unknown chunks, with the size that it really has.

    The orientation in the EXIF data is not applied, as in browsers.
    """
    kept, profile = [], None
    for kind, body in _riff_chunks(data):
        if kind == b"ICCP":
            profile = body
        elif kind in {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"}:
            if kind == b"VP8X" and body:
                # The flags must not promise what is left out: ICC profile, EXIF and XMP data.
                body = bytes((body[0] & 0b11010011,)) + body[1:]
            kept.append(kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2))
    body = b"WEBP" + b"".join(kept)
    return Contents(b"RIFF" + struct.pack("<I", len(body)) + body, orientation=1, profile=profile or b"")


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    start = 12
    while start + 8 <= len(data):
        kind, size = data[start : start + 4], struct.unpack_from("<I", data, start + 4)[0]
        yield kind, data[start + 8 : start + 8 + size]
        start += 8 + size + size % 2


def iso_media_contents(data: bytes) -> Contents:
    """Return an AVIF or HEIC file whose EXIF item decoders pass over; its orientation is a property of its own."""
    hidden = bytearray(data)
    start = 0
    # The item's type is the last field of its entry: version, flags, number, protection, type.
    while (start := hidden.find(b"infe", start)) >= 0:
        type_start = start + (12 if hidden[start + 4 : start + 5] == b"\2" else 14)
        if hidden[type_start : type_start + 4] == b"Exif":
            hidden[type_start : type_start + 4] = b"none"
        start += 4
    return Contents(bytes(hidden), encoding=_named_encoding(data))


def _named_encoding(data: bytes) -> Encoding | None:
    start = data.find(b"colrnclx")
    if start < 0 or len(data) < start + 12:
        return None
    primaries, transfer = struct.unpack_from(">HH", data, start + 8)
    # Browsers show the transfer functions of video as that of sRGB, whose curve most such files have.
    return Encoding.from_codes(primaries, 13 if transfer in {1, 6, 14, 15} else transfer)
