"""Tables that name files and their classes, and finding the files that they name."""

import csv
import io
import itertools
import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Literal

from emotion_core.collect.imports.classes import Classes, Offered, class_key
from emotion_core.collect.imports.members import Member
from emotion_core.errors import CollectError

MAX_ROWS = 500_000
_LONGEST = 1000  # characters of a name
_LONGEST_HEADER = 100_000
_NAMES = ("name", "file", "filename", "file_name", "filepath", "path", "image", "image_name")
_LABELS = ("label", "class", "emotion", "category")
_PIXELS = frozenset({"emotion", "pixels"})
EXPECTED_COLUMNS = (
    "Expected CSV with a column name (or file, path, image) and a column label (or class, emotion, category), or with "
    "the columns emotion and pixels, as in fer2013."
)

# A file of an import with its class, and where its bytes are; without a place where there is nothing to read.
LabelColumn = tuple[Offered, Member | None]


@dataclass(frozen=True)
class TableColumns:
    """What the first line of a table says.

    Attributes:
        names: of the columns, in lower case.
        delimiter: between them.
    """

    names: tuple[str, ...]
    delimiter: str

    @property
    def kind(self) -> Literal["pixels", "labels"] | None:
        """What a row holds: the pixels of a photo, or a file's name and its label; None for neither."""
        if set(self.names) >= _PIXELS:
            return "pixels"
        return "labels" if self.first_of(_NAMES) and self.first_of(_LABELS) else None

    def first_of(self, wanted: Iterable[str]) -> str:
        """Return the first of the ``wanted`` names that a column has, or nothing."""
        return next((name for name in wanted if name in self.names), "")


def as_text(stream: IO[bytes]) -> io.TextIOWrapper:
    """Return a table's bytes as text; separators of lines inside a text end no line."""
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")


def columns_of(table: Member) -> TableColumns:
    """Return the columns of a table.

    Raises:
        CollectError: it cannot be opened.
    """
    with table.opened() as stream, as_text(stream) as lines:
        line = lines.readline(_LONGEST_HEADER)
    # Spreadsheets write semicolons where the comma is a decimal sign.
    delimiter = max(",;\t", key=line.count)
    names = next(csv.reader([line], delimiter=delimiter), [])
    return TableColumns(tuple(name.strip().lower() for name in names), delimiter)


def read_label_table(
    table: Member,
    columns: TableColumns,
    find: Callable[[PurePosixPath], Member | None],
    beside: str | None,
    classes: Classes,
) -> Iterator[LabelColumn]:
    """Give the files that a table names, in its order, each row that cannot be used with the reason.

    Args:
        table: with a column of files' names, relative to the table's folder or to the one folder beside it.
        columns: of the table.
        find: returns the file of a path below what is imported, or None.
        beside: the only folder next to the table; None where there are several or none.
        classes: what the person said of them.

    Raises:
        CollectError: the table is damaged, or longer than anything a person would import.
    """
    for number, name, kind in _rows(table, columns):
        row = f"{table.path} row {number}"
        file = _inside(name)
        if file is None or not 0 < len(kind) <= _LONGEST:
            problem = "The row cannot be used. Expected a file below the table's folder, and its class. "
            yield Offered(row, problem=f"{problem}Received: {name[:100]!r}, {kind[:100]!r}."), None
            continue
        folders = (table.path.parent, table.path.parent / beside) if beside else (table.path.parent,)
        member = next(filter(None, (find(folder / file) for folder in folders)), None)
        label = classes.label_of(kind)
        if label and member is None:
            problem = f"The table names a file that is not there. Received: {name!r}, {row}."
            yield Offered(name, label, problem=problem), None
        else:
            shown = member.path if member else file
            yield Offered(str(shown), label, kind=class_key(kind)), member


def _rows(table: Member, columns: TableColumns) -> Iterator[tuple[int, str, str]]:
    """Give number, file and class of each row that is not empty; none of the two for a row that is no CSV."""
    name, label = columns.first_of(_NAMES), columns.first_of(_LABELS)
    with table.opened() as stream, as_text(stream) as lines:
        rows = csv.reader(lines, delimiter=columns.delimiter)
        next(rows)
        for number in itertools.count(1):
            try:
                row = next(rows, None)
            except csv.Error:  # The reader begins anew with the next line.
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


def _inside(name: str) -> PurePosixPath | None:
    """Return a path relative to the table's folder, or None where it leads out of it."""
    path = posixpath.normpath(name.replace("\\", "/"))
    return PurePosixPath(path) if name and len(name) <= _LONGEST and not path.startswith(("/", ".")) else None
