"""Changed values of the catalog's rows are told wherever whole rows are read, and the journal has what was written."""

import contextlib
import sqlite3
from collections.abc import Callable

import pytest

from emotion_core.dataset import Catalog
from emotion_core.dataset.catalog import Journal, PhotoFilter, rebuild_catalog, row_sums
from emotion_core.dataset.catalog.rows import take_split
from emotion_core.errors import DataError
from emotion_core.maintenance import check_workspace

Fill = Callable[..., list[str]]
Damage = Callable[[str], None]


@pytest.fixture
def damage(catalog: Catalog) -> Damage:
    """Return a function that changes the file past this program, without the triggers that note changes."""

    def change(statement: str) -> None:
        with contextlib.closing(sqlite3.connect(catalog.workspace.catalog)) as connection, connection:
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute(statement)
            for _, sql in triggers:
                connection.execute(sql)

    return change


def test_columns_are_those_of_the_tables(catalog: Catalog) -> None:
    """A column that the checksum leaves out could change without a word."""
    with catalog.connection() as connection:
        for table, columns in row_sums.COLUMNS.items():
            names = [row["name"] for row in connection.execute(f"PRAGMA table_info({table})")]
            assert sorted(names) == sorted([*columns, "checksum"])


@pytest.mark.parametrize(
    "change",
    ["name = 'b.png'", "width = width + 1", "original_sha256 = 'x'", "author = 'x'", "added_at = added_at + 1"],
)
def test_changed_value_is_told_and_repaired(catalog: Catalog, fill: Fill, damage: Damage, change: str) -> None:
    """Lists, single photos, numbers and marks refuse the row; the repair brings back what was written."""
    first, *_ = fill(catalog, 2, 1)
    before = catalog.photos()
    damage(f"UPDATE photos SET {change} WHERE photo_id = '{first}'")
    readers: list[Callable[[], object]] = [
        catalog.photos,
        catalog.usable_photos,
        lambda: catalog.photo(first),
        lambda: catalog.numbers_of([first]),
        lambda: catalog.mark([first], status="kept"),
    ]
    for read in readers:
        with pytest.raises(DataError, match="check --repair"):
            read()
    [problem] = check_workspace(catalog.workspace).problems
    assert first in problem.what
    assert change.split()[0] in problem.what
    assert not check_workspace(catalog.workspace, repair=True).problems
    assert catalog.photos() == before
    assert not check_workspace(catalog.workspace).problems


@pytest.mark.parametrize("table", ["marks", "faces", "sightings", "deleted"])
def test_other_tables_are_checked_too(
    catalog: Catalog, fill: Fill, damage: Damage, note_faces: Callable[..., None], table: str
) -> None:
    """A changed time or detector is found, and comes back from the journal."""
    first, second = fill(catalog, 2, 0)
    catalog.mark([first], status="kept")
    note_faces(catalog, {first: []})
    with catalog.connection() as connection:
        connection.execute("INSERT INTO deleted (original_sha256, photo_id, deleted_at) VALUES ('a', 'b', 1)")
    before = Journal(catalog.workspace.journal).read().rows
    column = {"marks": "marked_at", "faces": "found_at", "sightings": "seen_at", "deleted": "deleted_at"}[table]
    damage(f"UPDATE {table} SET {column} = 7.25")
    assert {key.table for key, _ in catalog.damaged_rows()} == {table}
    assert not check_workspace(catalog.workspace, repair=True).problems
    assert catalog.damaged_rows() == []
    assert Journal(catalog.workspace.journal).read().rows == before
    assert second in catalog.photo_ids()


def test_changed_faces_are_told_with_the_photo(
    catalog: Catalog, fill: Fill, damage: Damage, note_faces: Callable[..., None]
) -> None:
    """A digit in a box would crop another part of the photo."""
    [first] = fill(catalog, 1, 0)
    note_faces(catalog, {first: [[0.1, 0.1, 0.5, 0.5, 0.9]]})
    assert catalog.photo(first).faces
    damage("UPDATE faces SET boxes = replace(boxes, '0.5', '0.6')")
    with pytest.raises(DataError, match="values in faces"):
        catalog.photo(first)


