"""Classes of files, taken from the folders above them, and the labels of classes."""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Self

from emotion_core import images
from emotion_core.collect.imports.splits import split_of, split_of_path
from emotion_core.dataset import LABELS
from emotion_core.errors import CollectError
from emotion_core.formatting import encodable

# Suffixes that say that a file is a picture, and so that a broken one is told; the content decides about all others.
_PICTURE_SUFFIXES = frozenset(f".{suffix}" for suffix in (*images.PHOTO_SUFFIXES, "mpo", "jpg_large"))
_ARCHIVE_SUFFIXES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz")
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
        code: number of its class in the table that names it, as the table writes it; empty if there is none.
        split: ``train``, ``validation`` or ``test``, if the data set says so; otherwise None.
    """

    name: str
    label: str | None = None
    data: bytes = b""
    kind: str = ""
    problem: str = ""
    code: str = ""
    split: str | None = None

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

    def label_of(self, name: str, code: str = "") -> str | None:
        """Return the label of a class, or None if it is neither happy nor sad.

        Args:
            name: name of the class.
            code: its number in a table, by which it may be mapped too.
        """
        return self.label_for_all or self.labels.get(code) or self.labels.get(class_key(name))

    def is_mapped(self, name: str) -> bool:
        """Whether a class is happy or sad or is mapped to one of them, whatever the label of all pictures."""
        return class_key(name) in self.labels

    def unmatched(self, names: Collection[str]) -> list[str]:
        """Return the mapped names that none of the classes has.

        Args:
            names: names and numbers of the classes, in the form of ``class_key``.
        """
        return [name for name in self.labels if name not in LABELS and name not in names]


def class_key(name: str) -> str:
    """Return the name of a class in a normal form for comparison.

    >>> class_key(" Happy")
    'happy'
    """
    # macOS decomposes accented letters in file names; other systems keep them composed.
    return unicodedata.normalize("NFC", name.strip()).casefold()


def is_named_like_picture(name: str) -> bool:
    """Whether a file is a picture by its suffix."""
    return PurePosixPath(name).suffix.lower() in _PICTURE_SUFFIXES


def sort_into_class(path: PurePosixPath, classes: ClassMapping) -> ImportEntry:
    """Return the entry of a file by the folders above it.

    The class is the nearest folder above that is called happy or sad, or else the file's own folder.

    Args:
        path: path below the import's root.
        classes: labels of the classes.
    """
    kind = classes.label_for_all or class_of(path)
    return ImportEntry(str(path), classes.label_of(kind), kind=kind, split=split_of_path(path))


def is_archive_name(name: str) -> bool:
    """Whether a file is an archive by its suffix."""
    return PurePosixPath(name).suffix.lower() in _ARCHIVE_SUFFIXES


def class_of(path: PurePosixPath) -> str:
    """Return the class of a file by the folders above it.

    >>> class_of(PurePosixPath("faces/Happy/old/1.jpg")), class_of(PurePosixPath("faces/smile/train/1.jpg"))
    ('happy', 'smile')
    """
    above = [class_key(folder) for folder in reversed(path.parts[:-1])]
    ours = (name for name in above if name in LABELS)
    others = (name for name in above if not split_of(name))
    return next(ours, None) or next(others, None) or next(iter(above), NO_FOLDER)
