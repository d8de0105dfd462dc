"""Catalogs of earlier versions: each upgrade runs once, and old photos count as not inspected."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_core.dataset import Catalog
from emotion_core.dataset.catalog import schema
from emotion_core.settings import open_workspace

Fill = Callable[..., list[str]]
MEASURES = ("brightness", "colourfulness", "saturation", "sharpness")


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """Return the names of a table's columns."""
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


def _of_version(path: Path, version: int) -> sqlite3.Connection:
    """Return an empty catalog of a version."""
    connection = sqlite3.connect(path)
    for statement in ";".join(schema._UPGRADES[:version]).split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    return connection


@pytest.mark.parametrize("version", range(1, len(schema._UPGRADES) + 1))
def test_every_earlier_version_becomes_the_newest(tmp_path: Path, version: int) -> None:
    """A catalog of any version has all tables and columns after the upgrade; a second one changes nothing."""
    newest = _of_version(tmp_path / "newest.sqlite", len(schema._UPGRADES))
    connection = _of_version(tmp_path / "earlier.sqlite", version)
    tables = [str(row[0]) for row in newest.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for _ in range(2):
        schema.upgrade(connection)
        connection.commit()
        assert {table: _columns(connection, table) for table in tables} == {
            table: _columns(newest, table) for table in tables
        }
    connection.close()
    newest.close()


def test_photo_of_the_second_version_is_there_and_unmeasured(tmp_path: Path) -> None:
    """It is listed with all recorded values; measures and faces are unknown until the inspection."""
    workspace = open_workspace(tmp_path / "workspace")
    connection = _of_version(workspace.catalog, 2)
    row = {"photo_id": "p", "label": "sad", "status": "kept", "name": "p.png", "sha256": "s", "original_sha256": "o"}
    row |= {"suffix": ".png", "width": 9, "height": 8, "original_bytes": 7, "phash": 6, "flags": "grey", "added_at": 5}
    places = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO photos ({', '.join(row)}) VALUES ({places})", tuple(row.values()))
    connection.commit()
    connection.close()
    [photo] = Catalog(workspace).photos()
    assert (photo.photo_id, photo.label, photo.status, photo.flags) == ("p", "sad", "kept", ("grey",))
    assert [getattr(photo, name) for name in MEASURES] == [None] * len(MEASURES)
    assert photo.faces is None


def test_photo_that_is_added_has_its_numbers(catalog: Catalog, fill: Fill) -> None:
    """Only the faces of a new photo wait for the inspection job."""
    fill(catalog, 2, 1)
    for photo in catalog.photos():
        assert all(getattr(photo, name) is not None for name in MEASURES)
        assert photo.faces is None