def test_change_of_another_program_is_not_taken_for_ours(catalog: Catalog, fill: Fill) -> None:
    """It was noted by a trigger, and the next commit gives it neither a checksum nor a line in the journal."""
    first, second = fill(catalog, 2, 0)
    with contextlib.closing(sqlite3.connect(catalog.workspace.catalog)) as connection, connection:
        connection.execute("UPDATE photos SET name = 'other.png' WHERE photo_id = ?", (first,))
    catalog.mark([second], status="kept")
    assert [photo_id for _, photo_id in catalog.damaged_rows()] == [first]
    with catalog.connection() as connection:
        catalog.journal.rewrite(connection)
    assert not check_workspace(catalog.workspace, repair=True).problems
    assert catalog.photo(first).name != "other.png"


def test_damage_that_no_text_can_hold_is_rebuilt(catalog: Catalog, fill: Fill, damage: Damage) -> None:
    """A changed byte may be no UTF-8: the sentence names the repair, which brings everything back."""
    fill(catalog, 2, 1)
    before = catalog.photos()
    damage("UPDATE photos SET name = CAST(x'61ff62' AS TEXT) WHERE rowid = 2")
    with pytest.raises(DataError, match="check --repair"):
        catalog.photos()
    assert check_workspace(catalog.workspace).problems
    assert not check_workspace(catalog.workspace, repair=True).problems
    assert Catalog(catalog.workspace).photos() == before


def test_damaged_row_without_a_line_in_the_journal_is_kept_and_said(
    catalog: Catalog, fill: Fill, damage: Damage
) -> None:
    """Where both are damaged, nothing is invented: the repair says that the values are those of now."""
    first, _ = fill(catalog, 2, 0)
    damage(f"UPDATE photos SET name = 'b.png' WHERE photo_id = '{first}'")
    lines = catalog.workspace.journal.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not line[9:].startswith(b"photos ") or first.encode() not in line]
    catalog.workspace.journal.write_bytes(b"".join(kept))
    [repaired, *_] = check_workspace(catalog.workspace, repair=True).repaired
    assert "compare" in repaired.what
    assert catalog.photo(first).name == "b.png"


def test_rebuilt_catalog_does_not_hide_damage(catalog: Catalog, fill: Fill, damage: Damage) -> None:
    """A damaged row that only the old file has stays told as damaged."""
    fill(catalog, 2, 0)
    damage("UPDATE photos SET name = 'b.png' WHERE rowid = 1")
    catalog.workspace.journal.unlink()
    rebuild_catalog(catalog.workspace)
    assert [key.rowid for key, _ in Catalog(catalog.workspace).damaged_rows()] == [1]


def test_changed_address_is_told_where_photos_are_chosen_by_source(
    catalog: Catalog, fill: Fill, damage: Damage
) -> None:
    """It would leave a photo out of a study."""
    fill(catalog, 2, 0)
    damage("UPDATE photos SET source_url = 'https://elsewhere.example/a.png' WHERE rowid = 1")
    with pytest.raises(DataError, match="check --repair"):
        catalog.usable_labels(["files"])
    assert len(catalog.query(PhotoFilter())) == 2


def test_a_row_may_change_twice_in_one_transaction(catalog: Catalog, fill: Fill, damage: Damage) -> None:
    """It gets its checksum at the end; a row that was damaged before stays damaged, however often it is changed."""
    first, second = fill(catalog, 2, 0)
    with catalog.connection() as connection:
        assert [take_split(connection, first, split) for split in ("train", "test")] == [False, True]
    assert catalog.photo(first).split == "test"
    damage(f"UPDATE photos SET name = 'b.png' WHERE photo_id = '{second}'")
    for _ in range(2):
        with pytest.raises(DataError, match="is damaged"), catalog.connection() as connection:
            take_split(connection, second, "test")
