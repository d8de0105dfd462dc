"""Image files without what their pixels do not need.

Decoders refuse a file for a fault in its texts, its EXIF data or its preview, where a browser shows the picture. So
these are left out before the file is decoded, and what changes how the pixels are shown is read here, leniently: a
fault in it counts as if it were missing.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from emotion_core.errors import UnreadableImage
from emotion_core.images.colors import Encoding
from emotion_core.images.limits import check_parts

_ORIENTATION_TAG, _SHORT, _ENTRY_BYTES = 0x0112, 3, 12
_BLOCK_OFFSETS = (273, 324)  # strips, tiles


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
        scans: how often a JPEG passes over its pixels.
        repaired: makes the file again with the checksum of all pixels corrected, which browsers ignore where the
            checksums of their parts are right; None where that may not be done.
    """

    data: bytes
    orientation: int | None = None
    profile: bytes | None = None
    encoding: Encoding | None = None
    animated: bool | None = None
    complete: bool = True
    scans: int = 1
    repaired: Callable[[], bytes] | None = None


def exif_orientation(exif: bytes) -> int:
    """Return the orientation that EXIF data asks for, 1 to 8; 1 where they are damaged or ask for none.

    Like browsers, this reads one short number in the first directory. Pillow's parser also takes other types and counts
    and a repeated header.

    Args:
        exif: the EXIF data from the byte order on; XMP data are not asked, as in browsers.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) < 8:
        return 1
    start = struct.unpack_from(f"{order}I", exif, 4)[0]
    entries = struct.unpack_from(f"{order}H", exif, start)[0] if start + 2 <= len(exif) else 0
    first = start + 2
    # A damaged count may name more entries than there are bytes.
    for entry in range(first, min(first + entries * _ENTRY_BYTES, len(exif) - _ENTRY_BYTES + 1), _ENTRY_BYTES):
        tag, kind, count, value = struct.unpack_from(f"{order}HHIH", exif, entry)
        if tag == _ORIENTATION_TAG:
            return value if (kind, count) == (_SHORT, 1) and 1 <= value <= 8 else 1
    return 1


def webp_contents(data: bytes) -> Contents:
    """Return a WebP file without EXIF data, XMP data and unknown chunks, with the size that it really has.

    The orientation in the EXIF data is not applied, as in browsers.
    """
    kept, profile, has_profile = [], None, False
    for count, (kind, body) in enumerate(_riff_chunks(data)):
        check_parts(count)
        if kind == b"ICCP" and has_profile:
            profile = body
        elif kind in {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"}:
            if kind == b"VP8X" and body:
                # Browsers read a profile only where the flags promise it. They must not promise what is left out: ICC
                # profile, EXIF and XMP data.
                has_profile = bool(body[0] & 0b100000)
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
    check_parts(data.count(b"infe"))
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


def tiff_contents(data: bytes) -> Contents:
    """Return a TIFF file as it is, unless its first directory asks for more work than its size allows.

    Pillow makes an object of each tile or strip when it opens the file, and reads the value of every entry.

    Raises:
        UnreadableImage: it is in too many tiles or strips, or its entries are larger than the file.
    """
    order = "<" if data.startswith(b"II") else ">"
    is_big = data[2:4] in (b"+\0", b"\0+")
    offset_at, count_format, entry_format = (8, "Q", "HHQ8x") if is_big else (4, "H", "HHI4x")
    try:
        start = struct.unpack_from(order + ("Q" if is_big else "I"), data, offset_at)[0]
        entries = struct.unpack_from(order + count_format, data, start)[0]
        start += struct.calcsize(order + count_format)
        values = 0
        for number in range(min(entries, 65_535)):
            at = start + number * struct.calcsize(order + entry_format)
            tag, _kind, count = struct.unpack_from(order + entry_format, data, at)
            values += count
            check_parts(count if tag in _BLOCK_OFFSETS else 0)
            if values > len(data):
                raise UnreadableImage("The file is damaged: its entries are larger than the file.")
    except struct.error:
        pass  # The decoder says what is missing.
    return Contents(data)
