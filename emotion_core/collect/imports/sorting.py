"""Sort the files of an import into classes, by the tables among them and by their folders."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from emotion_core.collect.imports.classes import NO_FOLDER, ClassMapping, ImportEntry, is_hidden, sort_into_class
from emotion_core.collect.imports.label_tables import (
    EXPECTED_COLUMNS,
    EntryWithFile,
    TableColumns,
    as_text,
    columns_of,
    read_label_table,
)
from emotion_core.collect.imports.members import Member, file_member, is_file_below, read_member
from emotion_core.collect.imports.pixel_tables import read_pixel_table
from emotion_core.errors import CollectError

_TABLE_SUFFIX = ".csv"
_Table = tuple[Member, TableColumns]


@dataclass(frozen=True)
class ImportSource:
    """The sorted files of an import, before any picture is read.

    Attributes:
        candidates: files with their classes.
        pixel_tables: tables whose rows are photos.
        classes: labels of the classes.
        default_limit: most photos to import if the caller sets no limit; None for all.
    """

    candidates: list[EntryWithFile]
    pixel_tables: list[Member]
    classes: ClassMapping
    default_limit: int | None = None

    @property
    def total(self) -> int | None:
        """The number of files, or None if there are pixel tables, whose rows are counted only by reading them."""
        return None if self.pixel_tables else len(self.candidates)

    def entries(self) -> Iterator[ImportEntry]:
        """Yield the entries; the content is read for those with a label and without a problem."""
        for entry, member in self.candidates:
            is_wanted = entry.label is not None and not entry.problem
            yield read_member(member, entry) if is_wanted and member else entry
        for table in self.pixel_tables:
            yield from _table_photos(table, self.classes)

    def counts(self) -> Counter[str]:
        """Return the number of pictures of each class, before mapping."""
        counts = Counter(entry.kind for entry, _ in self.candidates if not entry.problem)
        # With an empty mapping no row has a label, so no pixels are parsed.
        photos = (entry for table in self.pixel_tables for entry in _table_photos(table, ClassMapping({})))
        return counts + Counter(entry.kind for entry in photos if not entry.problem)


def sort_members(members: list[Member], classes: ClassMapping, *, chosen_by_user: bool = False) -> ImportSource:
    """Return the files of a folder, an archive or an upload with their classes; tables take precedence over folders.

    Args:
        members: all files.
        classes: labels of the classes; a label for all pictures turns tables off, except for uploads.
        chosen_by_user: whether the user chose each file, as in an upload: tables always count, and files without the
            name of a picture may still be pictures.

    Raises:
        CollectError: a table cannot be opened, or has more than 500,000 rows.
    """
    own_classes = replace(classes, label_for_all=None)
    tables = _tables(members, chosen_by_user) if chosen_by_user or classes.label_for_all is None else []
    candidates = list(_entries_of_tables(tables, members, own_classes))
    # Compare members, not their paths: two uploads may have the same name.
    used = {table for table, _ in tables} | {member for _, member in candidates if member is not None}
    for member in members:
        entry = None if member in used else sort_into_class(member.path, classes, assume_picture=chosen_by_user)
        if entry is not None:
            candidates.append((_require_label(entry) if chosen_by_user else entry, member))
    return ImportSource(candidates, [table for table, columns in tables if columns.kind == "pixels"], own_classes)


def sort_table(path: Path, classes: ClassMapping) -> ImportSource:
    """Return the files that a table names, or the photos in its rows.

    Args:
        path: path of the table.
        classes: labels of the classes, without a label for all pictures.

    Raises:
        CollectError: the table holds neither labels nor pixels, or there is a label for all pictures.
    """
    if classes.label_for_all is not None:
        raise CollectError(
            "A table states the label of each photo itself. Expected no label. "
            f"Received: label={classes.label_for_all!r}, path={str(path)!r}. Leave the label out."
        )
    root = path.absolute().parent
    table = file_member(path, PurePosixPath(path.name))
    columns = columns_of(table)
    if columns.kind is None:
        raise CollectError(_invalid_table(table).problem)
    if columns.kind == "pixels":
        return ImportSource([], [table], classes)
    folders = [path.name for path in root.iterdir() if path.is_dir() and not is_hidden(path.name)]
    beside = folders[0] if len(folders) == 1 else None
    return ImportSource(list(read_label_table(table, columns, _finder_below(root), beside, classes)), [], classes)


def _finder_below(root: Path) -> Callable[[PurePosixPath], Member | None]:
    resolved = root.resolve()

    def find(shown: PurePosixPath) -> Member | None:
        try:
            path = root / shown
            return file_member(path, shown) if is_file_below(resolved, path) else None
        except (OSError, ValueError):  # not a valid file name
            return None

    return find


def _tables(members: list[Member], chosen_by_user: bool) -> list[_Table]:
    """Return the tables of labels or pixels, and other tables too if the user chose each file."""
    tables = ((member, _columns(member)) for member in members if member.path.suffix.lower() == _TABLE_SUFFIX)
    return [(member, columns) for member, columns in tables if chosen_by_user or columns.kind is not None]


def _columns(table: Member) -> TableColumns:
    try:
        return columns_of(table)
    except CollectError:
        return TableColumns((), ",")


def _entries_of_tables(tables: list[_Table], members: list[Member], classes: ClassMapping) -> Iterator[EntryWithFile]:
    by_path = {_path_key(member.path): member for member in members}
    for table, columns in tables:
        if columns.kind == "labels":
            beside = _folder_beside(table.path, members)
            yield from read_label_table(table, columns, lambda path: by_path.get(_path_key(path)), beside, classes)
        elif columns.kind is None:
            yield _invalid_table(table), None


def _path_key(path: PurePosixPath) -> str:
    # macOS decomposes accented letters in file names; a table may have them composed.
    return unicodedata.normalize("NFC", str(path))


def _folder_beside(table: PurePosixPath, members: list[Member]) -> str | None:
    """Return the only folder next to a table that holds files, or None if there are several or none."""
    depth = len(table.parent.parts)
    below = (member.path.parts for member in members if member.path.is_relative_to(table.parent))
    folders = {parts[depth] for parts in below if len(parts) > depth + 1}
    return folders.pop() if len(folders) == 1 else None


def _table_photos(table: Member, classes: ClassMapping) -> Iterator[ImportEntry]:
    try:
        with table.opened() as stream, as_text(stream) as lines:
            yield from read_pixel_table(lines, str(table.path), classes)
    except CollectError as error:
        yield ImportEntry(str(table.path), problem=str(error))


def _invalid_table(table: Member) -> ImportEntry:
    name = str(table.path)
    return ImportEntry(name, problem=f"The table cannot be read. {EXPECTED_COLUMNS} Received: {name!r}.")


def _require_label(entry: ImportEntry) -> ImportEntry:
    if entry.label is None and entry.kind == NO_FOLDER:
        return entry.rejected("No label was given for this photo. Expected happy or sad. Choose a label.")
    return entry
