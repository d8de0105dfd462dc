"""Checks of the catalog: whether it can be read, agrees with its journal, and refers to photos that it has."""

import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from emotion_core.dataset import Catalog
from emotion_core.dataset.catalog import (
    TABLES,
    JournalContent,
    RowKey,
    Rows,
    begin_write,
    damaged_catalog,
    is_valid,
    overwrite,
    rebuild_catalog,
    seal,
    values_of,
)
from emotion_core.errors import DataError, OtherVersion
from emotion_core.formatting import count_text
from emotion_core.jobs import JobFolder
from emotion_core.maintenance.findings import Findings, finding
from emotion_core.settings import Workspace

# Rows that a finding names.
_NAMED = 3
_REFERRING = ("sightings", "marks", "faces")
# Jobs that write into the catalog.
_WRITERS = ("scrape", "import", "index", "guided")


def catalog_findings(workspace: Workspace) -> Findings:
    """Yield what keeps the catalog from being used: it is missing, empty, damaged or of another version."""
    path = workspace.catalog
    what, can_rebuild = _catalog_problem(workspace)
    if what:
        yield finding(workspace, path, "catalog", what, (lambda: _rebuild(workspace)) if can_rebuild else None)


def _catalog_problem(workspace: Workspace) -> tuple[str, bool]:
    """Return what is wrong with the catalog, empty if nothing is, and whether rebuilding it can help."""
    if not workspace.catalog.exists() and not workspace.journal.exists() and not workspace.photos.exists():
        return "", False
    try:
        problems = _integrity_problems(workspace)
        if problems:
            return f"The catalog is damaged: {problems[0]}.", True
        # Every row is read: a changed byte may be no text any more.
        Catalog(workspace).damaged_rows()
    except sqlite3.Error as error:
        return f"The catalog cannot be read: {error}.", True
    except DataError as error:
        is_newer = "newer version" in str(error)
        return str(error), not is_newer and "busy" not in str(error)
    return "", False


def _integrity_problems(workspace: Workspace) -> list[str]:
    if not workspace.catalog.exists() or not workspace.catalog.stat().st_size:
        return []
    uri = f"{workspace.catalog.absolute().as_uri()}?mode=rw"
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
        lines = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(10)")]
    return [] if lines == ["ok"] else lines


def _rebuild(workspace: Workspace) -> str:
    busy = [
        folder.id for folder in JobFolder.all_in(workspace.jobs) if folder.state().active and folder.kind in _WRITERS
    ]
    if busy:
        raise DataError(f"The job {busy[0]} is writing into the catalog. Stop it first, then repair again.")
    photos = rebuild_catalog(workspace)
    Catalog(workspace)
    kept = damaged_catalog(workspace)
    done = f"Rebuilt from its journal, with {count_text(photos, 'photo')}."
    if not photos:
        done = "Begun again without photos: there is no journal, and nothing else to rebuild it from."
    return done + f" The old file is kept as {kept.name}." * kept.exists()


def row_findings(catalog: Catalog) -> Findings:
    """Yield rows that are not as they were written, by table; their journal has what was written."""
    damaged = catalog.damaged_rows()
    # Rows without a photo are another finding's.
    lost = set(catalog.missing([photo_id for key, photo_id in damaged if key.table in _REFERRING]))
    damaged = [(key, photo_id) for key, photo_id in damaged if key.table not in _REFERRING or photo_id not in lost]
    known = _journal_rows(catalog) if damaged else {}
    for table in TABLES:
        keys = [key for key, _ in damaged if key.table == table]
        if keys:
            rows = _rows_at(catalog, table, keys)
            named = "; ".join(_row_text(rows[key], known.get(key)) for key in keys[:_NAMED])
            what = f"{count_text(len(keys), 'row')} of {table} not as written: {named}{'; ...' * (len(keys) > _NAMED)}."
            repair = partial(_restore_rows, catalog, rows, known)
            yield finding(catalog.workspace, catalog.workspace.catalog, "catalog", what, repair)


def _journal_rows(catalog: Catalog) -> Rows:
    try:
        return catalog.journal.read().rows
    except OtherVersion:
        return {}


def _rows_at(catalog: Catalog, table: str, keys: list[RowKey]) -> Rows:
    statement = f"SELECT rowid AS journal_row, * FROM {table} WHERE rowid IN (SELECT value FROM json_each(?))"
    with catalog.connection() as connection:
        rows = connection.execute(statement, (json.dumps([key.rowid for key in keys]),)).fetchall()
    return {RowKey(table, row["journal_row"]): values_of(row) for row in rows}


