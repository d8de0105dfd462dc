"""The photos of a zip, listed and decoded in a reader process, one at a time."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from emotion_core import images, sandbox
from emotion_core.collect.imports.archives import archive_members, open_archive
from emotion_core.collect.imports.classes import ImportEntry
from emotion_core.collect.imports.members import Member, read_member
from emotion_core.errors import CollectError
from emotion_core.images import Picture
from emotion_core.sandbox import allowance_for


def archive_names(path: Path, name: str) -> list[str]:
    """Return the paths of the files in a zip, without hidden and system files.

    Args:
        path: path of the zip.
        name: its name in messages.

    Raises:
        CollectError: it is damaged, too large, or takes too much time or memory to read.
    """
    allowance = allowance_for(path.stat().st_size)
    names: list[str] = sandbox.call(_names, str(path), name, allowance=allowance, raising=CollectError)
    return names


def archive_picture(path: Path, name: str, index: int) -> Picture:
    """Return a decoded photo of a zip.

    Args:
        path: path of the zip.
        name: its name in messages.
        index: of the photo among ``archive_names``.

    Raises:
        CollectError: the file cannot be read.
        UnreadableImage: it is no image within the limits.
    """
    return sandbox.picture_of(sandbox.call(_picture, str(path), name, index))


def archive_file(path: Path, name: str, index: int) -> bytes:
    """Return the content of a file in a zip.

    Args:
        path: path of the zip.
        name: its name in messages.
        index: of the file among ``archive_names``.

    Raises:
        CollectError: the file cannot be read.
    """
    content: bytes = sandbox.call(_file, str(path), name, index, raising=CollectError)
    return content


def _names(path: str, name: str) -> list[str]:
    return [str(member.path) for member in _members(path, name)]


def _picture(path: str, name: str, index: int) -> list[Any]:
    return sandbox.values_of(images.decode(_file(path, name, index)))


def _file(path: str, name: str, index: int) -> bytes:
    member = _members(path, name)[index]
    offered = read_member(member, ImportEntry(str(member.path)))
    if offered.problem:
        raise CollectError(offered.problem)
    return offered.data


def _members(path: str, name: str) -> list[Member]:
    stat = Path(path).stat()
    return _listed(path, name, stat.st_size, stat.st_mtime_ns)


# The list of a large zip takes a second to read; its photos are asked for one after the other.
@lru_cache(maxsize=1)
def _listed(path: str, name: str, _size: int, _changed: int) -> list[Member]:
    return archive_members(open_archive(Path(path), name))
