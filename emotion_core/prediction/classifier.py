"""A trained network that answers for photos, through LiteRT: no TensorFlow, 0.3 s to the first answer."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

import numpy as np
from PIL import Image

from emotion_core.dataset import Box, Face, box_of, find_faces, is_cut_out, part_to_pixels, to_pixels
from emotion_core.errors import EmotionError, JobUnusable, SettingsError
from emotion_core.evaluation import youden_threshold
from emotion_core.files import read_json
from emotion_core.images import Pixels
from emotion_core.network import checked
from emotion_core.network.export import LITERT_FILE
from emotion_core.prediction.answers import Answer, FaceAnswer, StudyAnswer, Unanswered
from emotion_core.prediction.litert import BATCH_SIZE, LiteRTNetwork
from emotion_core.prediction.uncertainty_band import UncertaintyBand, uncertainty_band
from emotion_core.training import Run, RunConfig, Scores
from emotion_core.training.engine import Probabilities, within_bounds

InputMode = Literal["faces", "whole"]
SETTINGS_FILE, ANSWERS_FILE = "settings.json", "answers.json"
NO_FACE_NOTE = "No face found; this is about the whole photo."
CUT_OUT_NOTE = "The photo is as small as a face that was cut out; this is about the whole photo."
DECLINED_NOTE = "No face found. This network only knows faces, so it does not answer."
FACES_ONLY_NOTE = "This network only knows faces, and was asked about the whole photo."


class PhotoInput:
    """A photo that is asked about; its faces are looked for once, whoever asks.

    Args:
        name: shown to the person.
        photo: upright RGB, any size.
    """

    def __init__(self, name: str, photo: Image.Image) -> None:
        self.name, self.photo = name, photo

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """Those that were found, the largest first."""
        return find_faces(self.photo)

    @property
    def cut_out(self) -> bool:
        """Whether the photo is so small that it is taken for a face that somebody cut out."""
        return is_cut_out(self.photo)


class Classifier:
    """One trained network, ready to answer; may be shared between threads.

    Args:
        run: a finished run.

    Raises:
        JobUnusable: the run has not finished, or its files are missing or damaged.
    """

    def __init__(self, run: Run) -> None:
        scores = run.scores()
        if scores is None or not run.model_path.exists():
            raise JobUnusable(
                "This run has no trained network. Expected a finished run and its files. "
                f"Received: run={run.run_id!r}, state={run.state.name!r}. Choose another run."
            )
        self.run_id, self.name, self.needs_face = run.run_id, run.config.label, False
        self.mirrored = False
        self.threshold = threshold_of(scores)
        self.not_sure = band_of(scores)
        self._set_network(run.config, run.model_path)

    @classmethod
    def of_folder(cls, folder: Path, run_id: str | None = None) -> Self:
        """Return the network in a folder that ``export_run`` wrote, or that is laid out like one.

        Args:
            folder: with ``settings.json``, ``model.tflite`` and ``answers.json``.
            run_id: what the answers call it; the folder's name by default.

        Raises:
            JobUnusable: a file is missing or damaged.
        """
        self = cls.__new__(cls)
        told = read_json(folder / ANSWERS_FILE)
        try:
            config = checked(RunConfig, read_json(folder / SETTINGS_FILE))
            self.run_id, self.name = run_id or folder.name, str(told["name"])
            self.threshold, self.needs_face = float(told["threshold"]), bool(told["needs_face"])
            self.not_sure = UncertaintyBand(float(told["not_sure_low"]), float(told["not_sure_high"]))
            self.mirrored = bool(told.get("mirrored", False))
        except (KeyError, TypeError, ValueError, SettingsError) as error:
            raise JobUnusable(
                f"This folder holds no network that can answer. Expected {SETTINGS_FILE}, {ANSWERS_FILE} and "
                f"{LITERT_FILE}, as they were exported. Received: folder={str(folder)!r}. Export the run again."
            ) from error
        self._set_network(config, folder / LITERT_FILE)
        return self

    def _set_network(self, config: RunConfig, model_path: Path) -> None:
        self.config, self.input_spec = config, config.input_spec
        self.network = LiteRTNetwork.read(model_path)

    def predict(self, photos: Sequence[Image.Image]) -> Probabilities:
        """Return P(sad) of each photo as the network was trained to see it, float32 of shape ``(n,)``.

        Args:
            photos: upright RGB, any size.
        """
        return self.predict_pixels([to_pixels(photo, self.input_spec) for photo in photos])

    def predict_pixels(self, pixels: Sequence[Pixels]) -> Probabilities:
        """Return P(sad) of what the network is shown, float32 of shape ``(n,)``.

        Args:
            pixels: uint8 of shape ``view.shape`` each.
        """
        return p_sad_of(self.network, pixels, mirrored=self.mirrored)

    def answer(self, name: str, photo: Image.Image, *, input_mode: InputMode | None = None) -> Answer:
        """Return what the network says of one photo.

        Args:
            name: of the photo.
            photo: upright RGB, any size.
            input_mode: ``faces`` for each face on its own, ``whole`` for all of the photo, or None for what the network
                was trained for.

        Raises:
            DataError: faces are asked for, and this machine cannot look for them.
        """
        return self._answer_all([PhotoInput(name, photo)], input_mode)[0]

    def answer_many(
        self, photos: Iterable[tuple[str, Image.Image]], *, input_mode: InputMode | None = None
    ) -> list[Answer]:
        """Return what the network says of each photo, as ``answer`` does."""
        return self._answer_all([PhotoInput(name, photo) for name, photo in photos], input_mode)

    def answer_each(
        self, photos: Iterable[tuple[str, Image.Image | EmotionError]], *, input_mode: InputMode | None = None
    ) -> Iterator[Answer | Unanswered]:
        """Give a row for each photo, a few at a time: neither the photos nor the answers are all held in memory.

        Args:
            photos: as ``read_uploads`` and ``read_paths`` give them; an error instead of a photo becomes its row.
            input_mode: as for ``answer``.
        """
        items = iter(photos)
        while batch := list(itertools.islice(items, BATCH_SIZE)):
            subjects = [PhotoInput(name, photo) for name, photo in batch if not isinstance(photo, EmotionError)]
            answers = iter(self._answer_all(subjects, input_mode))
            for name, photo in batch:
                yield Unanswered(name, str(photo)) if isinstance(photo, EmotionError) else next(answers)

    def boxes(self, subject: PhotoInput, input_mode: InputMode | None = None) -> tuple[list[Box | None], str | None]:
        """Return what of a photo the network is shown, the largest face first, and what is to be said about it.

        Args:
            subject: the photo.
            input_mode: as for ``answer``.

        Returns:
            Boxes in pixels, None for the whole photo; none at all where the network declines.
        """
        whole = input_mode == "whole" or (input_mode is None and not (self.needs_face or self.input_spec.face_crop))
        if whole:
            return [None], FACES_ONLY_NOTE if self.needs_face and not subject.cut_out else None
        if subject.cut_out:
            return [None], CUT_OUT_NOTE
        if subject.faces:
            return [box_of(face, subject.photo.size, self.input_spec.face_margin) for face in subject.faces], None
        if not self.needs_face:
            return [None], NO_FACE_NOTE
        return [], DECLINED_NOTE

    def seen(self, subject: PhotoInput, box: Box | None) -> Pixels:
        """Return a part of a photo as the network is shown it, uint8 of shape ``view.shape``."""
        return part_to_pixels(subject.photo, self.input_spec, box)

    def _answer_all(self, subjects: Sequence[PhotoInput], input_mode: InputMode | None) -> list[Answer]:
        looks = [self.boxes(subject, input_mode) for subject in subjects]
        pixels = [self.seen(subject, box) for subject, (boxes, _) in zip(subjects, looks, strict=True) for box in boxes]
        said = iter(self.predict_pixels(pixels))
        return [
            Answer(
                subject.name,
                self.run_id,
                self.name,
                self.threshold,
                tuple(self._face_answer(box, float(next(said))) for box in boxes),
                note,
            )
            for subject, (boxes, note) in zip(subjects, looks, strict=True)
        ]

    def _face_answer(self, box: Box | None, p_sad: float) -> FaceAnswer:
        label = "sad" if p_sad >= self.threshold else "happy"
        return FaceAnswer(box, p_sad, label, not self.not_sure.contains(p_sad))


def study_answers(
    classifiers: Sequence[Classifier], name: str, photo: Image.Image, *, input_mode: InputMode | None = None
) -> StudyAnswer:
    """Return what several networks say of one photo, whose faces are looked for once.

    Args:
        classifiers: the networks.
        name: of the photo.
        photo: upright RGB, any size.
        input_mode: as for ``Classifier.answer``.
    """
    subject = PhotoInput(name, photo)
    return StudyAnswer(tuple(classifier._answer_all([subject], input_mode)[0] for classifier in classifiers))


def p_sad_of(network: LiteRTNetwork, pixels: Sequence[Pixels], *, mirrored: bool) -> Probabilities:
    """Return P(sad) of what a network is shown, float32 of shape ``(n,)``.

    Args:
        network: says P(sad).
        pixels: uint8 of the shape that it takes.
        mirrored: whether the answer is the mean of two, for the picture and for its mirror image.
    """
    if not len(pixels):
        return np.zeros(0, dtype=np.float32)
    said = within_bounds(network.run(pixels)[0])
    if not mirrored:
        return said
    return within_bounds((said + within_bounds(network.run([each[:, ::-1] for each in pixels])[0])) / 2)


def threshold_of(scores: Scores) -> float:
    """Return the threshold that separates the validation photos best (Youden's J), 0 to 1."""
    return youden_threshold(*scores.of("validation"))


def band_of(scores: Scores) -> UncertaintyBand:
    """Return where the network is not sure, by its validation photos."""
    return uncertainty_band(*scores.of("validation"), threshold_of(scores))
