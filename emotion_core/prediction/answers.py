"""Predictions for a photo: one for each face in it, or one for the whole photo."""

from dataclasses import dataclass
from typing import Any

from emotion_core.dataset import Box

SAD, HAPPY, NEITHER = "looks sad", "looks happy", "neither clearly"
NOT_SURE, NO_FACE = "not sure", "no face found"
UNCLEAR_NOTE = "It is not clear which way up the face is, so the prediction is not sure."
NO_FACE_NOTE = "No face found, so the whole photo was classified."
DECLINED_NOTE = "No face found. This network learned from photos of faces, so it makes no prediction."
FACES_ONLY_NOTE = "The whole photo was classified, but this network was trained on faces only."


@dataclass(frozen=True)
class FaceAnswer:
    """The prediction for one face, or for the whole photo.

    Attributes:
        box: the classified square, in pixels of the photo, and how far it was turned; None for the whole photo.
        p_sad: 0 to 1.
        label: ``sad`` at the threshold and above it, ``happy`` below.
        sure: whether P(sad) lies outside the network's uncertainty band, and the face is known to be read upright and
            looks like one of the two labels.
        calibrated: P(sad) as a probability that holds on validation photos, 0 to 1; None without a calibration.
        p_neither: probability that the face looks neither happy nor sad, 0 to 1; None where the network did not learn
            it. P(sad) is then the probability between the two labels.
        neither: whether that probability is so high that the network names no label.
    """

    box: Box | None
    p_sad: float
    label: str
    sure: bool
    calibrated: float | None = None
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
        box = None if self.box is None else [round(float(edge), 1) for edge in self.box[:4]]
        neither = {} if self.p_neither is None else {"p_neither": self.p_neither, "neither": self.neither}
        return {
            "box": box,
            "turned": 0.0 if self.box is None else self.box.roll,
            "p_sad": self.p_sad,
            "label": self.label,
            "sure": self.sure,
            "calibrated": self.calibrated,
            **neither,
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
        """``looks happy``, ``looks sad``, ``neither clearly``, ``not sure`` or ``no face found``."""
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
