"""Read tables of files and their classes, and find the files that they name."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from emotion_core.collect.imports.classes import ClassMapping, ImportEntry, class_key
from emotion_core.collect.imports.file_index import FileIndex, is_possible_name
from emotion_core.collect.imports.layouts import TableLayout, class_code, raf_split, winner
from emotion_core.collect.imports.members import Member
from emotion_core.collect.imports.splits import split_of, split_of_path, split_of_table
from emotion_core.collect.imports.tables import Row, rows_of
from emotion_core.jobs import attempt

_MAX_NAME_LENGTH = 1000

# An entry of an import with its file; None if there is nothing to read.
EntryWithFile = tuple[ImportEntry, Member | None]


@dataclass(frozen=True)
class LabelTable:
    """A table of files and their classes.

    Attributes:
        member: the table.
        layout: what its columns mean.
        files: the files that it may name.
        folders: folders that its names may be relative to, the most likely first.
        classes: labels of the classes.
    """

    member: Member
    layout: TableLayout
    files: FileIndex
    folders: tuple[PurePosixPath, ...]
    classes: ClassMapping

    def entries(self) -> Iterator[EntryWithFile]:
        """Yield the files that the table names, in its order; unusable rows are entries with a problem.

        Raises:
            CollectError: the table cannot be opened, or has too many rows.
        """
        for number, row in rows_of(self.member, self.layout.written):
            name = f"{self.member.path} row {number}"
            cells = [] if isinstance(row, Exception) else row
            yield attempt(partial(self._entry, name, cells), name, partial(_rejected_row, name))

    def _entry(self, row_name: str, row: Row) -> EntryWithFile:
        name, kind = _cell(row, self.layout.name), self._class_of(row)
        if self.layout.has_judges and not name:  # FER+ names no file where the judges saw no face
            return ImportEntry(row_name, kind=kind), None
        if not is_possible_name(name) or not 0 < len(kind) <= _MAX_NAME_LENGTH:
            problem = "The row is not valid. Expected a file below the table's folder, and its class. "
            return ImportEntry(row_name, problem=f"{problem}Received: {name[:100]!r}, {kind[:100]!r}."), None
        code = class_code(kind)
        kind = dict(self.layout.codes).get(code, code)
        label = self.classes.label_of(kind, code)
        split = self._split_of(row)
        members = self._files_of(name, split)
        entry = ImportEntry(name, label, kind=class_key(kind), code=code, split=split)
        if len(members) == 1:
            return ImportEntry(
                str(members[0].path), label, kind=entry.kind, code=code, split=split or split_of_path(members[0].path)
            ), members[0]
        if not label:
            return entry, None
        if not members:
            return entry.rejected(f"The table names a file that is not there. Received: {name!r}, {row_name}."), None
        paths = ", ".join(str(member.path) for member in members[:3])
        return entry.rejected(
            f"Several files have this name: {paths}. Expected one. Received: {name!r}, {row_name}. "
            "Write their folders into the table."
        ), None

    def _class_of(self, row: Row) -> str:
        if self.layout.label >= 0:
            return _cell(row, self.layout.label)
        return winner_of(row, self.layout)

    def _split_of(self, row: Row) -> str | None:
        if self.layout.split >= 0:
            return split_of(_cell(row, self.layout.split))
        if self.layout.data_set == "RAF-DB":
            return raf_split(_cell(row, self.layout.name))
        return split_of_table(self.member.path)

    def _files_of(self, name: str, split: str | None) -> list[Member]:
        members = self.files.find(name, self.folders, split)
        if not members and self.layout.data_set == "RAF-DB":
            stem, _, suffix = name.rpartition(".")
            return self.files.find(f"{stem}_aligned.{suffix}", self.folders, split)
        return members


def winner_of(row: Row, layout: TableLayout) -> str:
    """Return the class that most votes of a row are for; empty if they are no numbers.

    Args:
        row: the row.
        layout: which columns hold the votes.
    """
    try:
        votes = [(kind, float(_cell(row, index) or 0)) for index, kind in layout.votes]
    except ValueError:
        return ""
    return winner(votes, has_judges=layout.has_judges)


def _rejected_row(name: str, reason: str) -> EntryWithFile:
    return ImportEntry(name, problem=reason), None


def _cell(row: Row, index: int) -> str:
    return row[index].strip() if 0 <= index < len(row) else ""
