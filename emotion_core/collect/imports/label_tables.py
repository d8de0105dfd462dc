"""Read tables of files and their classes, and find the files that they name."""

import csv
import io
import itertools
import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Literal

from emotion_core.collect.imports.classes import ClassMapping, ImportEntry, class_key
from emotion_core.collect.imports.members import Member
from emotion_core.errors import CollectError

MAX_ROWS = 500_000
_MAX_NAME_LENGTH = 1000
_MAX_HEADER_LENGTH = 100_000
_NAMES = ("name", "file", "filename", "file_name", "filepath", "path", "image", "image_name")
_LABELS = ("label", "class", "emotion", "category")
_PIXELS = frozenset({"emotion", "pixels"})
EXPECTED_COLUMNS = (
    "Expected CSV with a column name (or file, path, image) and a column label (or class, emotion, category), or with "
    "the columns emotion and pixels, as in fer2013."
)

# An entry of an import with its file; None if there is nothing to read.
EntryWithFile = tuple[ImportEntry, Member | None]


@dataclass(frozen=True)
class TableColumns:
    """The header of a table.

    Attributes:
        names: names of the columns, in lower case.
        delimiter: character between the columns.
    """

    names: tuple[str, ...]
    delimiter: str

    @property
    def kind(self) -> Literal["pixels", "labels"] | None:
        """Whether rows hold the pixels of a photo or the name and label of a file; None for neither."""
        if set(self.names) >= _PIXELS:
            return "pixels"
        return "labels" if self.first_of(_NAMES) and self.first_of(_LABELS) else None

    def first_of(self, wanted: Iterable[str]) -> str:
        """Return the first of the ``wanted`` names that is a column, or an empty string."""
        return next((name for name in wanted if name in self.names), "")


def as_text(stream: IO[bytes]) -> io.TextIOWrapper:
    """Wrap a table's bytes as text; Unicode line separators inside a cell do not end the line."""
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")


def columns_of(table: Member) -> TableColumns:
    """Return the columns of a table.

    Raises:
        CollectError: the table cannot be opened.
    """
    with table.opened() as stream, as_text(stream) as lines:
        line = lines.readline(_MAX_HEADER_LENGTH)
    # Spreadsheets write semicolons in countries where the comma is the decimal mark.
    delimiter = max(",;\t", key=line.count)
    names = next(csv.reader([line], delimiter=delimiter), [])
    return TableColumns(tuple(name.strip().lower() for name in names), delimiter)


def read_label_table(
    table: Member,
    columns: TableColumns,
    find: Callable[[PurePosixPath], Member | None],
    beside: str | None,
    classes: ClassMapping,
) -> Iterator[EntryWithFile]:
    """Yield the files that a table names, in its order; unusable rows are entries with a problem.

    Args:
        table: the table; its file names are relative to its folder or to ``beside``.
        columns: header of the table.
        find: returns the file at a path below the import's root, or None.
        beside: name of the only folder next to the table; None if there are several or none.
        classes: labels of the classes.

    Raises:
        CollectError: the table cannot be opened, or has more than 500,000 rows.
    """
    for number, name, kind in _rows(table, columns):
        row = f"{table.path} row {number}"
        file = _path_inside(name)
        if file is None or not 0 < len(kind) <= _MAX_NAME_LENGTH:
            problem = "The row is not valid. Expected a file below the table's folder, and its class. "
            yield ImportEntry(row, problem=f"{problem}Received: {name[:100]!r}, {kind[:100]!r}."), None
            continue
        folders = (table.path.parent, table.path.parent / beside) if beside else (table.path.parent,)
        member = next(filter(None, (find(folder / file) for folder in folders)), None)
        label = classes.label_of(kind)
        if label and member is None:
            problem = f"The table names a file that is not there. Received: {name!r}, {row}."
            yield ImportEntry(name, label, problem=problem), None
        else:
            shown = member.path if member else file
            yield ImportEntry(str(shown), label, kind=class_key(kind)), member


def _rows(table: Member, columns: TableColumns) -> Iterator[tuple[int, str, str]]:
    """Yield number, file name and class of each row that is not empty; both are empty for malformed CSV."""
    name, label = columns.first_of(_NAMES), columns.first_of(_LABELS)
    with table.opened() as stream, as_text(stream) as lines:
        rows = csv.reader(lines, delimiter=columns.delimiter)
        next(rows)
        for number in itertools.count(1):
            try:
                row = next(rows, None)
            except csv.Error:  # The reader continues with the next line.
                row = [""]
            if row is None:
                return
            if number > MAX_ROWS:
                raise CollectError(
                    f"The table is too long. Expected at most {MAX_ROWS:,} rows. Received: {str(table.path)!r}. "
                    "Split it."
                )
            if row:
                cells = dict(zip(columns.names, row, strict=False))
                yield number, cells.get(name, "").strip(), cells.get(label, "").strip()


def _path_inside(name: str) -> PurePosixPath | None:
    """Return a path relative to the table's folder, or None if it leads out of the folder."""
    path = posixpath.normpath(name.replace("\\", "/"))
    is_inside = name and len(name) <= _MAX_NAME_LENGTH and not path.startswith(("/", "."))
    return PurePosixPath(path) if is_inside else None
