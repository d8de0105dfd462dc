"""The ledger of a scrape, and what a later process reads from it."""

import json
from typing import Any

import pytest

from emotion_core.collect import Rejection
from emotion_core.collect.scrapes import Ledger
from emotion_core.collect.scrapes.ledger import PageEntry
from emotion_core.collect.sources import FoundPicture, PageContents

PICTURE = FoundPicture("https://a.example/1.jpg", licence="CC BY 4.0", author="Ada", described_at="https://a.example/1")


@pytest.fixture
def written() -> list[dict[str, Any]]:
    """The records of a scrape of two pages and three pictures, as read from disk."""
    records: list[dict[str, Any]] = []
    ledger = Ledger(write=lambda record: records.append({"time": 12.5, **json.loads(json.dumps(record))}))
    ledger.add_page("p1", PageEntry("p1/", PageContents((PICTURE,), "p2")), 100)
    ledger.add_picture("a", "added", size_bytes=10)
    ledger.add_picture("b", "duplicate")
    ledger.add_picture("c", "rejected", reason="Too small.", size_bytes=1)
    ledger.add_page("p2", PageEntry(None, PageContents(()), "No answer."))
    return records


def test_a_ledger_is_restored_from_its_records(written: list[dict[str, Any]]) -> None:
    """Pages, pictures, summary, bytes and the start time come back from the records."""
    ledger = Ledger(written)

    assert ledger.pages["p1"] == PageEntry("p1/", PageContents((PICTURE,), "p2"))
    assert ledger.pages["p2"].failed
    assert ledger.pictures == {"a": "added", "b": "duplicate", "c": "rejected"}
    assert (ledger.summary.added, ledger.summary.duplicates, ledger.bytes, ledger.started) == (1, 1, 111, 12.5)
    assert ledger.summary.rejected == [Rejection("c", "Too small."), Rejection("p2", "No answer.")]


def test_a_page_without_pictures_has_not_failed(written: list[dict[str, Any]]) -> None:
    """The page was read, but is among the rejections with its reason."""
    ledger = Ledger()
    ledger.add_page("p", PageEntry("p", PageContents(()), "No pictures found."))

    assert not ledger.pages["p"].failed
    assert ledger.summary.rejected == [Rejection("p", "No pictures found.")]


def test_other_records_are_ignored(written: list[dict[str, Any]]) -> None:
    """Progress and other records of a job in the same file change nothing."""
    others = [{"time": 13.0, "event": "progress", "added": 7}, {"time": 13.0}]

    assert Ledger([*written, *others]).summary == Ledger(written).summary
