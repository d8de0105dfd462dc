"""What a scrape may be asked."""

from typing import Any

import pytest
from pydantic import ValidationError

from emotion_core.collect import ScrapeRequest
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
    ],
)
def test_what_cannot_work_is_refused_at_once(change: dict[str, Any]) -> None:
    """Each value that cannot work is told in the house's sentences before anything is fetched."""
    with pytest.raises(CollectError, match=r"Expected .* Received: "):
        ScrapeRequest(**{**GOOD, **change})


def test_unknown_settings_and_changes_are_refused() -> None:
    """A misspelt setting is an error, and a request does not change once it is made."""
    with pytest.raises(ValidationError, match="page_numbers"):
        ScrapeRequest(**GOOD, page_numbers="1-4")
    with pytest.raises(ValidationError, match="frozen"):
        ScrapeRequest(**GOOD).label = "happy"  # type: ignore[misc]
