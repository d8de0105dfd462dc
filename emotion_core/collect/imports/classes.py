"""Classes of files, taken from the folders above them, and the labels of classes."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Self

from emotion_core.dataset import LABELS
from emotion_core.errors import CollectError

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
    ".heic",
    ".heif",
)
_ARCHIVE_SUFFIXES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz")
_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
# Folders of data splits, which are not classes.
_SPLIT_FOLDERS = frozenset({"train", "training", "val", "valid", "validation", "test", "testing"})
NO_FOLDER = "no folder"


@dataclass(frozen=True)
class ImportEntry:
    """A file or table row of an import.

    Attributes:
        name: path below the import's root, shown to the user and stored; ``?`` replaces what UTF-8 cannot encode.
        label: ``happy`` or ``sad``; None if its class is neither.
        data: content of the file; empty before it is read.
        kind: class before mapping: the name of its folder, or the label in a table.
        problem: why it cannot be used; empty if it can.
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
        """Return a copy with the content of the file."""
        return replace(self, data=data)

    def rejected(self, problem: str) -> Self:
        """Return a copy that is marked as unusable."""
        return replace(self, problem=problem)


@dataclass(frozen=True)
class ClassMapping:
    """The labels of the classes in an import.

    Attributes:
        labels: ``happy`` or ``sad`` by class name in the form of ``class_key``.
        label_for_all: label of every picture, whatever its class; None to use ``labels``.
    """

    labels: Mapping[str, str]
    label_for_all: str | None = None

    @classmethod
    def from_choices(cls, label: str | None, mapping: Mapping[str, str] | None) -> Self:
        """Return the mapping of the classes happy and sad, and of those in ``mapping``.

        Args:
            label: label of every picture; None to use the classes.
            mapping: ``happy`` or ``sad`` by the name of a further class; None for none.

        Raises:
            CollectError: a label is neither happy nor sad.
        """
        chosen = {class_key(name): class_label for name, class_label in (mapping or {}).items()}
        for candidate in [*chosen.values(), *([label] if label is not None else [])]:
            if candidate not in LABELS:
                raise CollectError(
                    f"The label is unknown. Expected one of {', '.join(LABELS)}. Received: label={candidate!r}."
                )
        return cls({name: name for name in LABELS} | chosen, label)

    def label_of(self, name: str) -> str | None:
        """Return the label of a class, or None if it is neither happy nor sad."""
        return self.label_for_all or self.labels.get(class_key(name))


def class_key(name: str) -> str:
    """Return the name of a class in a normal form for comparison.

    >>> class_key(" Happy")
    'happy'
    """
    # macOS decomposes accented letters in file names; other systems keep them composed.
    return unicodedata.normalize("NFC", name.strip()).casefold()


def is_hidden(name: str) -> bool:
    """Whether a file or folder is hidden or left behind by an operating system."""
    return name.startswith(".") or name.lower() in _SYSTEM_FILES


def sort_into_class(path: PurePosixPath, classes: ClassMapping, *, assume_picture: bool = False) -> ImportEntry | None:
    """Return the entry of a file, or None if it is neither in a class folder nor named like a picture.

    The class is the nearest folder above that is called happy or sad, or else the file's own folder. Inside a class
    folder every file counts, whatever its suffix; the decoder finds out whether it is a picture.

    Args:
        path: path below the import's root.
        classes: labels of the classes.
        assume_picture: whether the user chose this file itself, so that its name does not matter.
    """
    kind = classes.label_for_all or _class_of(path)
    label = classes.label_of(kind)
    suffix = path.suffix.lower()
    if suffix in _ARCHIVE_SUFFIXES and label:
        return ImportEntry(
            str(path), label, problem="This archive lies inside a folder or archive. Import it by itself."
        )
    # With a label for all pictures, other files beside the photos are ignored.
    if not (assume_picture or suffix in _PICTURE_SUFFIXES or _class_of(path) in classes.labels):
        return None
    return ImportEntry(str(path), label, kind=kind)


def _class_of(path: PurePosixPath) -> str:
    """Return the class of a file by the folders above it.

    >>> _class_of(PurePosixPath("faces/Happy/old/1.jpg")), _class_of(PurePosixPath("faces/smile/train/1.jpg"))
    ('happy', 'smile')
    """
    above = [class_key(folder) for folder in reversed(path.parts[:-1])]
    ours = (name for name in above if name in LABELS)
    others = (name for name in above if name not in _SPLIT_FOLDERS)
    return next(ours, None) or next(others, None) or next(iter(above), NO_FOLDER)


def encodable(name: str) -> str:
    r"""Return a file name with ``?`` for what UTF-8 cannot encode.

    Args:
        name: name as ``os.fsdecode`` returns it, with lone surrogates for bytes that are not UTF-8.

    >>> encodable("caf\udce9.jpg")
    'caf?.jpg'
    """
    return name.encode("utf8", "replace").decode("utf8")
