"""PNG files without what their pixels do not need."""

import struct
import zlib
from collections.abc import Iterator

from emotion_core.images.colors import MAX_PROFILE_BYTES, Encoding
from emotion_core.images.containers import Contents, exif_orientation

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Lengths that these chunks must have; browsers pass over others.
_LENGTHS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"acTL": 8}


def png_contents(data: bytes) -> Contents:
    """Return the header, palette, transparency and pixels of a PNG file, and what its other chunks say of them."""
    kept: list[bytes] = []
    seen: dict[bytes, bytes] = {}
    for kind, body, intact in _chunks(data):
        # An ancillary chunk begins with a small letter. One that is damaged counts as missing.
        if kind in {b"IHDR", b"PLTE", b"IDAT", b"tRNS"}:
            if intact or kind != b"tRNS":
                kept.append(_chunk(kind, body, intact))
        elif intact and kind not in seen and len(body) == _LENGTHS.get(kind, len(body)):
            seen[kind] = body
    frames = struct.unpack(">I", seen[b"acTL"][:4])[0] if b"acTL" in seen else 1
    return Contents(
        _SIGNATURE + b"".join(kept) + _chunk(b"IEND", b""),
        exif_orientation(seen.get(b"eXIf", b"")),
        b"" if b"cICP" in seen else _profile(seen.get(b"iCCP", b"")),
        _encoding(seen),
        frames > 1,
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """Yield type, content and whether the checksum is right; pixels at the file's end may lack theirs."""
    start = len(_SIGNATURE)
    while start + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, start)
        body, checksum = data[start + 8 : start + 8 + size], data[start + 8 + size : start + 12 + size]
        if kind == b"IEND":
            return
        cut_off = kind == b"IDAT" and len(checksum) < 4
        yield kind, body, cut_off or checksum == struct.pack(">I", zlib.crc32(kind + body))
        start += 12 + size


def _chunk(kind: bytes, body: bytes, intact: bool = True) -> bytes:
    # The decoder must still refuse pixels whose checksum is wrong.
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
