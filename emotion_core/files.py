"""Files that are replaced whole: a reader sees the old one or the new one, never half of it."""

import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

# Windows refuses to replace a file that somebody is reading; readers here are done within milliseconds.
REPLACE_TRIES = 50
REPLACE_WAIT_SECONDS = 0.02


def temporary_beside(path: Path) -> Path:
    """Return a name in the same folder that nobody else uses; the folder is made where it is missing."""
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{os.getpid()}.{secrets.token_hex(4)}.{path.name}")


def move_into_place(temporary: Path, path: Path) -> None:
    """Replace ``path`` by the finished file ``temporary``.

    Raises:
        OSError: it cannot be replaced, also after waiting for its readers.
    """
    for tries_left in reversed(range(REPLACE_TRIES)):
        try:
            temporary.replace(path)
            return
        except PermissionError:
            if not tries_left:
                raise
            time.sleep(REPLACE_WAIT_SECONDS)


def write_bytes(path: Path, data: bytes) -> None:
    """Replace ``path`` by a file of these bytes."""
    temporary = temporary_beside(path)
    temporary.write_bytes(data)
    move_into_place(temporary, path)


def write_json(path: Path, value: Any, indent: int | None = 1) -> None:
    """Replace ``path`` by ``value`` as JSON, which is written several times faster without ``indent``."""
    write_bytes(path, json.dumps(value, indent=indent).encode())


def read_json(path: Path) -> Any:
    """Return the JSON in ``path``, or None where the file is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError):
        return None
