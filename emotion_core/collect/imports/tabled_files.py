"""The files that the tables of an import name, each once."""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from emotion_core.collect.imports.ck_plus import NOTE, ck_plus_entries
from emotion_core.collect.imports.classes import ClassMapping, ImportEntry
from emotion_core.collect.imports.file_index import FileIndex
from emotion_core.collect.imports.label_tables import EntryWithFile, LabelTable, winner_of
from emotion_core.collect.imports.members import Member
from emotion_core.collect.imports.table_search import FoundTable
from emotion_core.collect.imports.tables import rows_of
from emotion_core.formatting import count_text
from emotion_core.jobs import rejection_reason


class TabledFiles:
    """The entries of all tables of files.

    Attributes:
        entries: the files that tables name, and the rows that cannot be used.
        notes: sentences about the tables.
        votes: the table of FER+, if its files are not there but the rows of fer2013 that it is about; otherwise None.
    """

    def __init__(self, tables: list[FoundTable], members: list[Member], classes: ClassMapping) -> None:
        """Find the files that the tables name.

        Args:
            tables: all tables of the import.
            members: all files of the import.
            classes: labels of the classes.
        """
        self.entries: list[EntryWithFile] = []
        self.notes = [table.layout.note for table in tables if table.layout.data_set]
        self.votes: FoundTable | None = None
        self._kinds: dict[Member, tuple[FoundTable, str]] = {}
        self._conflicts: Counter[tuple[str, str]] = Counter()
        files, pixel_tables = FileIndex(lambda: members), [table for table in tables if table.layout.kind == "pixels"]
        labeled = [table for table in tables if table.layout.kind == "labels"]
        beside = _only_folders({table.member.path.parent for table in labeled}, members)
        for table in labeled:
            rows = self._read(table, files, beside.get(table.member.path.parent), classes)
            if table.layout.has_judges and len(pixel_tables) == 1 and not any(member for _, member in rows):
                self.votes = table
                self.notes.append(_votes_note(table, pixel_tables[0]))
            else:
                self.entries += [row for row in rows if self._is_new(table, *row)]
        frames = list(ck_plus_entries(members, files, classes))
        self.entries += frames
        self.notes += [NOTE] if frames else []
        for (first, second), number in self._conflicts.items():
            self.notes.append(f"{first!r} and {second!r} disagree on {count_text(number, 'photo')}; the first counts.")

    def _read(
        self, table: FoundTable, files: FileIndex, beside: str | None, classes: ClassMapping
    ) -> list[EntryWithFile]:
        try:
            return list(label_table(table, files, beside, classes).entries())
        except Exception as error:
            name = str(table.member.path)
            return [(ImportEntry(name, problem=rejection_reason(error, name)), None)]

    def _is_new(self, table: FoundTable, entry: ImportEntry, member: Member | None) -> bool:
        """Whether no table before this one names the file."""
        if member is None:
            return True
        first, kind = self._kinds.setdefault(member, (table, entry.kind))
        if kind != entry.kind:
            self._conflicts[str(first.member.path), str(table.member.path)] += 1
        return first is table


def label_table(table: FoundTable, files: FileIndex, beside: str | None, classes: ClassMapping) -> LabelTable:
    """Return a table of files with what it needs to find them.

    Args:
        table: the table.
        files: the files that it may name.
        beside: name of the only folder next to the table; None if there are several or none.
        classes: labels of the classes.
    """
    folder = table.member.path.parent
    folders = (folder, folder / beside) if beside else (folder,)
    return LabelTable(table.member, table.layout, files, folders, classes)


def read_votes(table: FoundTable) -> Iterator[str]:
    """Yield the emotion that most judges of FER+ voted for, row by row; empty for a row that cannot be read.

    Args:
        table: the table of FER+.
    """
    for _, row in rows_of(table.member, table.layout.written):
        yield "" if isinstance(row, Exception) else winner_of(row, table.layout)


def _votes_note(votes: FoundTable, pixels: FoundTable) -> str:
    return f"The emotions of {str(pixels.member.path)!r} are those that {str(votes.member.path)!r} has most votes for."


def _only_folders(parents: set[PurePosixPath], members: list[Member]) -> dict[PurePosixPath, str]:
    """Return the only folder in each of some folders that holds files, if it is the only one."""
    inside: dict[tuple[str, ...], set[str]] = {parent.parts: set() for parent in parents}
    for parts in (member.path.parts for member in members):
        for depth in range(len(parts) - 1):
            if (folders := inside.get(parts[:depth])) is not None:
                folders.add(parts[depth])
    return {PurePosixPath(*parts): folders.pop() for parts, folders in inside.items() if len(folders) == 1}
