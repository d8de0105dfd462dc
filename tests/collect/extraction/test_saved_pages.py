"""Saved pages of many kinds, with known pictures."""

import pytest

from benchmarks.picture_finding import FINDERS, OWN_PAGES, SavedPage, load, milliseconds, score
from emotion_core.collect import find_image_urls

PAGES = load(OWN_PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_of_a_saved_page_is_found_once_in_full_size(page: SavedPage) -> None:
    """Each picture comes once, in its largest size, in page order, and nothing else does."""
    urls = find_image_urls(page.html, page.url)
    for url, largest in zip(urls, page.largest, strict=True):
        assert url in largest


def test_the_benchmark_separates_finders() -> None:
    """A finder scores by what it finds, and loses points for missing pictures, small copies and junk."""
    ours = score(PAGES, FINDERS["ours"])
    assert (ours.recall, ours.largest, ours.junk, ours.per_picture) == (1, 1, 0, 1)
    tutorial = score(PAGES, FINDERS["tutorial: src"])
    assert tutorial.recall < 1
    assert tutorial.largest < tutorial.recall
    assert tutorial.junk > 0
    assert score(PAGES, FINDERS["pattern"]).per_picture > 1


def test_the_benchmark_measures_time_for_short_pages() -> None:
    """Each page has a measured time, however short it is."""
    assert milliseconds(PAGES[:2], FINDERS["pattern"]) > 0
