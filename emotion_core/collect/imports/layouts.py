"""Understand tables: which column names the file, which one the class, and what the numbers of known data sets mean."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from emotion_core.collect.imports.classes import ClassMapping, is_named_like_picture
from emotion_core.collect.imports.splits import split_of
from emotion_core.collect.imports.tables import TableFormat, column_key

_NAMES = (
    *("name", "file", "filename", "filepath", "path", "pth", "image", "imagename", "imagefile", "imagefilename"),
    *("imagepath", "imageid", "imgname", "imgpath", "imgfile", "imgid", "img", "photo", "photoname", "picture"),
    *("picturename", "subdirectoryfilepath", "relativepath", "fullpath", "files", "filenames", "images", "id"),
)
_LABELS = (
    *("label", "class", "emotion", "category", "expression", "labels", "labelname", "classname", "classlabel"),
    *(
        "emotionlabel",
        "emotionname",
        "emotions",
        "emotionclass",
        "facialexpression",
        "facialemotion",
        "expressionlabel",
    ),
    *("target", "sentiment", "mood", "feeling", "groundtruth", "annotation", "tag", "classid", "labelid"),
)
_SPLITS = ("usage", "split", "subset", "partition", "set", "phase")
# The emotions of fer2013 by their numbers; its extension by the faces of CK+ adds the last one.
FER_EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "contempt")
_RAF_DB = {
    str(number): name
    for number, name in enumerate(("surprise", "fear", "disgust", "happy", "sad", "angry", "neutral"), 1)
}
_AFFECTNET = {
    str(number): name
    for number, name in enumerate(
        ("neutral", "happy", "sad", "surprise", "fear", "disgust", "angry", "contempt", "none", "uncertain", "no face")
    )
}
# RAF-DB's compound expressions, whose numbers mean others, have four digits in the names of their training photos.
_RAF_NAME = re.compile(r"(train(?=_\d{5})|test)_\d{4,5}(?:_aligned)?\.(?:jpg|png)", re.IGNORECASE)
# Columns of votes or marks, by the class that they stand for.
_VOTES = {
    **{name: name for name in ("neutral", "surprise", "disgust", "fear", "contempt", "unknown")},
    **dict.fromkeys(("happy", "happiness"), "happy"),
    **dict.fromkeys(("sad", "sadness"), "sad"),
    **dict.fromkeys(("angry", "anger"), "angry"),
    "nf": "not a face",
}
_FER_PLUS = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt", "unknown", "not a face")
_FER_PLUS_NAME = re.compile(r"fer\d{7}\.png")
NO_MAJORITY = "no majority"
EXPECTED_COLUMNS = (
    "Expected CSV with a column name (or file, path, image) and a column label (or class, emotion, category), or with "
    "the columns emotion and pixels, as in fer2013."
)


@dataclass(frozen=True)
class TableLayout:
    """What the columns of a table mean.

    Attributes:
        kind: whether rows hold the pixels of a photo, or the name and class of a file; None for neither.
        written: how the table is written.
        name: index of the column of file names.
        label: index of the column of classes, or of pixel tables' emotions.
        pixels: index of the column of pixels.
        split: index of the column of splits; -1 if there is none.
        votes: classes by the indexes of the columns that count votes for them; empty if there are none.
        has_judges: whether the votes are those of several people, as in FER+.
        codes: classes by the numbers of a known data set; empty if the numbers have no known meaning.
        data_set: name of that data set; empty if it is none.
        reason: why the table is not understood; empty if it is.
    """

    kind: Literal["pixels", "labels"] | None
    written: TableFormat
    name: int = -1
    label: int = -1
    pixels: int = -1
    split: int = -1
    votes: tuple[tuple[int, str], ...] = ()
    has_judges: bool = False
    codes: tuple[tuple[str, str], ...] = ()
    data_set: str = ""
    reason: str = ""

    @property
    def note(self) -> str:
        """A sentence about the numbers of a known data set; empty if the table has none."""
        numbers = {name: code for code, name in self.codes}
        if not self.data_set:
            return ""
        return f"Classes were read as those of {self.data_set}: {numbers['happy']} is happy, {numbers['sad']} is sad."


def understand(written: TableFormat, classes: ClassMapping) -> TableLayout:
    """Return what the columns of a table mean, by its header and its first rows.

    Args:
        written: how the table is written.
        classes: labels of the classes; their names tell the column of classes from others.
    """
    header = written.header
    if "pixels" in header:
        return _pixel_layout(written)
    name = _name_column(written)
    if name < 0:
        return _not_understood(written, "no column names the files")
    split = _first_of(header, _SPLITS, lambda index: _is_mostly(written, index, lambda cell: bool(split_of(cell))))
    label = _label_column(written, name, classes)
    votes = _votes(written) if label < 0 else ()
    if label < 0 and not votes:
        return _not_understood(written, "no column names the classes")
    has_judges = {"unknown", "not a face"} <= {kind for _, kind in votes}
    data_set, codes = _known_codes(written, name, label)
    return TableLayout("labels", written, name, label, -1, split, votes, has_judges, tuple(codes.items()), data_set)


def raf_class(path: PurePosixPath, kind: str) -> str | None:
    """Return the emotion of a photo of RAF-DB in a folder called by the number of its class; None for other photos.

    Args:
        path: path of the photo.
        kind: name of its folder.
    """
    return _RAF_DB.get(kind) if _RAF_NAME.fullmatch(path.name) else None


def raf_split(name: str) -> str | None:
    """Return the split that the name of a photo of RAF-DB begins with, else None."""
    match = _RAF_NAME.fullmatch(PurePosixPath(name.replace("\\", "/")).name)
    return split_of(match[1]) if match else None


def winner(votes: Iterable[tuple[str, float]], *, has_judges: bool) -> str:
    """Return the class with most votes.

    Args:
        votes: classes and their votes.
        has_judges: whether several people voted, as in FER+: single votes do not count, and the winner needs more
            than half of the others, as in the code of its authors (Barsoum et al., 2016, majority voting).
    """
    counted = [(number if number > 1 or not has_judges else 0.0, kind) for kind, number in votes]
    total, (most, kind) = sum(number for number, _ in counted), max(counted)
    is_clear = most > total / 2 if has_judges else sum(number == most for number, _ in counted) == 1
    return kind if most > 0 and is_clear else NO_MAJORITY


def _pixel_layout(written: TableFormat) -> TableLayout:
    header = written.header
    label = _first_of(header, ("emotion", *_LABELS))
    if label < 0:
        return _not_understood(written, "it has pixels, but no column emotion")
    return TableLayout(
        "pixels", written, -1, label, header.index("pixels"), _first_of(header, _SPLITS), codes=_fer_codes()
    )


def _fer_codes() -> tuple[tuple[str, str], ...]:
    return tuple((str(number), name) for number, name in enumerate(FER_EMOTIONS))


def _not_understood(written: TableFormat, reason: str) -> TableLayout:
    return TableLayout(None, written, reason=reason)


def _first_of(header: tuple[str, ...], wanted: Iterable[str], fits: Callable[[int], bool] = lambda _: True) -> int:
    """Return the index of the first of the ``wanted`` columns that is there and fits, or -1."""
    indexes = (header.index(name) for name in wanted if name in header)
    return next(filter(fits, indexes), -1)


def _cells(written: TableFormat, index: int) -> list[str]:
    return [row[index].strip() for row in written.sample if index < len(row) and row[index].strip()]


def _is_mostly(written: TableFormat, index: int, fits: Callable[[str], bool]) -> bool:
    cells = _cells(written, index)
    return sum(map(fits, cells)) * 2 > len(cells)


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"-?\d+(?:[.,]\d*)?", cell) is not None


def _column_where(written: TableFormat, fits: Callable[[str], bool]) -> int:
    width = max(map(len, written.sample), default=0)
    return next((index for index in range(width) if _is_mostly(written, index, fits) and _cells(written, index)), -1)


def _name_column(written: TableFormat) -> int:
    """Return the index of the column of file names, or -1; numbers are names only where the header says so."""
    header = written.header
    name = _first_of(header, _NAMES, lambda index: not _is_mostly(written, index, _is_number))
    if name < 0:
        name = _column_where(written, is_named_like_picture)
    return name if name >= 0 else _first_of(header, [wanted for wanted in _NAMES if wanted != "id"])


def _label_column(written: TableFormat, name: int, classes: ClassMapping) -> int:
    """Return the index of the column of classes, or -1.

    Of several it is the first with a class that is mapped; without a usual header it is one where that is so.
    """
    header = written.header
    usual = [header.index(label) for label in _LABELS if label in header and header.index(label) != name]
    width = max(map(len, written.sample), default=0)
    others = [index for index in range(width) if index not in (name, *usual)]
    mapped = [index for index in usual if any(map(classes.is_mapped, _cells(written, index)))]
    if usual:
        return (mapped or usual)[0]
    named = [index for index in others if _is_mostly(written, index, lambda cell: not _is_number(cell))]
    likely = [index for index in named if any(map(classes.is_mapped, _cells(written, index)))]
    if likely:
        return likely[0]
    # A list of names and classes needs no header.
    return others[0] if not header and width == 2 and others else -1


def _votes(written: TableFormat) -> tuple[tuple[int, str], ...]:
    header = written.header
    if header:
        votes = tuple((index, _VOTES[name]) for index, name in enumerate(header) if name in _VOTES)
        return votes if len(votes) > 1 and {"happy", "sad"} & {kind for _, kind in votes} else ()
    # FER+ writes its lists without a header: name, box, and the votes.
    is_fer_plus = written.sample and all(
        len(row) == len(_FER_PLUS) + 2 and _FER_PLUS_NAME.fullmatch(row[0].strip()) for row in written.sample
    )
    return tuple(enumerate(_FER_PLUS, 2)) if is_fer_plus else ()


def _known_codes(written: TableFormat, name: int, label: int) -> tuple[str, dict[str, str]]:
    """Return the data set whose numbers a table has, and their meaning, if that is sure."""
    cells = {class_code(cell) for cell in _cells(written, label)} if label >= 0 else set()
    names = [PurePosixPath(cell.replace("\\", "/")).name for cell in _cells(written, name)]
    if names and cells <= _RAF_DB.keys() and all(map(_RAF_NAME.fullmatch, names)):
        return "RAF-DB", _RAF_DB
    columns = (written.header[index] for index in (name, label) if 0 <= index < len(written.header))
    if tuple(columns) == (column_key("subDirectory_filePath"), "expression") and cells <= _AFFECTNET.keys():
        return "AffectNet", _AFFECTNET
    return "", {}


def class_code(cell: str) -> str:
    """Return a class as a table writes it; spreadsheets write whole numbers with decimals.

    >>> class_code(" 4.0 "), class_code("4,00"), class_code("sad")
    ('4', '4', 'sad')
    """
    match = re.fullmatch(r"(\d+)(?:[.,]0*)?", cell.strip())
    return str(int(match[1])) if match and len(match[1]) < 10 else cell.strip()
