"""The pages that a scrape reads."""

import pytest

from emotion_core.collect import next_page_url, page_urls, parse_pages
from emotion_core.collect.sources import MAX_PAGES
from emotion_core.errors import CollectError

SITE = "https://a.example/"


@pytest.mark.parametrize(("text", "expected"), [("1-4", [1, 2, 3, 4]), ("3", [3]), (" 2 - 3 ", [2, 3]), ("0-0", [0])])
def test_pages_are_a_number_or_a_range(text: str, expected: list[int]) -> None:
    """A number is one page, a range includes both ends."""
    assert list(parse_pages(text)) == expected


@pytest.mark.parametrize("text", ["", "a", "1-", "-3", "1,2", "1-2-3", "1.5", "4-1", f"1-{MAX_PAGES + 1}", "9" * 50])
def test_invalid_page_ranges_are_refused(text: str) -> None:
    """Malformed, backward and too long ranges raise an error with what was received."""
    with pytest.raises(CollectError, match="Received: pages="):
        parse_pages(text)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (SITE + "happy/{page}", [SITE + "happy/2", SITE + "happy/3"]),
        (
            SITE + "s?q=sad%20man&page=1&x=1#top",
            [SITE + "s?q=sad%20man&page=2&x=1#top", SITE + "s?q=sad%20man&page=3&x=1#top"],
        ),
        (SITE + "s?page=", [SITE + "s?page=2", SITE + "s?page=3"]),
        (SITE + "?p=77&page=1", [SITE + "?p=77&page=2", SITE + "?p=77&page=3"]),
        (SITE + "?p=1", [SITE + "?p=2", SITE + "?p=3"]),
        (SITE + "?mypage=1", [SITE + "?mypage=1"]),
        (SITE + "happy", [SITE + "happy"]),
    ],
)
def test_the_page_number_is_replaced(url: str, expected: list[str]) -> None:
    """A placeholder or a page parameter gets the number; nothing else in the URL changes."""
    assert page_urls(url, range(2, 4)) == expected


def test_without_numbers_the_address_is_unchanged() -> None:
    """The URL is unchanged, and a placeholder means the first page."""
    assert page_urls(SITE + "s?page=7", None) == [SITE + "s?page=7"]
    assert page_urls(SITE + "{page}", None) == [SITE + "1"]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<link rel="next" href="/2">', SITE + "2"),
        ('<base href="/b/"><a rel="nofollow next" href="2">more</a>', SITE + "b/2"),
        ('<a href="/2">later</a>', None),
        ('<a rel="next" href="#">next</a>', None),
        ('<a rel="next" href="javascript:go()">next</a>', None),
        ('<a rel="next" href="/1">same</a>', None),
        ("", None),
    ],
)
def test_next_links(html: str, expected: str | None) -> None:
    """A rel=next link is followed, unless it leads to the page itself or to a script."""
    assert next_page_url(html, SITE + "1") == expected
