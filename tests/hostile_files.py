"""Files that are small and made to cost much: pictures, archives, tables and pages."""

import gzip
import io
import struct
import zipfile
import zlib

from PIL import Image


def jpeg_of_many_scans(scans: int, side_px: int = 64) -> bytes:
    """Return a progressive JPEG whose last scan is repeated.

    Args:
        scans: number of scans.
        side_px: width and height.
    """
    out = io.BytesIO()
    Image.new("L", (side_px, side_px), 99).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    last = data.rfind(b"\xff\xda")
    scan = data[last:-2]
    return data[:-2] + scan * scans + data[-2:]


def jpeg_of_many_segments(segments: int) -> bytes:
    """Return a JPEG with empty segments before its picture."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "JPEG")
    return out.getvalue()[:2] + b"\xff\xdb\x00\x02" * segments + out.getvalue()[2:]


def png_of_many_chunks(chunks: int) -> bytes:
    """Return a PNG with empty chunks before its pixels."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "PNG")
    data = out.getvalue()
    empty = struct.pack(">I4sI", 0, b"tEXt", zlib.crc32(b"tEXt"))
    return data[:33] + empty * chunks + data[33:]


def tiff_of_tiles(side_px: int) -> bytes:
    """Return a TIFF of tiles of one pixel, uncompressed."""
    count = side_px * side_px
    tags = [
        (256, 4, 1, side_px),
        (257, 4, 1, side_px),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (322, 3, 1, 1),
        (323, 3, 1, 1),
        (324, 4, count, 8),
        (325, 4, count, 8),
    ]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    offsets = struct.pack("<I", 8) * count
    return b"II*\0" + struct.pack("<I", 8 + len(offsets)) + offsets + directory


def webp_of_many_chunks(chunks: int) -> bytes:
    """Return a WebP with empty chunks after its pixels."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "WEBP")
    body = out.getvalue()[8:] + b"junk\0\0\0\0" * chunks
    return b"RIFF" + struct.pack("<I", len(body)) + body


def avif_of_many_items(items: int) -> bytes:
    """Return an AVIF with the names of many items behind its picture."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "AVIF")
    return out.getvalue() + struct.pack(">I", 8 + 4 * items) + b"free" + b"infe" * items


def avif_with_other_size(side_px: int, claimed_px: int) -> bytes:
    """Return an AVIF that claims another size than its picture has.

    Args:
        side_px: width and height of the picture.
        claimed_px: width and height that the file claims.
    """
    out = io.BytesIO()
    Image.new("RGB", (side_px, side_px), "red").save(out, "AVIF", speed=10)
    return out.getvalue().replace(struct.pack(">II", side_px, side_px), struct.pack(">II", claimed_px, claimed_px))


def zip_of_entries(count: int) -> bytes:
    """Return a zip whose directory lists a nameless file many times and claims to list fewer."""
    entry = b"PK\x01\x02" + struct.pack("<HHHHHHLLLHHHHHLL", 20, 20, *(0,) * 14)
    directory = entry * count
    return (
        b"PK\x03\x04"
        + bytes(26)
        + directory
        + b"PK\x05\x06"
        + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(directory), 0, 0)
    )


def zip_of_one(name: str, unit: bytes, megabytes: int) -> bytes:
    """Return a zip of one file in which a few bytes are repeated.

    Args:
        name: name of the file.
        unit: the bytes.
        megabytes: size of the file.
    """
    out = io.BytesIO()
    block = (unit * (1_000_000 // len(unit) + 1))[:1_000_000]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as stream:
        for _ in range(megabytes):
            stream.write(block)
    return out.getvalue()


def _tar_header(name: str, size: int, kind: bytes) -> bytes:
    header = bytearray(512)
    header[: len(name)] = name.encode()
    header[124:136] = b"%011o\0" % size
    header[156:157] = kind
    header[148:156] = b"%06o\0 " % (sum(header) + 8 * ord(" "))
    return bytes(header)


def tar_of(name: str, content: bytes) -> bytes:
    """Return a compressed tar of one file.

    Args:
        name: name of the file.
        content: its bytes.
    """
    padding = bytes(-len(content) % 512)
    return gzip.compress(_tar_header(name, len(content), b"0") + content + padding + bytes(1024))


def tar_of_many(count: int, kind: bytes = b"0") -> bytes:
    """Return a compressed tar of empty entries of a kind."""
    return gzip.compress(_tar_header("a", 0, kind) * count + bytes(1024))


def tar_with_long_header(megabytes: int, kind: bytes) -> bytes:
    """Return a compressed tar that begins with a name or comment of many megabytes.

    Args:
        megabytes: its size.
        kind: ``b"x"`` for comments, ``b"L"`` for a name.
    """
    return gzip.compress(_tar_header("a", megabytes << 20, kind) + bytes(megabytes << 20) + bytes(1024))


def pickle_of_nested_tuples(depth: int = 60) -> bytes:
    """Return the pickle of a dict whose key is a tuple that holds itself twice, over and over."""
    return b"\x80\x02}K\x01\x85" + b"q\x00h\x00h\x00\x86" * depth + b"K\x01s."


def pickle_that_copies(megabytes: int, times: int) -> bytes:
    """Return a pickle that makes bytes of one long text many times.

    Args:
        megabytes: length of the text.
        times: how often.
    """
    text = b"X" + struct.pack("<I", megabytes * 1_000_000) + b"a" * (megabytes * 1_000_000) + b"q\x00"
    return b"\x80\x02](" + text + b"c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86R" * times + b"e."
