"""Labels of CK+ as its authors publish it: a text with a number beside each film, for the film's last frame.

``Emotion/S005/001/S005_001_00000011_emotion.txt`` holds ``3.0000000e+00`` for
``cohn-kanade-images/S005/001/S005_001_00000011.png``; most films have no label.
"""

import re
from collections.abc import Iterator

from emotion_core.collect.imports.classes import ClassMapping, ImportEntry
from emotion_core.collect.imports.file_index import FileIndex
from emotion_core.collect.imports.label_tables import EntryWithFile
from emotion_core.collect.imports.members import Member
from emotion_core.errors import CollectError

_NAME = re.compile(r"(S\d{3}_\d{3}_\d{8})_emotion\.txt", re.IGNORECASE)
_EMOTIONS = ("neutral", "angry", "contempt", "disgust", "fear", "happy", "sad", "surprise")
_MAX_BYTES = 100
NOTE = "Classes were read as those of CK+: 5 is happy, 6 is sad. Only the last frame of a film has a label."


def ck_plus_entries(members: list[Member], files: FileIndex, classes: ClassMapping) -> Iterator[EntryWithFile]:
    """Yield the frames of CK+ that have a label.

    Args:
        members: all files of an import.
        files: the same files, by their names.
        classes: labels of the classes.
    """
    for member in members:
        match = _NAME.fullmatch(member.path.name)
        number = _number_in(member) if match else None
        if match and number is not None:
            for frame in files.find(match[1], [member.path.parent])[:1]:
                kind, code = _EMOTIONS[number], str(number)
                yield ImportEntry(str(frame.path), classes.label_of(kind, code), kind=kind, code=code), frame


def _number_in(member: Member) -> int | None:
    try:
        with member.opened() as stream:
            number = float(stream.read(_MAX_BYTES))
    except (CollectError, ValueError):
        return None
    return int(number) if number in range(len(_EMOTIONS)) else None
