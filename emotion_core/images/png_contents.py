"""PNG files without what their pixels do not need."""

import struct
import zlib
from collections.abc import Iterator

from emotion_core.images.colors import MAX_PROFILE_BYTES, Encoding
from emotion_core.images.containers import Contents, exif_orientation
from emotion_core.images.limits import MAX_PIXELS, check_parts

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Lengths that these chunks must have; browsers pass over others.
_LENGTHS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"acTL": 8, b"fcTL": 26}
_TRANSPARENCY_LENGTHS = {0: 2, 2: 6}  # by color type: gray, RGB
_DEPTH_AT, _COLOR_TYPE_AT = 8, 9  # in the header
_GRAY, _RGB, _DEEP = 0, 2, 16
_ZLIB_HEADER_BYTES = 2
# More than the pixels that are allowed, at 16 bits in four channels.
_PIECE_BYTES, _MAX_PIECES = 1 << 20, 8 * MAX_PIXELS >> 20


def png_contents(data: bytes) -> Contents:
    """Return the header, palette, transparency and pixels of a PNG file, and what its other chunks say of them."""
    kept: list[bytes] = []
    seen: dict[bytes, bytes] = {}
    pixels = _Pixels()
    for count, (kind, body, intact) in enumerate(_chunks(data)):
        check_parts(count)
        # An ancillary chunk begins with a small letter. One that is damaged counts as missing, and so does one that
        # speaks of the pixels after them.
        if kind in {b"IHDR", b"PLTE"} or (kind == b"tRNS" and intact and _fits(body, seen)):
            kept.append(_chunk(kind, _as_decoded(body, seen) if kind == b"tRNS" else body, intact))
        pixels.read(kind, body, intact)
        if intact and kind not in seen and not pixels.still and len(body) == _LENGTHS.get(kind, len(body)):
            seen[kind] = body
    frames = struct.unpack(">I", seen[b"acTL"][:4])[0] if b"acTL" in seen else 1
    packed = pixels.packed(seen.get(b"IHDR", b"")[:8] if frames > 1 else b"")
    return Contents(
        _file(kept, packed),
        exif_orientation(seen.get(b"eXIf", b"")),
        b"" if b"cICP" in seen else _profile(seen.get(b"iCCP", b"")),
        _encoding(seen),
        frames > 1,
        repaired=(lambda: _file(kept, _with_right_checksum(packed))) if pixels.intact else None,
    )


def _file(kept: list[bytes], packed: bytes) -> bytes:
    return _SIGNATURE + b"".join(kept) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _with_right_checksum(packed: bytes) -> bytes:
    """Return compressed pixels with the checksum at their end corrected, or unchanged if any of them is missing."""
    inflate, rest = zlib.decompressobj(-zlib.MAX_WBITS), packed[_ZLIB_HEADER_BYTES:]
    checksum = zlib.adler32(b"")
    try:
        for _ in range(_MAX_PIECES):
            piece, rest = inflate.decompress(rest, _PIECE_BYTES), inflate.unconsumed_tail
            checksum = zlib.adler32(piece, checksum)
            if inflate.eof:
                return packed[: len(packed) - len(inflate.unused_data)] + struct.pack(">I", checksum)
            if not piece:
                break
    except zlib.error:
        pass
    return packed


def _fits(transparency: bytes, seen: dict[bytes, bytes]) -> bool:
    color_type = seen.get(b"IHDR", b"")[_COLOR_TYPE_AT : _COLOR_TYPE_AT + 1]
    return len(transparency) == _TRANSPARENCY_LENGTHS.get(color_type[0] if color_type else -1, len(transparency))


def _as_decoded(transparency: bytes, seen: dict[bytes, bytes]) -> bytes:
    """Return the transparent value in the bits that the decoder gives to values: it compares them as they are."""
    header = seen[b"IHDR"] if len(seen.get(b"IHDR", b"")) > _COLOR_TYPE_AT else bytes(10)
    depth, color_type = header[_DEPTH_AT], header[_COLOR_TYPE_AT]
    if color_type not in _TRANSPARENCY_LENGTHS or depth not in (1, 2, 4, 8, _DEEP):
        return transparency
    values = (value & ((1 << depth) - 1) for value in struct.unpack(f">{len(transparency) // 2}H", transparency))
    if color_type == _RGB and depth == _DEEP:  # It drops the low bytes of colors, but not those of gray.
        values = (value >> 8 for value in values)
    elif color_type == _GRAY and depth in (2, 4):
        values = (value * 255 // ((1 << depth) - 1) for value in values)
    return struct.pack(f">{len(transparency) // 2}H", *values)


class _Pixels:
    """Compressed pixels of the still image and, where that is not the first frame of an animation, of that frame."""

    def __init__(self) -> None:
        self.still: list[bytes] = []
        self._frame: list[bytes] = []
        self._frame_size = b""
        self._frames = 0
        self.intact = True

    def read(self, kind: bytes, body: bytes, intact: bool) -> None:
        """Take a chunk in."""
        if kind == b"IDAT":
            self.still.append(body)
            self.intact &= intact
        elif kind == b"fcTL" and intact:
            self._frames += 1
            if self._frames == 1 and self.still:
                self._frame_size = body[4:12]
        elif kind == b"fdAT" and self._frames == 1 and self._frame_size:
            self._frame.append(body[4:])

    def packed(self, animation_size: bytes) -> bytes:
        """Return the pixels to show, for an animation of the given size, as in the file; empty for a still image."""
        if self._frame and self._frame_size == animation_size:
            return b"".join(self._frame)
        return b"".join(self.still)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """Yield type, content and whether the checksum is right."""
    start = len(_SIGNATURE)
    while start + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, start)
        body, checksum = data[start + 8 : start + 8 + size], data[start + 8 + size : start + 12 + size]
        if kind == b"IEND":
            return
        yield kind, body, checksum == struct.pack(">I", zlib.crc32(kind + body))
        start += 12 + size


def _chunk(kind: bytes, body: bytes, intact: bool = True) -> bytes:
    # The decoder must still refuse a header or a palette whose checksum is wrong.
    checksum = zlib.crc32(kind + body) ^ (not intact)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def _profile(chunk: bytes) -> bytes:
    """Return the ICC profile of an iCCP chunk: a name, a zero, the method and the compressed profile."""
    inflate = zlib.decompressobj()
    try:
        profile = inflate.decompress(chunk.partition(b"\0")[2][1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return b""
    return profile if inflate.eof else b""


def _encoding(seen: dict[bytes, bytes]) -> Encoding | None:
    """Return the colors that cICP names, or gAMA and cHRM describe, in the order in which browsers ask them."""
    if b"cICP" in seen:
        primaries, transfer, matrix, full_range = seen[b"cICP"]
        return Encoding.from_codes(primaries, transfer) if (matrix, full_range) == (0, 1) else None
    if b"sRGB" in seen or b"gAMA" not in seen:
        return None
    gamma = struct.unpack(">I", seen[b"gAMA"])[0]
    chromaticities = struct.unpack(">8I", seen[b"cHRM"]) if b"cHRM" in seen else None
    return Encoding.from_gamma(gamma / 100_000, chromaticities and tuple(value / 100_000 for value in chromaticities))
