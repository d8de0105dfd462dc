"""Which class a file belongs to, told from the folders above it."""

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Self

from emotion_core.collect.text import encodable
from emotion_core.dataset import LABELS

_PICTURE_SUFFIXES = (
    ".jpg",
    ".jpeg",
    ".jfif",
    ".jpe",
    ".mpo",
    ".png",
    ".webp",
    ".gif",
    ".bmp",
    ".tif",
    ".tiff",
    ".avif",
)
_ARCHIVE_SUFFIXES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz")
_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


@dataclass(frozen=True)
class Offered:
    """A file that was met while importing.

    Attributes:
        name: shown to the person and kept: a path below what is imported, ``?`` for what UTF-8 cannot write.
        label: its class; None where it is neither happy nor sad.
        data: its bytes, once they are read.
        kind: what it is instead of happy or sad: the name of its folder.
        problem: why it cannot be used; empty where it can.
    """

    name: str
    label: str | None = None
    data: bytes = b""
    kind: str = ""
    problem: str = ""

    def __post_init__(self) -> None:
        for attribute in ("name", "kind", "problem"):
            object.__setattr__(self, attribute, encodable(getattr(self, attribute)))

    def with_data(self, data: bytes) -> Self:
        """Return the same with its bytes."""
        return replace(self, data=data)

    def rejected(self, problem: str) -> Self:
        """Return the same as something that cannot be used."""
        return replace(self, problem=problem)


def is_hidden(name: str) -> bool:
    """Whether a file or folder is one that systems leave behind, not one that a person collected."""
    return name.startswith(".") or name.lower() in _SYSTEM_FILES


def class_of(path: PurePosixPath) -> str | None:
    """Return the name, in lower case, of the nearest folder above that is called happy or sad.

    >>> class_of(PurePosixPath("faces/Happy/old/1.jpg"))
    'happy'
    """
    return next((part.lower() for part in reversed(path.parts[:-1]) if part.lower() in LABELS), None)


def sort_into_class(path: PurePosixPath, label: str | None, *, assume_picture: bool = False) -> Offered | None:
    """Return the file with its class, or None where it is neither in a class folder nor a picture by its name.

    Inside a class folder everything counts, because names lie in both directions; the decoder tells.

    Args:
        path: below what is imported.
        label: the class of every picture where the person named one.
        assume_picture: the person pointed at this very file.
    """
    found = label or class_of(path)
    suffix = path.suffix.lower()
    # With a label for everything, text files beside the photos are not meant.
    counts = assume_picture or suffix in _PICTURE_SUFFIXES or class_of(path) is not None
    if suffix in _ARCHIVE_SUFFIXES and found:
        return Offered(str(path), found, problem="This is an archive inside what is imported. Import it by itself.")
    if not counts:
        return None
    return Offered(str(path), found, kind="" if found else path.parent.name)
