"""Predictions for a photo: one for each face in it, or one for the whole photo."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emotion_core.dataset import Box

SAD, HAPPY, NOT_SURE, NO_FACE = "looks sad", "looks happy", "not sure", "no face found"
_SINGULAR = {SAD: "says sad", HAPPY: "says happy", NOT_SURE: "is not sure", NO_FACE: "finds no face"}
_PLURAL = {SAD: "say sad", HAPPY: "say happy", NOT_SURE: "are not sure", NO_FACE: "find no face"}


UNCLEAR_NOTE = "It is not clear which way up the face is, so the prediction is not sure."


@dataclass(frozen=True)
class FaceAnswer:
    """The prediction for one face, or for the whole photo.

    Attributes:
        box: the classified square, in pixels of the photo, and how far it was turned; None for the whole photo.
        p_sad: 0 to 1.
        label: ``sad`` at the threshold and above it, ``happy`` below.
        sure: whether P(sad) lies outside the network's uncertainty band, and the face is known to be read upright.
        calibrated: P(sad) as a probability that holds on validation photos, 0 to 1; None without a calibration.
    """

    box: Box | None
    p_sad: float
    label: str
    sure: bool
    calibrated: float | None = None

    @property
    def words(self) -> str:
        """``looks happy``, ``looks sad`` or ``not sure``."""
        if not self.sure:
            return NOT_SURE
        return SAD if self.label == "sad" else HAPPY

    def as_json(self) -> dict[str, Any]:
        """Return one entry of ``faces`` in a row that ``predict --json`` prints."""
        box = None if self.box is None else [round(float(edge), 1) for edge in self.box[:4]]
        return {
            "box": box,
            "turned": 0.0 if self.box is None else self.box.roll,
            "p_sad": self.p_sad,
            "label": self.label,
            "sure": self.sure,
            "calibrated": self.calibrated,
        }


@dataclass(frozen=True)
class Answer:
    """A network's prediction for one photo.

    Attributes:
        photo: the photo's name.
        run_id: id of the run that trained the network.
        network: the network's display name.
        threshold: P(sad) at and above which a photo counts as sad; chosen on the validation photos.
        faces: one prediction for each face, the largest first; empty where the network makes none.
        note: why there is no prediction, how the photo was turned before it was classified, or why the network
            classified something else than it was trained on; None in the usual case.
        has_learned: whether the network ranks photos better than chance; one that does not is not counted.
    """

    photo: str
    run_id: str
    network: str
    threshold: float
    faces: tuple[FaceAnswer, ...]
    note: str | None = None
    has_learned: bool = True

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
        """``looks happy``, ``looks sad``, ``not sure`` or ``no face found``."""
        return self.faces[0].words if self.faces else NO_FACE

    def as_json(self) -> dict[str, Any]:
        """Return the row that ``predict --json`` prints."""
        return {
            "photo": self.photo,
            "p_sad": self.p_sad,
            "label": self.label,
            "sure": self.sure,
            "calibrated": self.faces[0].calibrated if self.faces else None,
            "has_learned": self.has_learned,
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
        """Share of the counted predictions whose label is sad, sure or not; None where no network made one."""
        labels = [answer.label for answer in counted(self.answers) if answer.label is not None]
        return labels.count("sad") / len(labels) if labels else None


def counted(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """Return the predictions of networks that have learned; the others say the same of any photo, or guess."""
    return tuple(answer for answer in answers if answer.has_learned)


def agreement_text(answers: Sequence[Answer]) -> str:
    """Return in words how far several predictions for one photo agree, the most frequent first."""
    voters = counted(answers)
    silent = len(answers) - len(voters)
    if not voters:
        return (
            "no answer: the network did not learn" if silent == 1 else f"no answer: none of {silent} networks learned"
        )
    left_out = f"; {silent} did not learn and {'is' if silent == 1 else 'are'} not counted" if silent else ""
    return f"{_votes_text(voters)}{left_out}"


def _votes_text(answers: Sequence[Answer]) -> str:
    counts = Counter(answer.words for answer in answers).most_common()
    if len(counts) == 1:
        words, count = counts[0]
        return f"all {count} {_PLURAL[words]}" if count > 1 else f"1 {_SINGULAR[words]}"
    return ", ".join(f"{count} {(_SINGULAR if count == 1 else _PLURAL)[words]}" for words, count in counts)
