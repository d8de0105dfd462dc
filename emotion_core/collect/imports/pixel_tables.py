"""Read tables in the form of fer2013: one photo per row, with its pixels written as numbers."""

import io
import re
from collections.abc import Iterator
from functools import partial

import numpy as np
from PIL import Image

from emotion_core.collect.imports.classes import ClassMapping, ImportEntry, class_key
from emotion_core.collect.imports.layouts import FER_EMOTIONS, TableLayout, class_code
from emotion_core.collect.imports.members import Member
from emotion_core.collect.imports.splits import split_of, split_of_table
from emotion_core.collect.imports.tables import Row, rows_of
from emotion_core.jobs import attempt

SIDE_PX = 48
_MAX_NAME_LENGTH = 1000


def read_pixel_table(
    table: Member, layout: TableLayout, classes: ClassMapping, votes: Iterator[str] | None = None
) -> Iterator[ImportEntry]:
    """Yield the photos of a table, encoded as PNG, and the rows without a label without their pixels.

    An unreadable row is yielded with its problem, and the rows after it follow.

    Args:
        table: table with a column of emotions, by number as in fer2013 (3 is happy, 4 is sad) or by name, and a column
            of 48 x 48 numbers 0 to 255, row by row, separated by spaces or commas.
        layout: where these columns are.
        classes: labels of the emotions, by their names or numbers.
        votes: emotions in place of the table's own, row by row, as in FER+; None if there are none.

    Raises:
        CollectError: the table cannot be opened, or has too many rows.
    """
    split = split_of_table(table.path)
    for number, row in rows_of(table, layout.written):
        name = f"{table.path} row {number}"
        if isinstance(row, Exception):
            # The reader's limit of 131,072 characters is many times a valid row.
            problem = f"The row cannot be read. Expected CSV as in fer2013. Received: {row}."
            yield ImportEntry(name, problem=problem)
        else:
            emotion = _cell(row, layout.label) if votes is None else next(votes, "")
            read = partial(_entry, name, row, emotion, layout, classes, split)
            yield attempt(read, name, partial(_rejected_row, name))


def _entry(
    name: str, row: Row, emotion: str, layout: TableLayout, classes: ClassMapping, split: str | None
) -> ImportEntry:
    code = class_code(emotion)
    emotion = dict(layout.codes).get(code) or class_key(code)
    if not emotion or len(emotion) > _MAX_NAME_LENGTH or re.match(r"[-+.,\d]", emotion):
        expected = f"0 to {len(FER_EMOTIONS) - 1}, or the name of an emotion"
        return ImportEntry(
            name, problem=f"The emotion is unknown. Expected {expected}. Received: emotion={code[:20]!r}."
        )
    label = classes.label_of(emotion, code)
    split = split_of(_cell(row, layout.split)) if layout.split >= 0 else split
    entry = ImportEntry(name, label, kind=emotion, code=code, split=split)
    if label is None:
        return entry
    try:
        return entry.with_data(_png(_cell(row, layout.pixels)))
    except ValueError:
        return ImportEntry(
            name,
            problem=f"The pixels cannot be read. Expected {SIDE_PX * SIDE_PX} numbers from 0 to 255, space-separated.",
        )


def _rejected_row(name: str, reason: str) -> ImportEntry:
    return ImportEntry(name, problem=reason)


def _cell(row: Row, index: int) -> str:
    return row[index].strip() if 0 <= index < len(row) else ""


def _png(pixels: str) -> bytes:
    """Return the picture as PNG; raises ValueError for malformed numbers."""
    # Python and NumPy write lists in brackets, with commas or line ends between the numbers.
    numbers = pixels.translate(str.maketrans(",;[]()", "      ")).split()
    values = np.array(numbers, dtype=np.float64).reshape(SIDE_PX, SIDE_PX)
    if not (values.min() >= 0 and values.max() <= 255):
        raise ValueError("out of range")
    if values.max() <= 1 and (values % 1).any():  # shares of the brightest value
        values *= 255
    out = io.BytesIO()
    Image.fromarray(values.round().astype(np.uint8)).save(out, "PNG", compress_level=1)
    return out.getvalue()
