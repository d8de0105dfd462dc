"""Results of Openverse's image search."""

import json
from typing import Any

import pytest

from emotion_core.collect import Page
from emotion_core.collect.sources import FoundPicture
from emotion_core.collect.sources.openverse import read_results
from emotion_core.errors import CollectError

SEARCH = "https://api.openverse.org/v1/images/?q=smiling+face&page_size=20"
RESULT = {
    "id": "4bc43a04-ef46-4544-a0c1-63c63f56e276",
    "title": "A smile",
    "foreign_landing_url": "https://www.flickr.com/photos/1@N07/44597",
    "url": "https://live.staticflickr.com/4065/44597_0759.jpg",
    "creator": "Jane  Doe",
    "creator_url": "https://www.flickr.com/photos/1@N07",
    "license": "by",
    "license_version": "2.0",
    "license_url": "https://creativecommons.org/licenses/by/2.0/",
    "provider": "flickr",
    "thumbnail": "https://api.openverse.org/v1/images/4bc43a04/thumb/",
    "mature": False,
    "height": 768,
    "width": 1024,
}


def answer(*results: dict[str, Any], page: int = 1, page_count: int = 1, url: str = SEARCH) -> Page:
    """Return a page with these results."""
    about = {"result_count": 240, "page_count": page_count, "page_size": 20, "page": page}
    return Page(url, json.dumps({**about, "results": results}), 1000, "application/json")


def test_photo_has_licence_author_and_landing_page() -> None:
    """Everything that a credit needs is read."""
    contents = read_results(answer(RESULT, RESULT))
    assert contents.pictures == (
        FoundPicture(RESULT["url"], "CC BY 2.0", "Jane Doe", landing_url="https://www.flickr.com/photos/1@N07/44597"),
    )
    assert contents.next_url is None


@pytest.mark.parametrize(
    ("changes", "licence"),
    [
        ({"license": "cc0", "license_version": "1.0", "license_url": None}, "CC0 1.0"),
        ({"license": "by-nc-sa", "license_version": "4.0", "license_url": ""}, "CC BY-NC-SA 4.0"),
        (
            {"license_url": "https://creativecommons.org/publicdomain/mark/1.0/"},
            "Public Domain Mark 1.0",
        ),
        ({"license": "by\u202e\n" + "x" * 300, "license_url": None, "license_version": None}, "CC BY " + "X" * 194),
    ],
)
def test_licence_is_named_from_address_or_code(changes: dict[str, Any], licence: str) -> None:
    """The license's address comes first, then code and version; untrusted text is cleaned."""
    assert read_results(answer({**RESULT, **changes})).pictures[0].licence == licence


def test_missing_author_is_none_and_other_addresses_are_ignored() -> None:
    """Fields may be empty, and only http(s) addresses count as photos."""
    bare = {**RESULT, "creator": None, "foreign_landing_url": None}
    (picture,) = read_results(
        answer({**RESULT, "url": "javascript:alert(1)"}, {**RESULT, "url": "/x.jpg"}, bare)
    ).pictures
    assert (picture.author, picture.landing_url) == (None, None)


@pytest.mark.parametrize(
    ("url", "page", "page_count", "expected"),
    [
        (SEARCH, 1, 12, f"{SEARCH}&page=2"),
        (f"{SEARCH}&page=11", 11, 12, f"{SEARCH}&page=12"),
        (f"{SEARCH}&page=12", 12, 12, None),
        (
            "https://api.openverse.org/v1/images/?page=1&q=a%26b",
            1,
            2,
            "https://api.openverse.org/v1/images/?q=a%26b&page=2",
        ),
    ],
)
def test_next_page_is_the_same_search(url: str, page: int, page_count: int, expected: str | None) -> None:
    """The next page keeps the search, up to the last page."""
    assert read_results(answer(page=page, page_count=page_count, url=url)).next_url == expected


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"detail": "Not found."}', '{"results": [{"url": 3}], "page": 1, "page_count": 1}', "[" * 100_000],
)
def test_other_json_is_explained(text: str) -> None:
    """JSON without a list of photos raises an error with what was expected."""
    with pytest.raises(CollectError, match="Expected a web page, or Openverse's image search"):
        read_results(Page(SEARCH, text, len(text), "application/json"))
