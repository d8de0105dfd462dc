"""JSON files that are read back later: each names its format's version and carries a checksum of its values.

::

    {"format": 1, ..., "checksum": "sha256 of the other keys in canonical JSON, in hex"}

A changed digit is still valid JSON and would give another answer without a word; the checksum shows it. A file with
neither key is of version 0, before there were checksums, and is read as it is. A file with only one of them is damaged.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emotion_core.errors import DocumentDamaged, OtherVersion
from emotion_core.files import write_bytes

FORMAT, CHECKSUM = "format", "checksum"
# Of every document. A change of the content that this program could not read before raises it, with a migration.
FORMAT_VERSION = 1
Document = dict[str, Any]


def encoded(values: Mapping[str, Any], indent: int | None = 1) -> bytes:
    """Return a document as the bytes of its file.

    Args:
        values: JSON values; the keys ``format`` and ``checksum`` are added.
        indent: spaces per level; None is several times faster, for large files.
    """
    versioned = {FORMAT: FORMAT_VERSION, **values}
    return json.dumps({**versioned, CHECKSUM: _checksum(versioned)}, indent=indent).encode()


def decoded(data: bytes, name: str) -> Document:
    """Return the values of a document, without format and checksum.

    Args:
        data: content of the file.
        name: the file's name, for messages.

    Raises:
        DocumentDamaged: the content is not what was written.
        OtherVersion: the format is newer than this program.
    """
    try:
        stored = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _damaged(name, "no JSON") from error
    if not isinstance(stored, dict):
        raise _damaged(name, "no JSON object")
    if FORMAT not in stored and CHECKSUM not in stored:
        return stored
    version, checksum = stored.pop(FORMAT, None), stored.pop(CHECKSUM, None)
    # A newer format may check itself in another way, so its version is judged first.
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise OtherVersion(
            f"A newer version of this program wrote {name}. Expected format {FORMAT_VERSION} or lower. "
            f"Received: format={version}. Open the workspace with that version."
        )
    if checksum != _checksum({FORMAT: version, **stored}):
        raise _damaged(name, "values that do not match its checksum")
    return stored


def write_document(path: Path, values: Mapping[str, Any], indent: int | None = 1) -> None:
    """Write a document, atomically and durably.

    Args:
        path: file to create or replace; its folder is created if needed.
        values: JSON values; the keys ``format`` and ``checksum`` are added.
        indent: spaces per level; None is several times faster, for large files.
    """
    write_bytes(path, encoded(values, indent))


def read_document(path: Path) -> Document:
    """Return the values of a document, without format and checksum.

    Args:
        path: file that ``write_document`` wrote, or a version before it.

    Raises:
        FileNotFoundError: there is no such file.
        DocumentDamaged: the file cannot be read, or its content is not what was written.
        OtherVersion: its format is newer than this program.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _damaged(path.name, f"an error of the disk ({error.strerror})") from error
    return decoded(data, path.name)


def _checksum(values: Mapping[str, Any]) -> str:
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _damaged(name: str, received: str) -> DocumentDamaged:
    return DocumentDamaged(
        f"The file {name} is damaged. Expected the values that were written. Received: {received}. "
        "Restore it from a backup, or delete what it belongs to and make it again."
    )
