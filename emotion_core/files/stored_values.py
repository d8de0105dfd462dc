"""Values in files: JSON, and arrays in ``.npz``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion_core.files.replacement import write_bytes

if TYPE_CHECKING:
    import numpy.typing as npt


def write_json(path: Path, value: Any, indent: int | None = 1, *, durable: bool = True) -> None:
    """Write a value to a file as JSON, atomically.

    Args:
        path: file to create or replace; its folder is created if needed.
        value: anything that ``json.dumps`` accepts.
        indent: spaces per level; None is several times faster, for large files.
        durable: as for ``write_bytes``.
    """
    write_bytes(path, json.dumps(value, indent=indent).encode(), durable=durable)


def read_json(path: Path) -> Any:
    """Return the value in a JSON file, or None if the file is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError, RecursionError):
        return None


def read_arrays(path: Path) -> "dict[str, npt.NDArray[Any]] | None":
    """Return the arrays of an ``.npz`` file by name, or None if the file is missing or damaged.

    The format checks each array against a CRC-32.
    """
    import numpy as np

    try:
        # Opened here, because NumPy leaves a damaged file open.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except Exception:  # A changed byte makes zipfile and NumPy raise a dozen kinds of errors.
        return None
