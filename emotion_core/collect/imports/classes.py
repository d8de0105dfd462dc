"""Which class a file belongs to, told from the folders above it, and which label a class has."""

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
# Folders that sort photos by something else than what they show.
_PARTS = frozenset({"train", "training", "val", "valid", "validation", "test", "testing"})
NO_FOLDER = "no folder"


@dataclass(frozen=True)
class Offered:
    """A file that was met while importing.

    Attributes:
        name: shown to the person and kept: a path below what is imported, ``?`` for what UTF-8 cannot write.
        label: ``happy`` or ``sad``; None where its class is neither.
        data: its bytes, once they are read.
        kind: its class as it was met: the name of its folder, or what a table says.
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


@dataclass(frozen=True)
class Classes:
    """What the person said of the classes that an import meets.

    Attributes:
        labels: ``happy`` or ``sad`` by the class's name, as ``class_key`` writes it.
        everything: the label of every picture, whatever its class; None where the class tells.
    """

    labels: Mapping[str, str]
    everything: str | None = None

    @classmethod
    def chosen(cls, label: str | None, mapping: Mapping[str, str] | None) -> Self:
        """Return the classes happy and sad, and those that ``mapping`` names besides.

        Raises:
            CollectError: a label is neither happy nor sad.
        """
        own = {class_key(name): wanted for name, wanted in (mapping or {}).items()}
        for wanted in [*own.values(), *([label] if label is not None else [])]:
            if wanted not in LABELS:
                raise CollectError(
                    f"The label is unknown. Expected one of {', '.join(LABELS)}. Received: label={wanted!r}."
                )
        return cls({name: name for name in LABELS} | own, label)

    def label_of(self, name: str) -> str | None:
        """Return the label of a class, or None where it is neither happy nor sad."""
        return self.everything or self.labels.get(class_key(name))


def class_key(name: str) -> str:
    """Return a class's name in the form in which two names of the same class are equal.

    >>> class_key(" Happy")
    'happy'
    """
    # Systems differ in how they compose letters with accents in file names.
    return unicodedata.normalize("NFC", name.strip()).casefold()


def is_hidden(name: str) -> bool:
    """Whether a file or folder is one that systems leave behind, not one that a person collected."""
    return name.startswith(".") or name.lower() in _SYSTEM_FILES


def sort_into_class(path: PurePosixPath, classes: Classes, *, assume_picture: bool = False) -> Offered | None:
    """Return the file with its class, or None where it is neither in a class folder nor a picture by its name.

    Its class is the nearest folder above that is called happy or sad, or else its own folder. Inside a class folder
    everything counts, because names lie in both directions; the decoder tells.

    Args:
        path: below what is imported.
        classes: what the person said of them.
        assume_picture: the person pointed at this very file.
    """
    kind = classes.everything or _class_of(path)
    label = classes.label_of(kind)
    suffix = path.suffix.lower()
    if suffix in _ARCHIVE_SUFFIXES and label:
        return Offered(str(path), label, problem="This is an archive inside what is imported. Import it by itself.")
    # With a label for everything, text files beside the photos are not meant.
    if not (assume_picture or suffix in _PICTURE_SUFFIXES or _class_of(path) in classes.labels):
        return None
    return Offered(str(path), label, kind=kind)


def _class_of(path: PurePosixPath) -> str:
    """Return the class that the folders above a file tell.

    >>> _class_of(PurePosixPath("faces/Happy/old/1.jpg")), _class_of(PurePosixPath("faces/smile/train/1.jpg"))
    ('happy', 'smile')
    """
    above = [class_key(folder) for folder in reversed(path.parts[:-1])]
    ours = (name for name in above if name in LABELS)
    others = (name for name in above if name not in _PARTS)
    return next(ours, None) or next(others, None) or next(iter(above), NO_FOLDER)


def encodable(name: str) -> str:
    r"""Return a name that UTF-8 can write: files may be called by bytes that it cannot.

    Args:
        name: as ``os.fsdecode`` gives it, with lone surrogates where the bytes are no UTF-8.

    >>> encodable("caf\udce9.jpg")
    'caf?.jpg'
    """
    return name.encode("utf8", "replace").decode("utf8")
