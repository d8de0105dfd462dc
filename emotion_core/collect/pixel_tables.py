"""Tables in the form of fer2013: a row is a photo, its pixels written out as numbers."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image

from emotion_core.collect.classes import Offered
from emotion_core.errors import CollectError

SIDE_PX = 48
# The numbers of fer2013's seven emotions; two of them are ours.
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
_CLASSES = {"happy": "happy", "sad": "sad"}
_REQUIRED = frozenset({"emotion", "pixels"})


def read_pixel_table(lines: Iterable[str], name: str) -> Iterator[Offered]:
    """Give the photos of a table, encoded as PNG, and the rows that are neither happy nor sad without their pixels.

    A row that cannot be read is given with its problem, and the rows behind it follow.

    Args:
        lines: CSV with the columns ``emotion`` (0 to 6; 3 is happy, 4 is sad) and ``pixels`` (48 x 48 numbers 0 to 255,
            row by row, separated by spaces); others are ignored.
        name: of the table; photos are called by it and their row.

    Raises:
        CollectError: a column is missing, or the line of their names is no CSV.
    """
    table = csv.DictReader(lines, strict=False)
    try:
        # Some copies of the set have spaces around the names of the columns.
        table.fieldnames = [column.strip().lower() for column in table.fieldnames or ()]
        if not set(table.fieldnames) >= _REQUIRED:
            raise _no_table(name, f"the columns {', '.join(table.fieldnames)[:200]!r}")
    except csv.Error as error:
        raise _no_table(name, str(error)) from error
    for number in itertools.count(1):
        try:
            yield _entry(f"{name} row {number}", next(table))
        except StopIteration:
            return
        except csv.Error as error:
            # The reader begins anew with the next line. Its limit of 131,072 characters is many times a right row.
            yield Offered(
                f"{name} row {number}",
                problem=f"The row cannot be read. Expected CSV as in fer2013. Received: {error}.",
            )


def _no_table(name: str, found: str) -> CollectError:
    return CollectError(
        "The table cannot be read. Expected CSV with the columns emotion and pixels, as in fer2013. "
        f"Received: {name!r} with {found}."
    )


def _entry(name: str, row: dict[str, str | None]) -> Offered:
    number = (row.get("emotion") or "").strip()
    known = number.isascii() and number.isdigit() and len(number) <= 3 and int(number) < len(EMOTIONS)
    if not known:
        return Offered(name, problem=f"The emotion is unknown. Expected 0 to 6. Received: emotion={number[:20]!r}.")
    emotion = EMOTIONS[int(number)]
    if emotion not in _CLASSES:
        return Offered(name, kind=emotion)
    try:
        return Offered(name, _CLASSES[emotion], _png(row.get("pixels") or ""))
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
