"""Files of an import, in a folder, in an archive, or among uploads."""

import contextlib
import io
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from emotion_core import images
from emotion_core.collect.imports.classes import ImportEntry, is_named_like_picture
from emotion_core.collect.imports.system_files import is_left_by_system
from emotion_core.errors import CollectError
from emotion_core.jobs import rejection_reason
from emotion_core.sandbox import announce

HIDDEN_FILE, LINK, TOO_DEEP, _HIDDEN_FOLDER, _LINK_OUT, _LINK_NOWHERE, _LINK_TO_FOLDER = range(7)
# What is said about one file, and about several.
_LEFT_ALONE = {
    HIDDEN_FILE: ("{} hidden picture was left alone.", "{} hidden pictures were left alone."),
    LINK: ("{} link in the archive was left alone.", "{} links in the archive were left alone."),
    TOO_DEEP: (
        "{} file of the archive lies in more than 100 folders and was left alone.",
        "{} files of the archive lie in more than 100 folders and were left alone.",
    ),
    _HIDDEN_FOLDER: ("{} hidden folder was left alone.", "{} hidden folders were left alone."),
    _LINK_OUT: (
        "{} link leads out of the folder and was left alone.",
        "{} links lead out of the folder and were left alone.",
    ),
    _LINK_NOWHERE: (
        "{} link leads to a file that is not there.",
        "{} links lead to files that are not there.",
    ),
    _LINK_TO_FOLDER: (
        "{} link to another folder was left alone.",
        "{} links to other folders were left alone.",
    ),
}
# Archives can hold files whose name is empty, or a dot.
_NAMELESS = "unnamed file"
_HUGGING_FACE_REPOSITORY = re.compile(r"(?:datasets|models|spaces)--.+")


@dataclass(frozen=True)
class Member:
    """A file of an import.

    Attributes:
        path: path below the import's root, as the user knows it.
        source: opens the file for reading; raises CollectError if opening or reading fails.
        problem: why the file cannot be opened, if that is known in advance; otherwise empty.
    """

    path: PurePosixPath
    source: Callable[[], AbstractContextManager[IO[bytes]]]
    problem: str = ""

    def opened(self) -> AbstractContextManager[IO[bytes]]:
        """Open the file for reading.

        Raises:
            CollectError: opening or reading fails, or has ended a reader process before.
        """
        announce(str(self.path))
        return self.source()


def path_of(name: str) -> PurePosixPath:
    """Return the path of a file among uploads or in an archive; one without a name gets one.

    >>> path_of("happy/a.jpg"), path_of("./")
    (PurePosixPath('happy/a.jpg'), PurePosixPath('unnamed file'))
    """
    path = PurePosixPath(name)
    return path if path.name else path / _NAMELESS


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
    except Exception as error:
        return entry.rejected(rejection_reason(error, entry.name))
    if len(data) > images.MAX_BYTES:
        return entry.rejected(f"The file is too large. Expected at most {images.MAX_BYTES:,} bytes.")
    return entry.with_data(data)


def holds_picture(member: Member) -> bool | None:
    """Whether the content of a file begins like a picture, whatever its name; None if the file cannot be read."""
    try:
        with member.opened() as stream:
            return images.looks_like_image(stream.read(images.HEAD_BYTES))
    except Exception as error:
        rejection_reason(error, str(member.path))  # told when the file is read
        return None


@dataclass
class Listing:
    """The files of a folder or an archive.

    Attributes:
        members: the files, without those that a system left, hidden ones, and links that lead elsewhere.
        left_alone: how many links and hidden files were left alone, by what is said about them.
        notes: further sentences about the files.
    """

    members: list[Member] = field(default_factory=list)
    left_alone: Counter[int] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """Return what the user should know about files that were left alone."""
        counts = self.left_alone.items()
        return [*self.notes, *(_LEFT_ALONE[kind][number > 1].format(number) for kind, number in counts)]


def folder_members(root: Path) -> list[Member]:
    """Return the files below a folder, without hidden files and links that lead out of it."""
    return list_folder(root).members


def list_folder(root: Path) -> Listing:
    """Return the files below a folder, and what was left alone there."""
    allowed, listing = _allowed_targets(root), Listing()
    for folder, folders, names in os.walk(root):
        for name in folders:
            _count_folder(Path(folder, name), listing)
        folders[:] = sorted(name for name in folders if not is_unwanted(name) and not _is_blob_store(folder, name))
        for path in (Path(folder, name) for name in sorted(names) if not is_left_by_system(name)):
            kind = _reason_to_leave(path, allowed)
            if kind is not None:
                listing.left_alone[kind] += 1
            elif not is_unwanted(path.name) and path.is_file():
                # The root's own name is part of the path, because a user may import a folder called happy by itself.
                shown = PurePosixPath(root.absolute().name, *path.relative_to(root).parts)
                listing.members.append(file_member(path, shown))
    return listing


def is_unwanted(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or was left by a system or program."""
    return name.startswith(".") or is_left_by_system(name)


def count_hidden(path: PurePosixPath, listing: Listing) -> None:
    """Count a picture that is hidden, or in a hidden folder, although no system or program leaves one of that name.

    Args:
        path: path of the file.
        listing: counts it.
    """
    if is_named_like_picture(path.name) and not any(map(is_left_by_system, path.parts)):
        listing.left_alone[HIDDEN_FILE] += 1


def _count_folder(path: Path, listing: Listing) -> None:
    if is_left_by_system(path.name):
        return
    if path.name.startswith("."):
        listing.left_alone[_HIDDEN_FOLDER] += 1
    elif path.is_symlink():  # os.walk does not follow it
        listing.left_alone[_LINK_TO_FOLDER] += 1


def _reason_to_leave(path: Path, allowed: tuple[Path, ...]) -> int | None:
    """Return what a file counts as, a key of ``_LEFT_ALONE``, instead of being imported; None if it is imported."""
    if path.name.startswith("."):
        return HIDDEN_FILE if is_named_like_picture(path.name) else None
    if not path.is_symlink():
        return None
    if not path.exists():
        return _LINK_NOWHERE
    return None if any(path.resolve().is_relative_to(folder) for folder in allowed) else _LINK_OUT


def _allowed_targets(root: Path) -> tuple[Path, ...]:
    """Return the folders that links may lead to: the imported one, and the blobs of a Hugging Face cache around it."""
    resolved = root.resolve()
    # Hugging Face stores the files of a data set once, as datasets--OWNER--NAME/blobs/HASH; each revision below
    # datasets--OWNER--NAME/snapshots is a folder of links to them.
    for repository in resolved.parents:
        if (
            _HUGGING_FACE_REPOSITORY.fullmatch(repository.name)
            and "snapshots" in resolved.relative_to(repository).parts
        ):
            return resolved, repository / "blobs"
    return (resolved,)


def _is_blob_store(folder: str, name: str) -> bool:
    """Whether a folder holds the nameless files of a Hugging Face cache, which its snapshots link to."""
    return name == "blobs" and _HUGGING_FACE_REPOSITORY.fullmatch(Path(folder).name) is not None


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
