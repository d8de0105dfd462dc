"""Distinguishing decoration from photos by URL and element."""

import pytest

from emotion_core.collect.extraction import parse_page
from emotion_core.collect.extraction.junk_filter import (
    has_non_photo_suffix,
    is_decorative_element,
    is_decorative_url,
    is_page_url,
    is_picture_file,
    looks_like_address,
)


@pytest.mark.parametrize(
    "name",
    [
        "spacer.gif",
        "empty.jpg",
        "blank.png",
        "1x1.jpg",
        "lazy-placeholder.jpg",
        "logo@2x.png",
        "cleardot.gif",
        "icon-search.webp",
        "site-logo.jpg",
        "default_image_placeholder.png",
        "netz-blank.png",
        "ani-loader_small.gif",
        "share-facebook.png",
    ],
)
def test_decoration_is_recognized(name: str) -> None:
    """A name that says spacer, placeholder, logo or icon and nothing else is decoration."""
    assert is_decorative_url(f"https://a.example/x/{name}?v=1")


@pytest.mark.parametrize(
    "name",
    [
        "image.jpg",
        "small.jpg",
        "iconic-smile.jpg",
        "woman-loading-a-truck.jpg",
        "pixel-art-of-a-sad-cat.png",
        "man-with-logo-on-his-shirt.png",
        "12345",
        "",
        "photo-1x1.jpg",
        "blank-stare.png",
        "youtube-star.webp",
        "over-the-counter.jpg",
        "eye-tracking.png",
        "behind-the-counter",
    ],
)
def test_photos_are_not_decoration(name: str) -> None:
    """A name with other words, or without any, may be that of a photo."""
    assert not is_decorative_url(f"https://a.example/pictures/{name}")


def test_drawings_and_films_are_not_photos() -> None:
    """The suffix of the path decides, not that of the query."""
    assert has_non_photo_suffix("https://a.example/a.SVG?x=1")
    assert has_non_photo_suffix("https://a.example/a.mp4")
    assert not has_non_photo_suffix("https://a.example/a.jpg?from=a.svg")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", False), ("", False), ('{"1x": "/a.jpg"}', False), ("/a", True), ("a.jpg?x=1", True), ("lazy", False)],
)
def test_script_attributes_hold_addresses_or_not(value: str, expected: bool) -> None:
    """Switches and JSON in lazy attributes are not taken for URLs."""
    assert looks_like_address(value) is expected


@pytest.mark.parametrize(
    "url",
    [
        "https://stats.a.example/piwik.php?idsite=1",
        "https://counter.yadro.example/hit?1",
        "https://c.statcounter.com/1/0/e9/1/",
        "https://top.mail.example/counter?js=na;id=1",
        "https://adserver.example/adserv|3.0|263|ADTECH",
        "https://ww4.smartadserver.com/call/1",
        "https://www.facebook.com/tr?id=1",
        "https://a.example/spip.php?action=cron",
    ],
)
def test_trackers_are_recognized_by_url(url: str) -> None:
    """Visitor counters are recognized by host, path or query."""
    assert is_decorative_url(url)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<img src="/a" width="1" height="1">', True),
        ('<img src="/a" width="1" height="1" alt="A cover">', False),
        ('<img src="/a.png" width="24" height="24px" alt="Share">', True),
        ('<img src="/a.png" style="width: 16px; height: 16px">', True),
        ('<img src="/line.gif" width="500" height="2">', True),
        ('<img src="/a.jpg" width="48" height="48">', False),
        ('<img src="/a.jpg" width="100%" height="auto">', False),
        ('<img src="/a.jpg" width="32">', False),
        ('<img class="large icon" src="/a.png">', True),
        ('<img class="iconic" src="/a.png">', False),
        ('<noscript><img src="/c?id=1" alt=""></noscript>', True),
        ('<noscript><img src="/c?id=1" alt="A man"></noscript>', False),
        ('<noscript><img src="/c.jpg?id=1"></noscript>', False),
        ('<img src="/c?id=1" style="display: none">', True),
        ('<img src="/c?id=1">', False),
    ],
)
def test_decorative_elements_are_recognized(html: str, expected: bool) -> None:
    """Size, class and hiding distinguish trackers, lines and icons from pictures; an alt text marks a picture."""
    (img,) = parse_page(html).iter("img")
    assert is_decorative_element(img) is expected


def test_the_page_itself_is_not_a_picture() -> None:
    """The page's own URL and home pages are given for pictures by mistake."""
    page = "https://a.example/p?x=1"
    assert is_page_url("https://a.example/p?x=1#top", page)
    assert is_page_url("https://b.example", page)
    assert is_page_url("https://b.example/", page)
    assert not is_page_url("https://b.example/?image=1", page)
    assert not is_page_url("https://a.example/p?x=2", page)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/a.JPG?x=1#y", True),
        ("a.webp", True),
        ("/wiki/File:A.jpg", False),
        ("/u/blob/main/a.png", False),
        ("/a", False),
    ],
)
def test_links_to_pages_about_a_picture_are_not_pictures(address: str, expected: bool) -> None:
    """Wikis and code hosts have pages whose address ends like a picture file."""
    assert is_picture_file(address) is expected
