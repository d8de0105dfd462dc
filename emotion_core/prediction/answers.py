"""What a network says of a photo: of each face in it, or of the whole."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emotion_core.dataset import Box

SAD, HAPPY, NOT_SURE, NO_FACE = "looks sad", "looks happy", "not sure", "no face found"


@dataclass(frozen=True)
class FaceAnswer:
    """What a network says of one face, or of the whole photo.

    Attributes:
        box: left, top, right and bottom of the square that was looked at, in pixels of the photo; None for all of it.
        p_sad: 0 to 1.
        label: ``sad`` at the threshold and above it, ``happy`` below.
        sure: whether P(sad) lies outside the band in which validation photos of both labels lie.
    """

    box: Box | None
    p_sad: float
    label: str
    sure: bool

    @property
    def words(self) -> str:
        """``looks happy``, ``looks sad`` or ``not sure``."""
        if not self.sure:
            return NOT_SURE
        return SAD if self.label == "sad" else HAPPY

    def as_json(self) -> dict[str, Any]:
        """Return one of the ``faces`` of a row that ``predict --json`` prints."""
        box = None if self.box is None else [round(float(edge), 1) for edge in self.box]
        return {"box": box, "p_sad": self.p_sad, "label": self.label, "sure": self.sure}


@dataclass(frozen=True)
class Answer:
    """What a network says of a photo.

    Attributes:
        photo: the photo's name.
        run_id: the run that answered.
        network: its name for a person.
        threshold: from which P(sad) a photo counts as sad; chosen on the validation photos.
        faces: what was looked at, the largest face first; empty where the network declines.
        note: why it declines, or why it looked at something else than it was trained on; None where all is usual.
    """

    photo: str
    run_id: str
    network: str
    threshold: float
    faces: tuple[FaceAnswer, ...]
    note: str | None = None

    @property
    def p_sad(self) -> float | None:
        """Of the largest face or of the whole photo, 0 to 1; None where the network declines."""
        return self.faces[0].p_sad if self.faces else None

    @property
    def label(self) -> str | None:
        """``sad`` or ``happy``, likewise."""
        return self.faces[0].label if self.faces else None

    @property
    def sure(self) -> bool | None:
        """Whether the label can be relied on, likewise."""
        return self.faces[0].sure if self.faces else None

    @property
    def words(self) -> str:
        """``looks happy``, ``looks sad``, ``not sure`` or ``no face found``."""
        return self.faces[0].words if self.faces else NO_FACE

    def as_json(self) -> dict[str, Any]:
        """Return the row that ``predict --json`` prints."""
        return {
            "photo": self.photo,
            "p_sad": self.p_sad,
            "label": self.label,
            "sure": self.sure,
            "threshold": self.threshold,
            "run_id": self.run_id,
            "network": self.network,
            "faces": [face.as_json() for face in self.faces],
            "note": self.note,
        }

    def as_words(self) -> dict[str, Any]:
        """Return the row that ``predict`` prints for a person."""
        each = [f"{face.words}, P(sad) {face.p_sad:.3f}" for face in self.faces]
        return {
            "photo": self.photo,
            "answer": "; ".join(each) or self.words,
            "threshold": round(self.threshold, 3),
            "network": self.network,
            "note": self.note,
        }


@dataclass(frozen=True)
class Unanswered:
    """A file that is no photo.

    Attributes:
        photo: its name.
        error: why it cannot be answered for, as a sentence.
    """

    photo: str
    error: str

    def as_json(self) -> dict[str, Any]:
        """Return the row that ``predict --json`` prints."""
        return {"photo": self.photo, "error": self.error}

    def as_words(self) -> dict[str, Any]:
        """Return the row that ``predict`` prints for a person."""
        return {"photo": self.photo, "answer": "no answer", "note": self.error}


@dataclass(frozen=True)
class StudyAnswer:
    """What several networks say of one photo.

    Attributes:
        answers: one of each network, in the order in which they were asked.
    """

    answers: tuple[Answer, ...]

    @property
    def agreement(self) -> str:
        """For a person, for instance ``all 3 say sad`` or ``2 say sad, 1 is not sure``."""
        return agreement(self.answers)

    @property
    def share_sad(self) -> float | None:
        """Share of the networks that answer whose label is sad, sure or not; None where none answers."""
        labels = [answer.label for answer in self.answers if answer.label is not None]
        return labels.count("sad") / len(labels) if labels else None


def agreement(answers: Sequence[Answer]) -> str:
    """Return in words how far several answers to one photo agree, the most frequent first."""
    counts = Counter(answer.words for answer in answers).most_common()
    if len(counts) == 1:
        words, count = counts[0]
        return f"all {count} {_verb(words, 2)}" if count > 1 else f"1 {_verb(words, 1)}"
    return ", ".join(f"{count} {_verb(words, count)}" for words, count in counts)


def _verb(words: str, count: int) -> str:
    one = {SAD: "says sad", HAPPY: "says happy", NOT_SURE: "is not sure", NO_FACE: "finds no face"}
    many = {SAD: "say sad", HAPPY: "say happy", NOT_SURE: "are not sure", NO_FACE: "find no face"}
    return (one if count == 1 else many)[words]
