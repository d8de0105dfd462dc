"""The file of a backup: its manifest, and reading it with nothing in it trusted."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emotion_core.documents import decoded
from emotion_core.errors import DataError, DocumentError

MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 512 * 2**20
KIND = "emotion-classifier backup"
CHUNK_BYTES = 2**20


def is_backup(file: Path) -> bool:
    """Return whether a file looks like a backup that this project wrote."""
    try:
        with zipfile.ZipFile(file) as archive:
            return MANIFEST in archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile):
        return False


def read_manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    """Return what a backup says it holds.

    Args:
        archive: opened backup, from anywhere.

    Raises:
        DataError: it is no backup, is damaged, or a newer version of this project wrote it.
    """
    try:
        info = archive.getinfo(MANIFEST)
        if info.file_size > MAX_MANIFEST_BYTES:
            raise damaged_backup(f"{MANIFEST} has {info.file_size:,} bytes")
        with archive.open(info) as stream:
            manifest = decoded(stream.read(MAX_MANIFEST_BYTES), MANIFEST)
    except KeyError as error:
        raise damaged_backup(f"a zip without {MANIFEST}") from error
    except DocumentError as error:
        raise DataError(str(error)) from error
    files = manifest.get("files")
    if manifest.get("kind") != KIND or not isinstance(files, dict) or not all(map(_is_file_entry, files.values())):
        raise damaged_backup(f"{MANIFEST} of another kind")
    return manifest


def _is_file_entry(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("sha256"), str)
        and isinstance(value.get("bytes"), int)
        and value["bytes"] >= 0
    )


def verify(file: Path) -> dict[str, Any]:
    """Read a backup from its beginning to its end, and return its manifest.

    Args:
        file: backup.

    Raises:
        DataError: a file in it is not what the manifest says.
    """
    with zipfile.ZipFile(file) as archive:
        manifest = read_manifest(archive)
        for name, about in manifest["files"].items():
            for _ in checked_chunks(archive, name, about):
                pass
    return manifest


def checked_chunks(archive: zipfile.ZipFile, name: str, about: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the content of a file in a backup, at most as much as the manifest says.

    Args:
        archive: opened backup.
        name: of the file.
        about: its entry in the manifest.

    Raises:
        DataError: the content is not what the manifest says.
    """
    digest, left = hashlib.sha256(), int(about["bytes"])
    try:
        with archive.open(name) as stream:
            while chunk := stream.read(min(CHUNK_BYTES, left + 1)):
                left -= len(chunk)
                if left < 0:
                    break
                digest.update(chunk)
                yield chunk
    except (KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise damaged_backup(f"{name!r}, which cannot be read") from error
    if left or digest.hexdigest() != about["sha256"]:
        raise damaged_backup(f"{name!r} with other content than its manifest says")


def damaged_backup(received: str) -> DataError:
    """Return the error for a backup that cannot be used; ``received`` says what was found."""
    return DataError(
        f"The backup cannot be used. Expected a backup of this project, as it was written. Received: {received}. "
        "Use another backup."
    )
