"""Files of an import, in a folder, in an archive, or among uploads."""

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from emotion_core import images
from emotion_core.collect.imports.classes import ImportEntry, is_hidden
from emotion_core.errors import CollectError


@dataclass(frozen=True)
class Member:
    """A file of an import.

    Attributes:
        path: path below the import's root, as the user knows it.
        opened: opens the file for reading; raises CollectError if opening or reading fails.
        problem: why the file cannot be opened, if that is known in advance; otherwise empty.
    """

    path: PurePosixPath
    opened: Callable[[], AbstractContextManager[IO[bytes]]]
    problem: str = ""


def read_member(member: Member, entry: ImportEntry) -> ImportEntry:
    """Return an entry with the content of its file, or rejected if the file cannot be read.

    Args:
        member: the file.
        entry: its entry.
    """
    if member.problem:
        return entry.rejected(member.problem)
    try:
        with member.opened() as stream:
            # One byte more than allowed, because the size in an archive's header may be wrong.
            data = stream.read(images.MAX_BYTES + 1)
    except CollectError as error:
        return entry.rejected(str(error))
    if len(data) > images.MAX_BYTES:
        return entry.rejected(f"The file is too large. Expected at most {images.MAX_BYTES:,} bytes.")
    return entry.with_data(data)


def folder_members(root: Path) -> list[Member]:
    """Return the files below a folder, without hidden files and links that lead out of it."""
    resolved, members = root.resolve(), []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for path in (Path(folder, name) for name in sorted(names) if not is_hidden(name)):
            if is_file_below(resolved, path):
                # The root's own name is part of the path, because a user may import a folder called happy by itself.
                shown = PurePosixPath(root.absolute().name, *path.relative_to(root).parts)
                members.append(file_member(path, shown))
    return members


def is_file_below(root: Path, path: Path) -> bool:
    """Whether a path is a regular file below a folder, after following links.

    Args:
        root: the folder, resolved.
        path: the path to check.
    """
    # is_file is false for pipes and devices, which would block or never end.
    return path.is_file() and path.resolve().is_relative_to(root)


def file_member(path: Path, shown: PurePosixPath) -> Member:
    """Return a file on disk.

    Args:
        path: path on disk.
        shown: path below the import's root.
    """
    return Member(shown, lambda: _open_file(path))


def bytes_member(data: bytes, shown: PurePosixPath) -> Member:
    """Return a file in memory.

    Args:
        data: content of the file.
        shown: path below the import's root.
    """
    return Member(shown, lambda: io.BytesIO(data))


@contextlib.contextmanager
def _open_file(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise CollectError(f"The file cannot be opened: {error.strerror}. Received: {path.name!r}.") from error
