"""JPEG files without what their pixels do not need."""

import re
import struct
from collections.abc import Iterator

from emotion_core.images.containers import Contents, exif_orientation

_SOI, _EOI, _SOS, _APP1, _APP2, _COM = 0xD8, 0xD9, 0xDA, 0xE1, 0xE2, 0xFE
# Markers without a segment: restart markers, and one for private use.
_BARE = frozenset({*range(0xD0, 0xD8), 0x01})
# In entropy-coded data a marker is FF and neither 0, which stands for the byte FF, nor a restart, nor a fill byte.
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ANY_MARKER = re.compile(rb"\xff[^\x00\xff]")
# Shorter segments of these names are passed over by decoders, but not by Pillow.
_KEPT_SEGMENTS = {0xE0: (b"JFIF\0", 14), 0xEE: (b"Adobe", 12), _APP2: (b"ICC_PROFILE\0", 14)}


def jpeg_contents(data: bytes) -> Contents:
    """Return a JPEG file's tables, scans and color profile, without texts, EXIF data, previews and further pictures."""
    kept, orientation = [b"\xff\xd8"], None
    for marker, start, end in _header_segments(data):
        if marker == _SOS:
            end, complete = _scans_end(data, start)
            # Half a marker at the end would make one of the marker that is added.
            scans = data[start:end] if complete else data[start:end].rstrip(b"\xff")
            return Contents(b"".join(kept) + scans + b"\xff\xd9", orientation or 1, complete=complete)
        body = data[start + 4 : end]
        if marker == _APP1 and orientation is None and body.startswith(b"Exif\0"):
            orientation = exif_orientation(body)
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


def _scans_end(data: bytes, start: int) -> tuple[int, bool]:
    """Return where the scans end that begin at ``start``, and whether a marker says so."""
    while start + 4 <= len(data):
        position = start + 2 + struct.unpack_from(">H", data, start + 2)[0]
        if data[start + 1] != _SOS:
            following = position if data[position : position + 1] == b"\xff" else -1
        else:
            match = _MARKER_IN_SCAN.search(data, position)
            following = match.start() if match else -1
        if following < 0 or following + 2 > len(data):
            break
        if data[following + 1] == _EOI:
            return following, True
        start = following
    return len(data), False
