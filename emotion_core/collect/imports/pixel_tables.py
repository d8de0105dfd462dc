"""Read tables in the form of fer2013: one photo per row, with its pixels written as numbers."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image

from emotion_core.collect.imports.classes import ClassMapping, ImportEntry

SIDE_PX = 48
# fer2013's seven emotions, by their numbers.
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def read_pixel_table(lines: Iterable[str], name: str, classes: ClassMapping) -> Iterator[ImportEntry]:
    """Yield the photos of a table, encoded as PNG, and the rows without a label without their pixels.

    An unreadable row is yielded with its problem, and the rows after it follow.

    Args:
        lines: CSV with the columns ``emotion`` (0 to 6; 3 is happy, 4 is sad) and ``pixels`` (48 x 48 numbers 0 to
            255, row by row, separated by spaces); other columns are ignored.
        name: name of the table; photos are named by it and their row.
        classes: labels of the emotions, by their names or numbers.
    """
    table = csv.DictReader(lines, strict=False)
    # Some copies of fer2013 have spaces around the column names.
    table.fieldnames = [column.strip().lower() for column in table.fieldnames or ()]
    for number in itertools.count(1):
        try:
            yield _entry(f"{name} row {number}", next(table), classes)
        except StopIteration:
            return
        except csv.Error as error:
            # The reader continues with the next line. Its limit of 131,072 characters is many times a valid row.
            yield ImportEntry(
                f"{name} row {number}",
                problem=f"The row cannot be read. Expected CSV as in fer2013. Received: {error}.",
            )


def _entry(name: str, row: dict[str, str | None], classes: ClassMapping) -> ImportEntry:
    number = (row.get("emotion") or "").strip()
    is_known = number.isascii() and number.isdigit() and len(number) <= 3 and int(number) < len(EMOTIONS)
    if not is_known:
        return ImportEntry(name, problem=f"The emotion is unknown. Expected 0 to 6. Received: emotion={number[:20]!r}.")
    emotion = EMOTIONS[int(number)]
    label = classes.labels.get(emotion) or classes.labels.get(str(int(number)))
    if label is None:
        return ImportEntry(name, kind=emotion)
    try:
        return ImportEntry(name, label, _png(row.get("pixels") or ""), emotion)
    except (ValueError, OverflowError):  # NumPy raises OverflowError for a number beyond 64 bits.
        return ImportEntry(
            name,
            problem=f"The pixels cannot be read. Expected {SIDE_PX * SIDE_PX} numbers from 0 to 255, space-separated.",
        )


def _png(pixels: str) -> bytes:
    """Return the picture as PNG; raises ValueError or OverflowError for malformed numbers."""
    values = np.array(pixels.split(), dtype=np.int64).reshape(SIDE_PX, SIDE_PX)
    if values.min() < 0 or values.max() > 255:
        raise ValueError("out of range")
    out = io.BytesIO()
    Image.fromarray(values.astype(np.uint8)).save(out, "PNG", compress_level=1)
    return out.getvalue()
