"""Tables in the form of fer2013: a row is a photo, its pixels written out as numbers."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image

from emotion_core.collect.imports.classes import Classes, Offered

SIDE_PX = 48
# The numbers of fer2013's seven emotions; two of them are ours.
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def read_pixel_table(lines: Iterable[str], name: str, classes: Classes) -> Iterator[Offered]:
    """Give the photos of a table, encoded as PNG, and the rows that are neither happy nor sad without their pixels.

    A row that cannot be read is given with its problem, and the rows behind it follow.

    Args:
        lines: CSV whose first line names the columns ``emotion`` (0 to 6; 3 is happy, 4 is sad) and ``pixels`` (48 x 48
            numbers 0 to 255, row by row, separated by spaces); others are ignored.
        name: of the table; photos are called by it and their row.
        classes: what the person said of the emotions, by their names or numbers.
    """
    table = csv.DictReader(lines, strict=False)
    # Some copies of the set have spaces around the names of the columns.
    table.fieldnames = [column.strip().lower() for column in table.fieldnames or ()]
    for number in itertools.count(1):
        try:
            yield _entry(f"{name} row {number}", next(table), classes)
        except StopIteration:
            return
        except csv.Error as error:
            # The reader begins anew with the next line. Its limit of 131,072 characters is many times a right row.
            yield Offered(
                f"{name} row {number}",
                problem=f"The row cannot be read. Expected CSV as in fer2013. Received: {error}.",
            )


def _entry(name: str, row: dict[str, str | None], classes: Classes) -> Offered:
    number = (row.get("emotion") or "").strip()
    known = number.isascii() and number.isdigit() and len(number) <= 3 and int(number) < len(EMOTIONS)
    if not known:
        return Offered(name, problem=f"The emotion is unknown. Expected 0 to 6. Received: emotion={number[:20]!r}.")
    emotion = EMOTIONS[int(number)]
    label = classes.labels.get(emotion) or classes.labels.get(str(int(number)))
    if label is None:
        return Offered(name, kind=emotion)
    try:
        return Offered(name, label, _png(row.get("pixels") or ""), emotion)
    except (ValueError, OverflowError):  # NumPy's word for a number beyond 64 bits
        return Offered(
            name,
            problem=f"The pixels cannot be read. Expected {SIDE_PX * SIDE_PX} numbers from 0 to 255 between spaces.",
        )


def _png(pixels: str) -> bytes:
    """Return the picture as PNG; raises ValueError or OverflowError where numbers are not as they should be."""
    values = np.array(pixels.split(), dtype=np.int64).reshape(SIDE_PX, SIDE_PX)
    if values.min() < 0 or values.max() > 255:
        raise ValueError("out of range")
    out = io.BytesIO()
    Image.fromarray(values.astype(np.uint8)).save(out, "PNG", compress_level=1)
    return out.getvalue()
