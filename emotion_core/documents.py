"""JSON files that are read back later: each names its format's version and carries a checksum of its values.

::

    {"format": 1, ..., "checksum": "sha256 of the other keys in canonical JSON, in hex"}

A changed digit is still valid JSON and would give another answer without a word; the checksum shows it. A file with
neither key is of version 0, before there were checksums, and is read as it is. A file with only one of them is damaged.

Files beside a document, such as a trained network, are named in it with the SHA-256 of their bytes.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from emotion_core.errors import DocumentDamaged, EmotionError, OtherVersion
from emotion_core.files import write_bytes

FORMAT, CHECKSUM = "format", "checksum"
# The key of a document that holds one value which is no object, such as a number.
VALUE = "value"
Document = dict[str, Any]


def _from_version_0(_name: str, values: Document) -> Document:
    """Return the values of a document from before there were checksums, which are what they are today."""
    return values


# Each entry brings a document from the version of its position to the next one, given the file's name. Released
# entries never change. A content that an earlier program could not read needs a new entry.
_MIGRATIONS: tuple[Callable[[str, Document], Document], ...] = (_from_version_0,)
FORMAT_VERSION = len(_MIGRATIONS)

DAMAGED: Literal["damaged"] = "damaged"
NEWER: Literal["newer version"] = "newer version"
MISSING: Literal["missing"] = "missing"
Kind = Literal["damaged", "newer version", "missing"]


@dataclass(frozen=True)
class Unreadable:
    """An entry of the workspace that cannot be read, or not completely; it is listed beside the others.

    Attributes:
        entry_id: id of the run, study, snapshot or job.
        path: the file or folder.
        kind: ``damaged``, ``newer version`` or ``missing``.
        what: what is wrong and what to do, for the user.
    """

    entry_id: str
    path: Path
    kind: Kind
    what: str

    @classmethod
    def of(cls, entry_id: str, path: Path, error: EmotionError | OSError) -> "Unreadable":
        """Return the record of an entry whose reading raised an error.

        Args:
            entry_id: id of the entry.
            path: the file or folder.
            error: raised by the reader.
        """
        is_newer = isinstance(error, OtherVersion) or isinstance(error.__cause__, OtherVersion)
        kind: Kind = NEWER if is_newer else DAMAGED if path.exists() else MISSING
        return cls(entry_id, path, kind, str(error))

    def as_json(self) -> dict[str, str]:
        """Return the record as JSON values."""
        return {"id": self.entry_id, "path": str(self.path), "kind": self.kind, "what": self.what}


def encoded(values: Mapping[str, Any], indent: int | None = 1) -> bytes:
    """Return a document as the bytes of its file.

    Args:
        values: JSON values; the keys ``format`` and ``checksum`` are added.
        indent: spaces per level; None is several times faster, for large files.
    """
    # As a reader will see them: JSON turns other keys into strings, and tuples into lists.
    stored = json.loads(json.dumps({FORMAT: FORMAT_VERSION, **values}))
    return json.dumps({**stored, CHECKSUM: _checksum(stored)}, indent=indent).encode()


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
        return _migrated(name, stored, 0)
    version, checksum = stored.pop(FORMAT, None), stored.pop(CHECKSUM, None)
    # A newer format may check itself in another way, so a checksum that does not match says nothing about it. But one
    # that matches a known version shows that only the version's digit has changed.
    is_newer = isinstance(version, int) and version > FORMAT_VERSION
    if is_newer and checksum not in (_checksum({FORMAT: known, **stored}) for known in range(1, FORMAT_VERSION + 1)):
        raise OtherVersion(newer_text(f"The file {name}", version, FORMAT_VERSION))
    if is_newer or checksum != _checksum({FORMAT: version, **stored}):
        raise _damaged(name, "values that do not match its checksum")
    return _migrated(name, stored, version)


def newer_text(what: str, version: int, newest_known: int) -> str:
    """Return the sentence for the user about something that a newer version of this program wrote.

    Args:
        what: subject of the sentence.
        version: format of the file.
        newest_known: format that this program writes.
    """
    return (
        f"{what} was written by a newer version of this program (format {version}). Expected format {newest_known} "
        f"or lower. Received: format={version}. Open the workspace with that version; nothing is lost."
    )


def _migrated(name: str, values: Document, version: int) -> Document:
    for migrate in _MIGRATIONS[version:]:
        values = migrate(name, values)
    return values


def write_document(path: Path, values: Mapping[str, Any], indent: int | None = 1, *, durable: bool = True) -> None:
    """Write a document, atomically.

    Args:
        path: file to create or replace; its folder is created if needed.
        values: JSON values; the keys ``format`` and ``checksum`` are added.
        indent: spaces per level; None is several times faster, for large files.
        durable: as for ``files.write_bytes``.
    """
    write_bytes(path, encoded(values, indent), durable=durable)


def read_document(path: Path) -> Document:
    """Return the values of a document, without format and checksum.

    Args:
        path: file that ``write_document`` wrote, or a version before it.

    Raises:
        FileNotFoundError: there is no such file.
        DocumentDamaged: the file cannot be read, or its content is not what was written.
        OtherVersion: its format is newer than this program.
    """
    return decoded(_content(path), path.name)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _damaged(path.name, f"an error of the disk ({error.strerror})") from error


def write_value(path: Path, value: Any, *, durable: bool = True) -> None:
    """Write a value that is no object, such as a number or a list, as a document.

    Args:
        path: file to create or replace.
        value: JSON value.
        durable: as for ``files.write_bytes``.
    """
    write_document(path, {VALUE: value}, durable=durable)


def read_value(path: Path) -> Any:
    """Return the value in a file that ``write_value`` wrote; in version 0, the whole file is the value.

    Raises:
        FileNotFoundError: there is no such file.
        DocumentDamaged: the file cannot be read, or its content is not what was written.
        OtherVersion: its format is newer than this program.
    """
    data = _content(path)
    with contextlib.suppress(ValueError, RecursionError):
        value = json.loads(data)
        if not isinstance(value, dict):
            return value
    values = decoded(data, path.name)
    if values.keys() != {VALUE}:
        raise _damaged(path.name, "other keys than expected")
    return values[VALUE]


def stored_document(path: Path) -> Document | None:
    """Return the values of a document that can be made again, or None if it is missing, damaged or another version's.

    Args:
        path: file that ``write_document`` wrote.
    """
    try:
        return read_document(path)
    except (FileNotFoundError, DocumentDamaged, OtherVersion):
        return None


def document_problem(path: Path) -> Unreadable | None:
    """Return what is wrong with a file that ``write_document`` or ``write_value`` wrote, or None.

    Args:
        path: the file; a missing one is a problem.
    """
    try:
        data = _content(path)
        # A bare value is of version 0, which has no checksum.
        with contextlib.suppress(ValueError, RecursionError):
            if not isinstance(json.loads(data), dict):
                return None
        decoded(data, path.name)
    except (OSError, DocumentDamaged, OtherVersion) as error:
        return Unreadable.of(path.stem, path, error)
    return None


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hashes_of(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of each of a folder's files by its name; files that do not exist are left out.

    Args:
        folder: of the files.
        names: of the files.
    """
    return {name: sha256_of(folder / name) for name in names if (folder / name).is_file()}


def check_hash(name: str, data: bytes, expected: str | None) -> None:
    """Check that the bytes of a file are those that were written.

    Args:
        name: the file's name, for the message.
        data: content of the file.
        expected: SHA-256 as recorded; None where an earlier version recorded none.

    Raises:
        DocumentDamaged: they are not.
    """
    if expected is not None and hashlib.sha256(data).hexdigest() != expected:
        raise _damaged(name, "bytes that do not match the recorded SHA-256", expected="the bytes")


def _checksum(values: Mapping[str, Any]) -> str:
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _damaged(name: str, received: str, expected: str = "the values") -> DocumentDamaged:
    return DocumentDamaged(
        f"The file {name} is damaged. Expected {expected} that were written. Received: {received}. "
        "Restore it from a backup, or delete what it belongs to and make it again."
    )


def not_a_record(name: str, error: Exception) -> DocumentDamaged:
    """Return the error for a document whose values are not those of its kind.

    Args:
        name: the file's name.
        error: raised by the reader of the values, such as a ``KeyError``.
    """
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return _damaged(name, f"values of another kind ({words[:200]})")