def _row_text(row: Mapping[str, Any], known: Mapping[str, Any] | None) -> str:
    """Return the photo of a damaged row, and the columns in which the journal has other values."""
    if known is None:
        return f"photo {str(row.get('photo_id'))[:64]} (the journal lacks the row)"
    changed = [name for name in {**row, **known} if row.get(name) != known.get(name)]
    return f"photo {known['photo_id']} ({', '.join(changed) or 'checksum'})"


def _restore_rows(catalog: Catalog, rows: Rows, known: Rows) -> str:
    """Write the journal's values into rows; without them, keep what is possible and take out what is not."""
    counts: Counter[str] = Counter()
    with catalog.connection() as connection:
        begin_write(connection)
        for key, values in rows.items():
            if key in known and is_valid(key.table, known[key]):
                overwrite(connection, key, known[key])
                counts["from the journal"] += 1
            elif is_valid(key.table, values):
                seal(connection, key.table, [key.rowid])
                counts["kept with the values it has now, because the journal lacks it: compare them"] += 1
            else:
                connection.execute(f"DELETE FROM {key.table} WHERE rowid = ?", (key.rowid,))
                counts["taken out, because its values are impossible and the journal lacks it"] += 1
    return "Repaired: " + "; ".join(f"{number} {what}" for what, number in counts.items()) + "."


def journal_findings(catalog: Catalog) -> Findings:
    """Yield whether the journal lacks rows of the catalog, or holds what is not to be kept."""
    path = catalog.journal.path
    try:
        what = _journal_problem(catalog)
    except OtherVersion as error:
        yield finding(catalog.workspace, path, "journal", str(error))
        return
    if what:
        yield finding(catalog.workspace, path, "journal", what, lambda: _rewrite(catalog))


def _journal_problem(catalog: Catalog) -> str:
    with catalog.connection() as connection:
        # No other process writes either of them while they are compared.
        begin_write(connection)
        rows = rows_of(connection)
        # Another finding tells of them, and the journal may have their values from before.
        for key, _ in catalog.damaged_rows():
            rows.pop(key, None)
        content = catalog.journal.read() if rows or catalog.journal.path.exists() else JournalContent()
    deleted = {values["photo_id"] for key, values in rows.items() if key.table == "deleted"}
    lacking = sum(content.rows.get(key) != values for key, values in rows.items())
    unwanted = sum(values.get("photo_id") in deleted and key.table != "deleted" for key, values in content.rows.items())
    parts = [f"{count_text(content.damaged, 'damaged line')}"] * bool(content.damaged)
    parts += [f"{count_text(lacking, 'row')} of the catalog missing"] * bool(lacking)
    parts += [f"{count_text(unwanted, 'row')} of deleted photos"] * bool(unwanted)
    parts += ["a damaged first line"] * bool(content.rows and not content.lineage)
    return f"The journal, from which a lost catalog is rebuilt, has {', '.join(parts)}." if parts else ""


def _rewrite(catalog: Catalog) -> str:
    with catalog.connection() as connection:
        begin_write(connection)
        catalog.journal.rewrite(connection)
    return "Written again from the catalog."


def rows_of(connection: sqlite3.Connection) -> dict[RowKey, dict[str, Any]]:
    """Return the values of each row of a catalog, without those that are NULL, as its journal has them."""
    return {
        RowKey(table, row["journal_row"]): values_of(row)
        for table in TABLES
        for row in connection.execute(f"SELECT rowid AS journal_row, * FROM {table}")
    }


def reference_findings(catalog: Catalog) -> Findings:
    """Yield rows that belong to no photo: such a row can make a new photo look like one that is there already."""
    counts: Counter[str] = Counter()
    with catalog.connection() as connection:
        for table in _REFERRING:
            counts[table] = connection.execute(f"SELECT COUNT(*) FROM {table} WHERE {_WITHOUT_PHOTO}").fetchone()[0]
    if counts.total():
        parts = ", ".join(f"{number} in {table}" for table, number in counts.items() if number)
        what = f"Rows of photos that are not in the catalog: {parts}."
        yield finding(catalog.workspace, catalog.workspace.catalog, "reference", what, lambda: _drop(catalog))


_WITHOUT_PHOTO = "photo_id NOT IN (SELECT photo_id FROM photos)"


def _drop(catalog: Catalog) -> str:
    with catalog.connection() as connection:
        begin_write(connection)
        for table in _REFERRING:
            connection.execute(f"DELETE FROM {table} WHERE {_WITHOUT_PHOTO}")
        catalog.journal.rewrite(connection)
    return "Removed."
