"""A trained network that classifies photos through LiteRT: no TensorFlow, 0.3 s to the first prediction."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

import numpy as np
from PIL import Image

from emotion_core.dataset import (
    MIN_LEAD,
    Box,
    Face,
    detector_available,
    face_boxes,
    find_faces,
    is_cut_out,
    part_to_pixels,
    to_pixels,
    turned_text,
    whole_box,
)
from emotion_core.documents import read_document
from emotion_core.errors import DocumentError, EmotionError, JobUnusable, SettingsError
from emotion_core.evaluation import youden_threshold
from emotion_core.images import Pixels
from emotion_core.network import checked
from emotion_core.network.export import LITERT_FILE
from emotion_core.prediction.answers import (
    UNCLEAR_NOTE,
    Answer,
    FaceAnswer,
    NetworkAnswers,
    UnreadablePhoto,
)
from emotion_core.prediction.learned_from import learned_from_faces
from emotion_core.prediction.litert import BATCH_SIZE, LiteRTNetwork
from emotion_core.prediction.uncertainty_band import UncertaintyBand, uncertainty_band
from emotion_core.training import Run, RunConfig, Scores
from emotion_core.training.engine import Probabilities, within_bounds
from emotion_core.training.store import FILES

InputMode = Literal["faces", "whole"]
SETTINGS_FILE, ANSWERS_FILE = "settings.json", "answers.json"
NO_FACE_NOTE = "No face found, so the whole photo was classified."
DECLINED_NOTE = "No face found. This network learned from photos of faces, so it makes no prediction."
FACES_ONLY_NOTE = "The whole photo was classified, but this network was trained on faces only."


class PhotoInput:
    """A photo to classify; its faces are detected once, however many networks classify it.

    Args:
        name: the photo's display name.
        photo: RGB, any size.
    """

    def __init__(self, name: str, photo: Image.Image) -> None:
        self.name, self.photo = name, photo

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """Detected faces, the largest first."""
        return find_faces(self.photo)

    @property
    def roll(self) -> float:
        """How far the largest face is turned clockwise, in degrees; 0 without a face."""
        return self.faces[0].roll if self.faces else 0.0

    @property
    def lies_clearly(self) -> bool:
        """Whether the detector tells which way up the faces are; with no face nothing is in doubt."""
        return not self.faces or self.faces[0].lead >= MIN_LEAD


class Classifier:
    """One trained network with its threshold and uncertainty band; may be shared between threads.

    Args:
        run: a finished run.

    Raises:
        JobUnusable: the run has not finished, or its files are missing or damaged.
    """

    def __init__(self, run: Run) -> None:
        try:
            scores, sha256 = run.checked_scores(), run.file_hash(LITERT_FILE)
        except DocumentError as error:
            raise JobUnusable(f"The network of the run {run.run_id} cannot be used. {error}") from error
        if scores is None or not run.model_path.exists():
            raise JobUnusable(
                "This run has no trained network. Expected a finished run and its files. "
                f"Received: run={run.run_id!r}, state={run.state.name!r}. Choose another run."
            )
        self.run_id, self.name, self.needs_face = run.run_id, run.config.label, False
        self.learned_from_faces = learned_from_faces(run)
        self.mirrored = False
        self.threshold = threshold_of(scores)
        self.uncertainty_band = band_of(scores)
        self._set_network(run.config, run.model_path, sha256)

    @classmethod
    def of_folder(cls, folder: Path, run_id: str | None = None) -> Self:
        """Return the network in a folder that ``export_run`` wrote, or in one with the same layout.

        Args:
            folder: with ``settings.json``, ``model.tflite`` and ``answers.json``.
            run_id: id that its predictions carry; the folder's name by default.

        Raises:
            JobUnusable: a file is missing or damaged.
        """
        self = cls.__new__(cls)
        try:
            stored = read_document(folder / ANSWERS_FILE)
            config = checked(RunConfig, read_document(folder / SETTINGS_FILE))
            self.run_id, self.name = run_id or folder.name, str(stored["name"])
            self.threshold, self.needs_face = float(stored["threshold"]), bool(stored["needs_face"])
            # Folders of earlier versions lack this key, and "mirrored".
            self.learned_from_faces = bool(stored.get("learned_from_faces", self.needs_face))
            self.uncertainty_band = UncertaintyBand(float(stored["not_sure_low"]), float(stored["not_sure_high"]))
            self.mirrored = bool(stored.get("mirrored", False))
            # Earlier versions recorded no hash.
            sha256 = stored.get(FILES, {}).get(LITERT_FILE)
        except DocumentError as error:
            raise JobUnusable(f"The network in the folder {str(folder)!r} cannot be used. {error}") from error
        except (OSError, KeyError, TypeError, ValueError, AttributeError, SettingsError) as error:
            raise JobUnusable(
                f"This folder holds no exported network. Expected {SETTINGS_FILE}, {ANSWERS_FILE} and {LITERT_FILE} as "
                f"an export writes them. Received: folder={str(folder)!r}. Export the run again."
            ) from error
        self._set_network(config, folder / LITERT_FILE, sha256)
        return self

    def _set_network(self, config: RunConfig, model_path: Path, sha256: str | None) -> None:
        self.config, self.input_spec = config, config.input_spec
        self.network = LiteRTNetwork.read(model_path, sha256)

    def predict(self, photos: Sequence[Image.Image]) -> Probabilities:
        """Return P(sad) of each photo, preprocessed as in training, float32 of shape ``(n,)``.

        Args:
            photos: upright RGB, any size.
        """
        return self.predict_pixels([to_pixels(photo, self.input_spec) for photo in photos])

    def predict_pixels(self, pixels: Sequence[Pixels]) -> Probabilities:
        """Return P(sad) for each of the network's inputs, float32 of shape ``(n,)``.

        Args:
            pixels: uint8 of shape ``input_spec.shape`` each.
        """
        return p_sad_of(self.network, pixels, mirrored=self.mirrored)

    def answer(self, name: str, photo: Image.Image, *, input_mode: InputMode | None = None) -> Answer:
        """Classify one photo.

        Args:
            name: the photo's display name.
            photo: upright RGB, any size.
            input_mode: ``faces`` for each face on its own, ``whole`` for the whole photo, or None for the mode that the
                network was trained in.

        Raises:
            DataError: faces are needed, and this machine has no face detector.
        """
        return self._answer_all([PhotoInput(name, photo)], input_mode)[0]

    def answer_many(
        self, photos: Iterable[tuple[str, Image.Image]], *, input_mode: InputMode | None = None
    ) -> list[Answer]:
        """Classify several photos.

        Args:
            photos: display name and photo of each, as for ``answer``.
            input_mode: as for ``answer``.

        Returns:
            One prediction for each photo, in order.

        Raises:
            DataError: as for ``answer``.
        """
        return self._answer_all([PhotoInput(name, photo) for name, photo in photos], input_mode)

    def answer_each(
        self, photos: Iterable[tuple[str, Image.Image | EmotionError]], *, input_mode: InputMode | None = None
    ) -> Iterator[Answer | UnreadablePhoto]:
        """Classify photos a batch at a time, so that a large folder never has to fit in memory.

        Args:
            photos: as ``read_uploads`` and ``read_paths`` yield them, with an error in place of an unreadable photo.
            input_mode: as for ``answer``.

        Yields:
            One row for each photo, in order.
        """
        items = iter(photos)
        while batch := list(itertools.islice(items, BATCH_SIZE)):
            inputs = [PhotoInput(name, photo) for name, photo in batch if not isinstance(photo, EmotionError)]
            answers = iter(self._answer_all(inputs, input_mode))
            for name, photo in batch:
                yield UnreadablePhoto(name, str(photo)) if isinstance(photo, EmotionError) else next(answers)

    def input_boxes(
        self, photo_input: PhotoInput, input_mode: InputMode | None = None
    ) -> tuple[list[Box | None], str | None]:
        """Return the parts of a photo to classify, the largest face first, and a note on an unusual choice.

        Args:
            photo_input: the photo.
            input_mode: as for ``answer``.

        Returns:
            Boxes in pixels of the photo, None for the whole photo; an empty list where the network needs a face and the
            photo has none. Then the note, or None.
        """
        crops = input_mode == "faces" or (input_mode is None and (self.needs_face or self.input_spec.face_crop))
        whole_note = FACES_ONLY_NOTE if self.needs_face and not is_cut_out(photo_input.photo) else None
        if not crops and not (self.learned_from_faces and detector_available()):
            return [None], whole_note
        if not photo_input.faces and self.learned_from_faces and input_mode != "whole":
            return [], DECLINED_NOTE
        if not photo_input.faces:
            return [None], FACES_ONLY_NOTE if self.needs_face else NO_FACE_NOTE
        note = _note_on_turning(photo_input)
        if crops:
            return face_boxes(photo_input.photo, photo_input.faces, self.input_spec.face_margin), note
        return [whole_box(photo_input.photo, photo_input.roll)], " ".join(filter(None, (whole_note, note))) or None

    def input_pixels(self, photo_input: PhotoInput, box: Box | None) -> Pixels:
        """Return the network's input for one part of a photo.

        Args:
            photo_input: the photo.
            box: one of ``input_boxes``.

        Returns:
            uint8 of shape ``input_spec.shape``.
        """
        return part_to_pixels(photo_input.photo, self.input_spec, box)

    def _answer_all(self, inputs: Sequence[PhotoInput], input_mode: InputMode | None) -> list[Answer]:
        # All faces of all photos run through the network together: fewer, fuller batches.
        boxes_and_notes = [self.input_boxes(photo_input, input_mode) for photo_input in inputs]
        pixels = [
            self.input_pixels(photo_input, box)
            for photo_input, (boxes, _) in zip(inputs, boxes_and_notes, strict=True)
            for box in boxes
        ]
        p_sad = iter(self.predict_pixels(pixels))
        return [
            Answer(
                photo_input.name,
                self.run_id,
                self.name,
                self.threshold,
                tuple(self._face_answer(box, float(next(p_sad)), UNCLEAR_NOTE not in (note or "")) for box in boxes),
                note,
            )
            for photo_input, (boxes, note) in zip(inputs, boxes_and_notes, strict=True)
        ]

    def _face_answer(self, box: Box | None, p_sad: float, is_upright: bool) -> FaceAnswer:
        label = "sad" if p_sad >= self.threshold else "happy"
        sure = is_upright and not self.uncertainty_band.contains(p_sad)
        return FaceAnswer(box, p_sad, label, sure)


def _note_on_turning(photo_input: PhotoInput) -> str | None:
    """Return how the faces of a photo lie, if they are not upright or if that is in doubt."""
    if not photo_input.lies_clearly:
        return UNCLEAR_NOTE
    return turned_text(photo_input.roll) if photo_input.roll else None


def study_answers(
    classifiers: Sequence[Classifier], name: str, photo: Image.Image, *, input_mode: InputMode | None = None
) -> NetworkAnswers:
    """Classify one photo with several networks; its faces are detected once.

    Args:
        classifiers: the networks.
        name: the photo's display name.
        photo: upright RGB, any size.
        input_mode: as for ``Classifier.answer``.
    """
    photo_input = PhotoInput(name, photo)
    return NetworkAnswers(tuple(classifier._answer_all([photo_input], input_mode)[0] for classifier in classifiers))


def p_sad_of(network: LiteRTNetwork, pixels: Sequence[Pixels], *, mirrored: bool) -> Probabilities:
    """Return P(sad) for each of a network's inputs, float32 of shape ``(n,)``.

    Args:
        network: with P(sad) as its only output.
        pixels: uint8 of the network's input shape each; may be empty.
        mirrored: whether to average the outputs for the input and for its mirror image.
    """
    if not len(pixels):
        return np.zeros(0, dtype=np.float32)
    p_sad = within_bounds(network.run(pixels)[0])
    if not mirrored:
        return p_sad
    mirror_images = [image[:, ::-1] for image in pixels]
    return within_bounds((p_sad + within_bounds(network.run(mirror_images)[0])) / 2)


def threshold_of(scores: Scores) -> float:
    """Return the threshold that separates the validation photos best (Youden's J), 0 to 1."""
    return youden_threshold(*scores.of("validation"))


def band_of(scores: Scores) -> UncertaintyBand:
    """Return the uncertainty band of a network's validation photos."""
    return uncertainty_band(*scores.of("validation"), threshold_of(scores))
