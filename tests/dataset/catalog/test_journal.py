"""The journal follows every committed change, forgets deleted photos, and a lost catalog is rebuilt from it."""

import sqlite3
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from emotion_core.dataset import Catalog, Photo, delete_photos
from emotion_core.dataset.catalog import Journal, begin_write, journal, journal_lines, rebuild_catalog
from emotion_core.errors import DataError, OtherVersion
from emotion_core.settings import open_workspace

Fill = Callable[..., list[str]]


def lose(catalog: Catalog, content: bytes | None = None) -> None:
    """Delete a catalog's files, or put other content in place of them."""
    for path in catalog.workspace.root.glob("catalog.sqlite*"):
        path.unlink()
    if content is not None:
        catalog.workspace.catalog.write_bytes(content)


def everything(catalog: Catalog) -> tuple[list[Photo], list[str], dict[str, bool]]:
    """Return the photos, the history of each, and the names that were offered."""
    photos = catalog.photos()
    marks = [str(mark) for photo in photos for mark in catalog.history(photo.photo_id)]
    return photos, marks, catalog.offered_names("happy") | catalog.offered_names("sad")


@pytest.mark.parametrize("content", [None, b"", b"not a database, but long enough to be read as one" * 100])
def test_lost_catalog_is_said_and_rebuilt_with_all_it_had(catalog: Catalog, fill: Fill, content: bytes | None) -> None:
    """Labels, status, marks, origins, own splits and deletions are back; undo goes on where it was."""
    ids = fill(catalog, 4, 3)
    catalog.mark(ids[:3], status="kept")
    catalog.mark(ids[1:2], label="sad")
    delete_photos(catalog, ids[-1:])
    before = everything(catalog)
    lose(catalog, content)
    with pytest.raises(DataError, match="check --repair"):
        Catalog(catalog.workspace)
    assert rebuild_catalog(catalog.workspace) == 6
    rebuilt = Catalog(catalog.workspace)
    assert everything(rebuilt) == before
    assert str(rebuilt.undo()) == "sad is happy again (1 photo)"
    with rebuilt.connection() as connection:
        assert connection.execute("SELECT photo_id FROM deleted").fetchall()[0][0] == ids[-1]


def check_that_a_new_one_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    """Put a new catalog in place of one with two photos: it is not opened, and the one with photos is rebuilt."""
    lose(catalog)
    other = Catalog(open_workspace(tmp_path / "other"))
    other.workspace.catalog.rename(catalog.workspace.catalog)
    with pytest.raises(DataError, match="was replaced by a new one"):
        Catalog(catalog.workspace)
    assert rebuild_catalog(catalog.workspace) == 2
    assert len(Catalog(catalog.workspace).photos()) == 2


def test_new_empty_catalog_beside_a_journal_is_a_lost_one(catalog: Catalog, fill: Fill, tmp_path: Path) -> None:
    """A catalog that took the place of the one with photos is never shown as an empty workspace."""
    fill(catalog, 1, 1)
    check_that_a_new_one_is_refused(catalog, tmp_path)


def test_damaged_first_line_does_not_hide_a_lost_catalog(catalog: Catalog, fill: Fill, tmp_path: Path) -> None:
    """A new catalog beside a journal that does not tell its own is a lost one; the one with photos opens."""
    fill(catalog, 1, 1)
    path = catalog.workspace.journal
    path.write_bytes(b"x" + path.read_bytes())
    assert len(Catalog(catalog.workspace).photos()) == 2
    check_that_a_new_one_is_refused(catalog, tmp_path)


@pytest.mark.parametrize("content", [None, b""])
def test_missing_or_empty_journal_is_written_again(catalog: Catalog, fill: Fill, content: bytes | None) -> None:
    """When the catalog is opened, or at its next change."""
    ids = fill(catalog, 2, 0)
    for act in (lambda: Catalog(catalog.workspace), lambda: catalog.mark(ids[:1], status="kept")):
        catalog.workspace.journal.unlink()
        if content is not None:
            catalog.workspace.journal.write_bytes(content)
        act()
        content_again = catalog.journal.read()
        assert (len([key for key in content_again.rows if key.table == "photos"]), content_again.damaged) == (2, 0)


