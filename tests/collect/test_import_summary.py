"""The summary of an import or a scrape."""

from pathlib import Path

from emotion_core.collect import ImportSummary, Rejection
from emotion_core.collect.import_summary import add_to_catalog
from emotion_core.dataset import Catalog, Origin, PhotoBatch
from emotion_core.settings import Workspace
from tests.collect.web_server import jpeg


def test_additions_are_counted_by_outcome(tmp_path: Path) -> None:
    """A new picture, its copy and a file that is not a picture are counted apart, the last with name and reason."""
    catalog, summary = Catalog(Workspace(tmp_path)), ImportSummary()
    files = (("a.jpg", jpeg(1)), ("b.jpg", jpeg(1)), ("c.jpg", b"<html>no</html>"))
    with PhotoBatch(catalog) as batch:
        for name, data in files:
            add_to_catalog(catalog, batch, data, "sad", Origin(name), summary)

    assert (summary.added, summary.duplicates, summary.offered) == (1, 1, 3)
    assert [rejection.name for rejection in summary.rejected] == ["c.jpg"]
    assert "web page" in summary.rejected[0].reason
    assert [photo.label for photo in catalog.photos()] == ["sad"]


def test_photos_that_come_under_two_splits_are_counted(tmp_path: Path) -> None:
    """The photo keeps the later part, and the other is counted; the same again is no contradiction."""
    catalog, summary = Catalog(Workspace(tmp_path)), ImportSummary()
    with PhotoBatch(catalog) as batch:
        for split in ("train", "test", "test"):
            add_to_catalog(catalog, batch, jpeg(1), "sad", Origin("a.jpg"), summary, split)

    assert (summary.added, summary.duplicates, summary.split_conflicts) == (1, 2, 1)
    assert [photo.split for photo in catalog.photos()] == ["test"]


def test_a_summary_survives_json() -> None:
    """The summary survives being written and read; its keys are those of the command line."""
    summary = ImportSummary(2, 1, [Rejection("x", "why")], notes=["read as GBK"])
    summary.skip("angry")
    summary.splits.update(train=2, test=1)

    assert summary.as_json() == {
        "added": 2,
        "duplicates": 1,
        "rejected": [{"name": "x", "reason": "why"}],
        "skipped": {"angry": 1},
        "notes": ["read as GBK"],
        "splits": {"train": 2, "test": 1},
        "split_conflicts": 0,
        "repaired": 0,
    }
    assert ImportSummary.from_json(summary.as_json()) == summary
