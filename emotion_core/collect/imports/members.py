"""The files of an import, wherever they lie: in a folder, in an archive, or among uploads."""

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from emotion_core import images
from emotion_core.collect.imports.classes import Offered, is_hidden
from emotion_core.errors import CollectError


@dataclass(frozen=True)
class Member:
    """A file of an import.

    Attributes:
        path: below what is imported, as a person knows it.
        opened: opens it for reading; raises CollectError, also while it is read, where that fails.
        problem: why it cannot be opened, where that is known; otherwise empty.
    """

    path: PurePosixPath
    opened: Callable[[], AbstractContextManager[IO[bytes]]]
    problem: str = ""


def read_member(member: Member, entry: Offered) -> Offered:
    """Return an entry with the bytes of its file, or with the reason why they cannot be had."""
    if member.problem:
        return entry.rejected(member.problem)
    try:
        with member.opened() as stream:
            # One byte more than allowed: the size that an archive states may be a lie.
            data = stream.read(images.MAX_BYTES + 1)
    except CollectError as error:
        return entry.rejected(str(error))
    if len(data) > images.MAX_BYTES:
        return entry.rejected(f"The file is too large. Expected at most {images.MAX_BYTES:,} bytes.")
    return entry.with_data(data)


def folder_members(root: Path) -> list[Member]:
    """Return the files below a folder that systems did not leave behind; links that lead out of it are left alone."""
    inside, members = root.resolve(), []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for path in (Path(folder, name) for name in sorted(names) if not is_hidden(name)):
            if lies_in(inside, path):
                # The folder's own name counts: somebody may import .../happy by itself.
                shown = PurePosixPath(root.absolute().name, *path.relative_to(root).parts)
                members.append(file_member(path, shown))
    return members


def lies_in(inside: Path, path: Path) -> bool:
    """Whether a path is a file below the resolved folder ``inside``, links followed."""
    # is_file is false for pipes and devices, which would block or never end.
    return path.is_file() and path.resolve().is_relative_to(inside)


def file_member(path: Path, shown: PurePosixPath) -> Member:
    """Return a file on the disk under the path that is shown of it."""
    return Member(shown, lambda: _open_file(path))


def bytes_member(data: bytes, shown: PurePosixPath) -> Member:
    """Return a file in memory."""
    return Member(shown, lambda: io.BytesIO(data))


@contextlib.contextmanager
def _open_file(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise CollectError(f"The file cannot be opened: {error.strerror}. Received: {path.name!r}.") from error
