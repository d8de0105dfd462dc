"""Values of the catalog's rows that the project never wrote: a damaged file, or another program's changes."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emotion_core.dataset.catalog.records import LABELS, SPLITS, STATUSES, Face
from emotion_core.errors import DataError

Test = Callable[[Any], bool]
SHA256_DIGITS = 64
_REPAIR = (
    "Repair it with `python -m emotion_core check --repair`, which takes its journal's word, or restore the workspace "
    "from a backup."
)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_optional_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and value >= 0


def _is_optional_whole(value: Any) -> bool:
    return value is None or _is_whole(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _is_optional_number(value: Any) -> bool:
    return value is None or isinstance(value, int | float)


_PHOTO: Mapping[str, Test] = {
    **dict.fromkeys(("photo_id", "name", "sha256", "original_sha256", "flags"), _is_text),
    "label": LABELS.__contains__,
    "status": STATUSES.__contains__,
    "split": (*SPLITS, None).__contains__,
    # A part of the file's name.
    "suffix": (".jpg", ".png").__contains__,
    **dict.fromkeys(("source_url", "page_url", "licence", "content_type", "author", "landing_url"), _is_optional_text),
    **dict.fromkeys(("width", "height", "original_bytes"), _is_whole),
    **dict.fromkeys(("original_width", "original_height"), _is_optional_whole),
    "added_at": _is_number,
    **dict.fromkeys(("brightness", "colourfulness", "saturation", "sharpness"), _is_optional_number),
    "faces": _is_optional_text,
}


def is_possible_photo(row: Mapping[str, Any] | sqlite3.Row) -> bool:
    """Return whether this project could have written the values of a photo's row; columns may lack if they can be NULL.

    Args:
        row: values by column.
    """
    values = dict(row)
    return all(test(values.get(column)) for column, test in _PHOTO.items())


def check_photo(row: Mapping[str, Any]) -> None:
    """Check the values of a photo's row, which is not as it was written, or from before rows had checksums.

    Raises:
        DataError: a column holds what the project never writes there.
    """
    for column, test in _PHOTO.items():
        if not test(row[column]):
            raise damaged_row(row["photo_id"], column, row[column])
    # The id is derived from the stored file, so each of the two shows a change of the other.
    is_derived = len(row["sha256"]) == SHA256_DIGITS
    if is_derived and not row["sha256"].startswith(row["photo_id"]):
        raise damaged_row(row["photo_id"], "sha256", row["sha256"])


def check_column(column: str, rows: Iterable[tuple[Any, Any]]) -> None:
    """Check one column of photos.

    Args:
        column: of the table of photos.
        rows: id and value of each photo.

    Raises:
        DataError: a value is one that the project never writes there.
    """
    test = _PHOTO[column]
    for photo_id, value in rows:
        if not test(value):
            raise damaged_row(photo_id, column, value)


def faces_of(photo_id: str, boxes: str | None) -> tuple[Face, ...] | None:
    """Return the faces of a photo, None if it was not checked for faces.

    Args:
        photo_id: id of the photo.
        boxes: JSON of the faces, as the catalog stores it.

    Raises:
        DataError: the value is no list of boxes.
    """
    if boxes is None:
        return None
    try:
        faces = tuple(Face(*map(float, box)) for box in json.loads(boxes))
    except (ValueError, TypeError, RecursionError) as error:
        raise damaged_row(photo_id, "faces", boxes) from error
    return faces


def changed_row(table: str, photo_id: object) -> DataError:
    """Return the error for a row whose values are possible, and not those that were written.

    Args:
        table: name of its table.
        photo_id: id of the photo.
    """
    return DataError(
        f"The catalog of photos is damaged: the photo {str(photo_id)[:64]!r} has values in {table} that are not those "
        f"that were written. {_REPAIR}"
    )


def damaged_row(photo_id: object, column: str, value: object) -> DataError:
    """Return the error for a value that the project never writes.

    Args:
        photo_id: id of the photo.
        column: of the table.
        value: what it holds.
    """
    return DataError(
        f"The catalog of photos is damaged: the photo {str(photo_id)[:64]!r} has an impossible {column}. "
        f"Received: {repr(value)[:80]}. {_REPAIR}"
    )
