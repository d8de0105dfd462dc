"""Validation of scrape requests."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from emotion_core.collect import ScrapeRequest, read_urls
from emotion_core.errors import CollectError

GOOD: dict[str, Any] = {"url": "https://a.example/?page=1", "label": "sad"}


def test_a_request_survives_json() -> None:
    """A request written as JSON and read again is the same."""
    request = ScrapeRequest(**GOOD, pages="1-4", select="img", limit=5, allow_hosts=("127.0.0.1:80",))

    assert ScrapeRequest.model_validate(request.model_dump(mode="json")) == request
    assert list(request.page_range or ()) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "change",
    [
        {"url": "ftp://a.example"},
        {"url": "a.example"},
        {"label": "angry"},
        {"pages": "4-1"},
        {"url": "https://a.example/", "pages": "900-901"},
        {"limit": 0},
        {"limit": 5001},
        {"allow_hosts": ("localhost",)},
        {"url": ""},
        {"urls": ("https://a.example/1.jpg",)},
        {"url": "", "urls": ("file:///etc/passwd",)},
        {"url": "", "urls": tuple(f"https://a.example/{number}" for number in range(5001))},
        {"delay_seconds": -1},
        {"delay_seconds": 61},
        {"max_minutes": 0},
        {"max_megabytes": 0.5},
        {"select": "img["},
    ],
)
def test_unusable_values_are_refused_at_once(change: dict[str, Any]) -> None:
    """Each unusable value raises an error with what was expected, before anything is fetched."""
    with pytest.raises(CollectError, match=r"Expected .* Received: "):
        ScrapeRequest(**{**GOOD, **change})


def test_unknown_settings_and_changes_are_refused() -> None:
    """A misspelled setting is an error, and a request is immutable."""
    with pytest.raises(ValidationError, match="page_numbers"):
        ScrapeRequest(**GOOD, page_numbers="1-4")  # type: ignore[call-arg]
    with pytest.raises(ValidationError, match="frozen"):
        ScrapeRequest(**GOOD).label = "happy"  # type: ignore[misc]


def test_requests_for_the_same_pictures_are_recognized() -> None:
    """Contact, budgets and delay do not matter; label and pages do."""
    request = ScrapeRequest(**GOOD)

    assert request.collects_same_pictures(ScrapeRequest(**GOOD, contact="me@a.example", max_minutes=5, delay_seconds=3))
    assert not request.collects_same_pictures(ScrapeRequest(**{**GOOD, "label": "happy"}))
    assert not request.collects_same_pictures(ScrapeRequest(**GOOD, pages="1-2"))


def test_a_list_of_addresses_is_read(tmp_path: Path) -> None:
    """One address per line, without repetition, with any line ends and a byte order mark; comments are skipped."""
    path = tmp_path / "list.txt"
    path.write_bytes(
        b"\xef\xbb\xbfhttps://a.example/1.jpg\r\n# mine\r\n\r\nhttp://b.example/\r\nhttps://a.example/1.jpg"
    )
    assert read_urls(path) == ("https://a.example/1.jpg", "http://b.example/")


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"https://a.example/\nnot an address\n", b"\x89PNG\x00"])
def test_a_list_that_holds_anything_else_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty list and a line that is not an address raise an error with what was expected."""
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    with pytest.raises(CollectError, match=r"Expected .* Received: "):
        read_urls(path)


def test_a_list_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A missing file and a folder raise an error with the reason."""
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(CollectError, match="The list cannot be read"):
            read_urls(path)
