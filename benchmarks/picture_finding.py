"""Recall and precision of the picture finder, beside three simple ones, on saved pages whose pictures are labeled.

Run ``python -m benchmarks.picture_finding [FOLDER]``. A folder holds ``NAME.html`` and ``NAME.json`` for each page:

    {"url": "https://...",
     "pictures": [{"variants": ["https://...", ...], "largest": ["https://..."]}, ...],
     "neutral": ["https://...", ...]}

``variants`` are all addresses of one picture, ``largest`` those of its largest size (left out if unknown), ``neutral``
pictures that may be returned or not, such as avatars. Every other address that is returned is junk.
"""

import argparse
import json
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from bs4 import BeautifulSoup

from emotion_core.collect import find_image_urls

OWN_PAGES = Path(__file__).parents[1] / "tests" / "collect" / "saved_pages"
TIMED_BYTES = 200_000
_RASTER = re.compile(r"https?://[^\s\"'<>()\\]+?\.(?:jpe?g|png|webp|avif|gif)(?:\?[^\s\"'<>()\\]*)?", re.IGNORECASE)

Finder = Callable[[str, str], list[str]]


@dataclass(frozen=True)
class SavedPage:
    """A saved page with labeled pictures.

    Attributes:
        name: name of its files.
        html: source of the page.
        url: address of the page.
        pictures: all addresses of each picture.
        largest: addresses of the largest size of each picture; empty if unknown.
        neutral: addresses that are neither pictures nor junk.
    """

    name: str
    html: str
    url: str
    pictures: list[set[str]]
    largest: list[set[str]]
    neutral: set[str]


@dataclass(frozen=True)
class Score:
    """Score of a finder, as shares over all pages together.

    Attributes:
        recall: share of pictures with at least one address returned.
        largest: share of pictures with a known largest size for which its address was returned.
        junk: share of returned addresses that are no picture of the page.
        per_picture: number of returned addresses per picture found.
    """

    recall: float
    largest: float
    junk: float
    per_picture: float


def load(folder: Path) -> list[SavedPage]:
    """Return the labeled pages of a folder, sorted by name."""
    return [_load(path) for path in sorted(folder.glob("*.json"))]


def _load(path: Path) -> SavedPage:
    label = json.loads(path.read_text(encoding="utf8"))
    html = path.with_suffix(".html").read_text(encoding="utf8")
    pictures = [set(picture["variants"]) for picture in label["pictures"]]
    largest = [set(picture.get("largest", ())) for picture in label["pictures"]]
    return SavedPage(path.stem, html, label["url"], pictures, largest, set(label.get("neutral", ())))


def score(pages: list[SavedPage], finder: Finder) -> Score:
    """Return the score of a finder.

    Args:
        pages: labeled pages.
        finder: function of HTML and page address that returns addresses of pictures.
    """
    recalled = large = known = junk = returned = hits = 0
    for page in pages:
        urls = finder(page.html, page.url)
        chosen = set(urls)
        recalled += sum(not chosen.isdisjoint(variants) for variants in page.pictures)
        large += sum(not chosen.isdisjoint(largest) for largest in page.largest)
        known += sum(map(bool, page.largest))
        of_pictures = set().union(*page.pictures)
        hits += len(chosen & of_pictures)
        junk += len(chosen - of_pictures - page.neutral)
        returned += len(chosen)
    there = sum(len(page.pictures) for page in pages)
    return Score(recalled / max(1, there), large / max(1, known), junk / max(1, returned), hits / max(1, recalled))


def _tutorial(html: str, page_url: str) -> list[str]:
    """Return the ``src`` of each ``img``, as tutorials do."""
    return [urljoin(page_url, str(img["src"])) for img in BeautifulSoup(html, "lxml").find_all("img", src=True)]


def _repaired(html: str, page_url: str) -> list[str]:
    """Return the common lazy-loading attributes or else the ``src`` of each ``img``, relative to the page's base."""
    soup = BeautifulSoup(html, "lxml")
    base = soup.find("base", href=True)
    base_url = urljoin(page_url, str(base["href"])) if base else page_url
    names = ("data-src", "data-lazy-src", "data-original", "src")
    values = (next((img[name] for name in names if img.get(name)), None) for img in soup.find_all("img"))
    return [urljoin(base_url, str(value)) for value in values if value]


def _by_pattern(html: str, _page_url: str) -> list[str]:
    """Return every absolute address in the page with the suffix of a picture file."""
    return list(dict.fromkeys(url.replace("&amp;", "&") for url in _RASTER.findall(html)))


FINDERS: dict[str, Finder] = {
    "ours": find_image_urls,
    "tutorial: src": _tutorial,
    "data-src, else src": _repaired,
    "pattern": _by_pattern,
}


def milliseconds(pages: list[SavedPage], finder: Finder) -> float:
    """Return the median CPU time per page, scaled to pages of 200 KB, in milliseconds.

    Args:
        pages: labeled pages.
        finder: function of HTML and page address that returns addresses of pictures.
    """
    times = []
    for page in pages:
        # Short pages are repeated, so that the fixed cost of a page does not dominate.
        html = page.html * max(1, round(TIMED_BYTES / len(page.html.encode())))
        started = time.process_time()
        finder(html, page.url)
        times.append((time.process_time() - started) * 1000 * TIMED_BYTES / len(html.encode()))
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=OWN_PAGES, help="of saved pages with their labels")
    pages = load(parser.parse_args().folder)
    print(f"{len(pages)} pages, {sum(len(page.pictures) for page in pages)} pictures")
    print(f"{'':20} {'recall':>7} {'largest':>8} {'junk':>6} {'URLs':>6} {'ms/200KB':>9}")
    for name, finder in FINDERS.items():
        result = score(pages, finder)
        figures = f"{result.recall:7.3f} {result.largest:8.3f} {result.junk:6.3f} {result.per_picture:6.2f}"
        print(f"{name:20} {figures} {milliseconds(pages, finder):9.1f}", flush=True)


if __name__ == "__main__":
    main()
