"""Recognize files that differ by a width at the end of their name only, as ``woman-320.jpg`` and ``woman-1280.jpg``.

Such a number can also be that of a product or a page, so it counts only if the page names several files of one folder
and one name, and all their numbers are usual widths of pictures.
"""

import re
from collections.abc import Iterable

from emotion_core.collect.extraction.size_patterns import RASTER

_NUMBERED = re.compile(rf"(?P<start>[^?#]+/[^/?#]*[^\W\d_])[-_](?P<width>\d{{3,4}})(?P<end>{RASTER})$", re.IGNORECASE)
# Browser windows, their multiples and the steps between them.
_WIDTHS = frozenset(
    {160, 240, 320, 360, 375, 414, 480, 540, 576, 640, 720, 750, 768, 828, 960, 992, 1024, 1080, 1125, 1242, 1280, 1366}
    | {1440, 1536, 1680, 1920, 2048, 2160, 2560, 3840}
)
_ROUND_WIDTHS = frozenset(range(200, 2001, 200)) | {300, 500, 1500, 2500}  # Not enough by themselves.


def width_families(urls: Iterable[str]) -> dict[str, str]:
    """Return the name of the picture for each URL that is one of several widths of it.

    >>> width_families(["https://a.example/cat-320.jpg", "https://a.example/cat-1280.jpg", "https://a.example/b-1.jpg"])
    {'https://a.example/cat-320.jpg': 'https://a.example/cat#.jpg', 'https://a.example/cat-1280.jpg': 'https://a.example/cat#.jpg'}
    """
    families: dict[str, dict[str, int]] = {}
    for url in urls:
        match = _NUMBERED.match(url)
        if match:
            families.setdefault(f"{match['start']}#{match['end']}", {})[url] = int(match["width"])
    return {url: family for family, widths in families.items() if _are_widths(set(widths.values())) for url in widths}


def _are_widths(numbers: set[int]) -> bool:
    return len(numbers) > 1 and numbers <= _WIDTHS | _ROUND_WIDTHS and not numbers.isdisjoint(_WIDTHS)
