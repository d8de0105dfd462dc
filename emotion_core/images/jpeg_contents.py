"""JPEG files without what their pixels do not need."""

import re
import struct
from collections.abc import Iterator

from emotion_core.images.containers import Contents, exif_orientation
from emotion_core.images.limits import check_parts

_SOI, _EOI, _SOS, _APP1, _APP2, _COM = 0xD8, 0xD9, 0xDA, 0xE1, 0xE2, 0xFE
# Markers without a segment: restart markers, and one for private use.
_BARE = frozenset({*range(0xD0, 0xD8), 0x01})
# In entropy-coded data a marker is FF and neither 0, which stands for the byte FF, nor a restart, nor a fill byte.
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ANY_MARKER = re.compile(rb"\xff[^\x00\xff]")
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_MIN_PADDING_BYTES = 16
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_PROGRESSIVE_FRAMES = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
# Shorter segments of these names are passed over by decoders, but not by Pillow.
_KEPT_SEGMENTS = {0xE0: (b"JFIF\0", 14), 0xEE: (b"Adobe", 12), _APP2: (b"ICC_PROFILE\0", 14)}


def jpeg_contents(data: bytes) -> Contents:
    """Return a JPEG file's tables, scans and color profile, without texts, EXIF data, previews and further pictures."""
    kept, orientation = [b"\xff\xd8"], None
    for count, (marker, start, end) in enumerate(_header_segments(data)):
        check_parts(count)
        if marker == _SOS:
            end, complete, scan_count = _scans_end(data, start)
            scans = data[start:end] if complete else _without_padding(data[start:end])
            return Contents(b"".join(kept) + scans + b"\xff\xd9", orientation or 1, complete=complete, scans=scan_count)
        body = data[start + 4 : end]
        if marker == _APP1 and orientation is None and body.startswith(b"Exif\0"):
            orientation = exif_orientation(body[6:])
        if _is_needed(marker, body):
            kept.append(data[start:end])
    return Contents(data, orientation or 1)


def _is_needed(marker: int, body: bytes) -> bool:
    if marker in _KEPT_SEGMENTS:
        name, least = _KEPT_SEGMENTS[marker]
        return body.startswith(name) and len(body) >= least
    return marker != _COM and not 0xE0 <= marker <= 0xEF


def _header_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of each segment up to the first scan."""
    position = 2
    while (match := _ANY_MARKER.search(data, position)) is not None:
        start, marker = match.start(), data[match.start() + 1]
        position = start + 2
        if marker in _BARE or marker == _SOI:
            continue
        if marker == _EOI or start + 4 > len(data):
            return
        position += struct.unpack_from(">H", data, start + 2)[0]
        yield marker, start, position
        if marker == _SOS:
            return


def _scans_end(data: bytes, start: int) -> tuple[int, bool, int]:
    """Return where the scans end that begin at ``start``, whether a marker says so, and how many there are."""
    scans = parts = 0
    while start + 4 <= len(data):
        scans, parts = scans + (data[start + 1] == _SOS), parts + 1
        check_parts(parts)
        position = start + 2 + struct.unpack_from(">H", data, start + 2)[0]
        if data[start + 1] != _SOS:
            following = position if data[position : position + 1] == b"\xff" else -1
        else:
            match = _MARKER_IN_SCAN.search(data, position)
            following = match.start() if match else -1
        if following < 0 or following + 2 > len(data):
            break
        if data[following + 1] == _EOI:
            return following, True, scans
        start = following
    return len(data), False, scans


def _without_padding(scans: bytes) -> bytes:
    """Return scans without what follows them: zeros, which a stopped download leaves, and half a marker."""
    zeros = len(scans) - len(scans.rstrip(b"\0"))
    # Fewer may be pixels; half a marker would make one of the marker that is added.
    return (scans[: len(scans) - zeros] if zeros >= _MIN_PADDING_BYTES else scans).rstrip(b"\xff")


def has_all_scans(data: bytes) -> bool:
    """Whether the scans bring every coefficient of every component in full, as they do unless the file was cut off.

    Args:
        data: a JPEG file as ``jpeg_contents`` returns it.
    """
    missing: set[tuple[int, int]] = set()
    is_progressive, position = False, 2
    while (match := _MARKER_IN_SCAN.search(data, position)) is not None and match.end() + 2 <= len(data):
        start, marker = match.start(), data[match.start() + 1]
        position = match.end() + struct.unpack_from(">H", data, match.end())[0]
        if marker in _FRAMES:
            is_progressive = marker in _PROGRESSIVE_FRAMES
            missing = {(name, band) for name in data[start + 10 : position : 3] for band in range(64)}
        elif marker == _SOS:
            first, last, bits = data[position - 3 : position]
            bands = range(first, last + 1) if is_progressive else range(64)
            # The lower four bits count the bits that later scans bring.
            if not bits & 15:
                missing -= {(name, band) for name in data[start + 5 : position - 3 : 2] for band in bands}
    return not missing


def continuations(data: bytes) -> Iterator[bytes]:
    """Yield different bytes that may follow the last pixels; a restart marker is needed where the next part begins.

    Args:
        data: a JPEG file as ``jpeg_contents`` returns it.
    """
    restarts = _RESTART.findall(data, data.rfind(b"\xff\xda"))
    following = (restarts[-1][1] + 1) % 8 if restarts else 0
    yield from (b"\x00" * 64, b"\x5a" * 64, b"\xa5" * 64, bytes((0xFF, 0xD0 + following)) + b"\x5a" * 64)
