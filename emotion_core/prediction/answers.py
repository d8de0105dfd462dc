"""Predictions for a photo: one for each face in it, or one for the whole photo."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emotion_core.dataset import Box

SAD, HAPPY, NEITHER = "looks sad", "looks happy", "neither clearly"
NOT_SURE, NO_FACE = "not sure", "no face found"
_SINGULAR = {
    SAD: "says sad",
    HAPPY: "says happy",
    NEITHER: "says neither",
    NOT_SURE: "is not sure",
    NO_FACE: "finds no face",
}
_PLURAL = {
    SAD: "say sad",
    HAPPY: "say happy",
    NEITHER: "say neither",
    NOT_SURE: "are not sure",
    NO_FACE: "find no face",
}


@dataclass(frozen=True)
class FaceAnswer:
    """The prediction for one face, or for the whole photo.

    Attributes:
        box: left, top, right and bottom of the classified square, in pixels of the photo; None for the whole photo.
        p_sad: 0 to 1.
        label: ``sad`` at the threshold and above it, ``happy`` below.
        sure: whether P(sad) lies outside the network's uncertainty band, and the face looks like one of the two labels.
        p_neither: probability that the face looks neither happy nor sad, 0 to 1; None where the network does not learn
            it. P(sad) is then the probability between the two labels.
        neither: whether that probability is so high that the network names no label.
    """

    box: Box | None
    p_sad: float
    label: str
    sure: bool
    p_neither: float | None = None
    neither: bool = False

    @property
    def words(self) -> str:
        """``looks happy``, ``looks sad``, ``neither clearly`` or ``not sure``."""
        if self.neither:
            return NEITHER
        if not self.sure:
            return NOT_SURE
        return SAD if self.label == "sad" else HAPPY

    def as_json(self) -> dict[str, Any]:
        """Return one entry of ``faces`` in a row that ``predict --json`` prints."""
        box = None if self.box is None else [round(float(edge), 1) for edge in self.box]
        neither = {} if self.p_neither is None else {"p_neither": self.p_neither, "neither": self.neither}
        return {"box": box, "p_sad": self.p_sad, "label": self.label, "sure": self.sure, **neither}


@dataclass(frozen=True)
class Answer:
    """A network's prediction for one photo.

    Attributes:
        photo: the photo's name.
        run_id: id of the run that trained the network.
        network: the network's display name.
        threshold: P(sad) at and above which a photo counts as sad; chosen on the validation photos.
        faces: one prediction for each face, the largest first; empty where the network makes none.
        note: why there is no prediction, or why the network classified something else than it was trained on; None in
            the usual case.
    """

    photo: str
    run_id: str
    network: str
    threshold: float
    faces: tuple[FaceAnswer, ...]
    note: str | None = None

    @property
    def p_sad(self) -> float | None:
        """P(sad) of the largest face or of the whole photo, 0 to 1; None without a prediction."""
        return self.faces[0].p_sad if self.faces else None

    @property
    def label(self) -> str | None:
        """``sad`` or ``happy`` for the largest face or the whole photo; None without a prediction."""
        return self.faces[0].label if self.faces else None

    @property
    def sure(self) -> bool | None:
        """Whether that prediction lies outside the uncertainty band; None without a prediction."""
        return self.faces[0].sure if self.faces else None

    @property
    def words(self) -> str:
        """``looks happy``, ``looks sad``, ``neither clearly``, ``not sure`` or ``no face found``."""
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

    def as_table_row(self) -> dict[str, Any]:
        """Return the row that ``predict`` prints without ``--json``."""
        faces = [f"{face.words}, P(sad) {face.p_sad:.3f}" for face in self.faces]
        return {
            "photo": self.photo,
            "answer": "; ".join(faces) or self.words,
            "threshold": round(self.threshold, 3),
            "network": self.network,
            "note": self.note,
        }


@dataclass(frozen=True)
class UnreadablePhoto:
    """A file that could not be read as a photo.

    Attributes:
        photo: the file's name.
        error: why it could not be read, as a sentence.
    """

    photo: str
    error: str

    def as_json(self) -> dict[str, Any]:
        """Return the row that ``predict --json`` prints."""
        return {"photo": self.photo, "error": self.error}

    def as_table_row(self) -> dict[str, Any]:
        """Return the row that ``predict`` prints without ``--json``."""
        return {"photo": self.photo, "answer": "no answer", "note": self.error}


@dataclass(frozen=True)
class NetworkAnswers:
    """The predictions of several networks for one photo.

    Attributes:
        answers: one for each network, in the caller's order.
    """

    answers: tuple[Answer, ...]

    @property
    def agreement(self) -> str:
        """How far the networks agree, for instance ``all 3 say sad`` or ``2 say sad, 1 is not sure``."""
        return agreement_text(self.answers)

    @property
    def share_sad(self) -> float | None:
        """Share of the predictions whose label is sad, sure or not; None where no network made one."""
        labels = [answer.label for answer in self.answers if answer.label is not None]
        return labels.count("sad") / len(labels) if labels else None


def agreement_text(answers: Sequence[Answer]) -> str:
    """Return in words how far several predictions for one photo agree, the most frequent first."""
    counts = Counter(answer.words for answer in answers).most_common()
    if len(counts) == 1:
        words, count = counts[0]
        return f"all {count} {_PLURAL[words]}" if count > 1 else f"1 {_SINGULAR[words]}"
    return ", ".join(f"{count} {(_SINGULAR if count == 1 else _PLURAL)[words]}" for words, count in counts)