def test_catalog_from_before_the_journal_gets_one_when_it_is_opened(catalog: Catalog, fill: Fill) -> None:
    """A workspace of an earlier version is as safe as a new one from then on."""
    fill(catalog, 2, 2)
    with sqlite3.connect(catalog.workspace.catalog) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name in names:
            connection.execute(f"DROP TRIGGER {name[0]}")
        connection.execute("DROP TABLE lineage")
        connection.execute("DROP TABLE unjournaled")
    connection.close()
    catalog.workspace.journal.unlink()
    before = everything(Catalog(catalog.workspace))
    lose(catalog)
    assert rebuild_catalog(catalog.workspace) == 4
    assert everything(Catalog(catalog.workspace)) == before


def test_deleted_photos_leave_the_journal(catalog: Catalog, fill: Fill) -> None:
    """Neither name nor address of a deleted photo can be read in it, and the others stay."""
    ids = fill(catalog, 3, 0)
    names = [photo.name for photo in catalog.photos()]
    delete_photos(catalog, ids[:1])
    text = catalog.workspace.journal.read_text()
    assert names[0] not in text
    assert names[1] in text


def test_transaction_that_is_rolled_back_is_not_in_the_journal(catalog: Catalog, fill: Fill) -> None:
    """Neither one that fails in its body nor one whose commit fails leaves a line."""
    ids = fill(catalog, 2, 0)
    before = catalog.workspace.journal.read_bytes()
    with pytest.raises(DataError):
        catalog.mark([*ids, "nothing"], status="kept")
    with pytest.raises(OSError, match="full"), catalog.connection() as connection:
        begin_write(connection)
        connection.execute("UPDATE photos SET status = 'kept'")
        with Journal(catalog.workspace.journal).committing(connection):
            raise OSError("the disk is full")
    assert catalog.workspace.journal.read_bytes() == before
    assert {photo.status for photo in catalog.photos()} == {"new"}


def test_half_a_line_and_a_changed_digit_cost_their_own_row_alone(catalog: Catalog, fill: Fill) -> None:
    """A power failure in the middle of a line does not damage the next one; a changed line is counted and not used."""
    ids = fill(catalog, 3, 0)
    path = catalog.workspace.journal
    path.write_bytes(path.read_bytes() + b"0badc0de photos 9 abc {")
    catalog.mark(ids[:1], status="kept")
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"width":', b'"width":1', 1))
    content = Journal(path).read()
    assert content.damaged == 2
    assert {row["status"] for key, row in content.rows.items() if key.table == "photos"} == {"new", "kept"}
    # The catalog is readable, so what the journal lacks is taken from it.
    assert rebuild_catalog(catalog.workspace) == 3
    assert [photo.status for photo in Catalog(catalog.workspace).photos()] == ["kept", "new", "new"]


def test_journal_that_has_grown_is_written_again(catalog: Catalog, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays within a few times what its rows take, however often photos are marked."""
    ids = fill(catalog, 4, 0)
    monkeypatch.setattr(journal, "_LEAST_BYTES", 1)
    monkeypatch.setattr(journal, "_GROWTH", 2)
    sizes = []
    for number in range(30):
        catalog.mark(ids, status="kept" if number % 2 else "rejected")
        sizes.append(catalog.workspace.journal.stat().st_size)
    assert any(later < earlier for earlier, later in pairwise(sizes))
    before = everything(catalog)
    lose(catalog)
    rebuild_catalog(catalog.workspace)
    assert everything(Catalog(catalog.workspace)) == before


def test_journal_of_a_newer_version_is_refused(catalog: Catalog, fill: Fill) -> None:
    """It is never read as if its format were known."""
    fill(catalog, 1, 0)
    path = catalog.workspace.journal
    path.write_bytes(journal_lines.line_of("lineage", 0, "x", {"format": 2}))
    with pytest.raises(OtherVersion, match="newer version"):
        Journal(path).read()


def test_empty_workspace_has_no_lost_catalog(tmp_path: Path) -> None:
    """A new workspace opens, and so does one whose first process was killed before its catalog had a table."""
    workspace = open_workspace(tmp_path)
    workspace.catalog.touch()
    assert Catalog(workspace).photos() == []
