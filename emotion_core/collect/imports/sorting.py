"""Sorting the files of an import: which ones count, what class each belongs to, and what tables among them say."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from emotion_core.collect.imports.classes import NO_FOLDER, Classes, Offered, is_hidden, sort_into_class
from emotion_core.collect.imports.label_tables import (
    EXPECTED_COLUMNS,
    LabelColumn,
    TableColumns,
    as_text,
    columns_of,
    read_label_table,
)
from emotion_core.collect.imports.members import Member, file_member, lies_in, read_member
from emotion_core.collect.imports.pixel_tables import read_pixel_table
from emotion_core.errors import CollectError

_TABLE_SUFFIX = ".csv"
_Table = tuple[Member, TableColumns]


@dataclass(frozen=True)
class Source:
    """What an import will offer, sorted, before a picture is read.

    Attributes:
        candidates: files with their classes.
        pixel_tables: whose rows are photos; how many, only reading them tells.
        classes: what the person said of them.
        most: how many photos are imported where no other limit is set; None for all.
    """

    candidates: list[LabelColumn]
    pixel_tables: list[Member]
    classes: Classes
    most: int | None = None

    @property
    def total(self) -> int | None:
        """How many files there are, or None where only the end will tell."""
        return None if self.pixel_tables else len(self.candidates)

    def entries(self) -> Iterator[Offered]:
        """Give the files with their bytes, one by one."""
        for entry, member in self.candidates:
            wanted = member is not None and entry.label is not None and not entry.problem
            yield read_member(member, entry) if wanted and member else entry
        for table in self.pixel_tables:
            yield from _photos_of(table, self.classes)

    def counts(self) -> Counter[str]:
        """Return how many pictures each class has, as it was met."""
        found = Counter(entry.kind for entry, _ in self.candidates if not entry.problem)
        # Where no emotion has a label, no pixels are read.
        photos = (entry for table in self.pixel_tables for entry in _photos_of(table, Classes({})))
        return found + Counter(entry.kind for entry in photos if not entry.problem)


def sort_members(members: list[Member], classes: Classes, *, every: bool = False) -> Source:
    """Return the files of a folder, an archive or an upload with their classes: tables tell first, then folders.

    Args:
        members: all there are.
        classes: what the person said of them; where one label is for everything, tables are left alone.
        every: the person pointed at each file by itself: tables tell in any case, and a file that is no picture by its
            name may still be one.

    Raises:
        CollectError: a table is damaged, or longer than anything a person would import.
    """
    told = replace(classes, everything=None)
    tables = _tables(members, every) if every or classes.everything is None else []
    candidates = list(_told_by_tables(tables, members, told))
    # Not by their paths: two uploads may have the same name.
    used = {table for table, _ in tables} | {member for _, member in candidates if member is not None}
    for member in members:
        entry = None if member in used else sort_into_class(member.path, classes, assume_picture=every)
        if entry is not None:
            candidates.append((_with_label(entry) if every else entry, member))
    return Source(candidates, [table for table, columns in tables if columns.kind == "pixels"], told)


def sort_table(place: Path, classes: Classes) -> Source:
    """Return what a table tells of the files below its folder, or the photos that it holds.

    Raises:
        CollectError: it is no table that tells labels, or a label for everything was given.
    """
    if classes.everything is not None:
        raise CollectError(
            "A table states the label of each photo itself. Expected no label. "
            f"Received: label={classes.everything!r}, path={str(place)!r}. Leave the label out."
        )
    root = place.absolute().parent
    table = file_member(place, PurePosixPath(place.name))
    columns = columns_of(table)
    if columns.kind is None:
        raise CollectError(_no_table(table).problem)
    if columns.kind == "pixels":
        return Source([], [table], classes)
    folders = [path.name for path in root.iterdir() if path.is_dir() and not is_hidden(path.name)]
    beside = folders[0] if len(folders) == 1 else None
    return Source(list(read_label_table(table, columns, _finder_below(root), beside, classes)), [], classes)


def _finder_below(root: Path) -> Callable[[PurePosixPath], Member | None]:
    inside = root.resolve()

    def find(shown: PurePosixPath) -> Member | None:
        try:
            path = root / shown
            return file_member(path, shown) if lies_in(inside, path) else None
        except (OSError, ValueError):  # no name for a file
            return None

    return find


def _tables(members: list[Member], every: bool) -> list[_Table]:
    """Return the tables that tell labels, and those that tell none where the person pointed at each file."""
    named = ((member, _columns(member)) for member in members if member.path.suffix.lower() == _TABLE_SUFFIX)
    return [(member, columns) for member, columns in named if every or columns.kind is not None]


def _columns(table: Member) -> TableColumns:
    try:
        return columns_of(table)
    except CollectError:
        return TableColumns((), ",")


def _told_by_tables(tables: list[_Table], members: list[Member], classes: Classes) -> Iterator[LabelColumn]:
    by_path = {_composed(member.path): member for member in members}
    for table, columns in tables:
        if columns.kind == "labels":
            beside = _folder_beside(table.path, members)
            yield from read_label_table(table, columns, lambda path: by_path.get(_composed(path)), beside, classes)
        elif columns.kind is None:
            yield _no_table(table), None


def _composed(path: PurePosixPath) -> str:
    # Systems differ in how they compose letters with accents in file names.
    return unicodedata.normalize("NFC", str(path))


def _folder_beside(table: PurePosixPath, members: list[Member]) -> str | None:
    """Return the only folder next to a table that holds any file, or None."""
    depth = len(table.parent.parts)
    below = (member.path.parts for member in members if member.path.is_relative_to(table.parent))
    folders = {parts[depth] for parts in below if len(parts) > depth + 1}
    return folders.pop() if len(folders) == 1 else None


def _photos_of(table: Member, classes: Classes) -> Iterator[Offered]:
    try:
        with table.opened() as stream, as_text(stream) as lines:
            yield from read_pixel_table(lines, str(table.path), classes)
    except CollectError as error:
        yield Offered(str(table.path), problem=str(error))


def _no_table(table: Member) -> Offered:
    name = str(table.path)
    return Offered(name, problem=f"The table cannot be read. {EXPECTED_COLUMNS} Received: {name!r}.")


def _with_label(entry: Offered) -> Offered:
    if entry.label is None and entry.kind == NO_FOLDER:
        return entry.rejected("No label was given for this photo. Expected happy or sad. Choose one.")
    return entry
