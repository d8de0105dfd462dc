"""A trained network that classifies photos through LiteRT: no TensorFlow, 0.3 s to the first prediction."""

import copy
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

from PIL import Image

from emotion_core.dataset import (
    Box,
    detector_available,
    face_boxes,
    is_cut_out,
    part_to_pixels,
    to_pixels,
    whole_box,
)
from emotion_core.documents import read_document
from emotion_core.errors import DocumentError, EmotionError, JobUnusable, SettingsError
from emotion_core.evaluation import PlattScaling
from emotion_core.images import Pixels
from emotion_core.network import checked
from emotion_core.network.export import LITERT_FILE
from emotion_core.prediction.answers import (
    DECLINED_NOTE,
    FACES_ONLY_NOTE,
    NO_FACE_NOTE,
    UNCLEAR_NOTE,
    Answer,
    FaceAnswer,
    UnreadablePhoto,
)
from emotion_core.prediction.decision import Decision, decision_of, stored_calibration
from emotion_core.prediction.learned_from import learned_from_faces
from emotion_core.prediction.litert import BATCH_SIZE, LiteRTNetwork
from emotion_core.prediction.outputs import Outputs, mean_outputs
from emotion_core.prediction.photo_input import PhotoInput
from emotion_core.prediction.uncertainty_band import UncertaintyBand
from emotion_core.training import Run, RunConfig
from emotion_core.training.checks import has_learned
from emotion_core.training.engine import Probabilities
from emotion_core.training.store import FILES

InputMode = Literal["faces", "whole"]
SETTINGS_FILE, ANSWERS_FILE = "settings.json", "answers.json"
# The curve that P(sad) itself is put through, where the folder has one.
P_SAD_CALIBRATION = "p_sad_calibration"
# P(neither) from which a network names no label, where its folder says nothing else.
NEITHER_FROM = 0.5


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
        self.mirrored, self.neither_from = False, NEITHER_FROM
        self.p_sad_calibration: PlattScaling | None = None
        self.has_learned = has_learned(run.history_with(scores.of("train"), scores.of("validation")))
        self._set_decision(decision_of(scores))
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
            self._set_decision(Decision.from_json(stored))
            self.needs_face = bool(stored["needs_face"])
            # Folders of earlier versions lack these keys.
            self.learned_from_faces = bool(stored.get("learned_from_faces", self.needs_face))
            self.has_learned = bool(stored.get("has_learned", True))
            self.mirrored = bool(stored.get("mirrored", False))
            self.neither_from = float(stored.get("neither_from", NEITHER_FROM))
            self.p_sad_calibration = stored_calibration(stored.get(P_SAD_CALIBRATION))
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

    def _set_decision(self, decision: Decision, one_in: int | None = None) -> None:
        self.decision, self.threshold = decision, decision.threshold
        self.band_choice = decision.band(one_in)

    @property
    def uncertainty_band(self) -> UncertaintyBand:
        """Where the network is not sure."""
        return self.band_choice.band

    def with_limit(self, one_in: int | None) -> "Classifier":
        """Return the same network with the band for a limit of wrong sure answers, or the default one for None."""
        limited = copy.copy(self)
        limited._set_decision(self.decision, one_in)
        return limited

    def _set_network(self, config: RunConfig, model_path: Path, sha256: str | None) -> None:
        self.config, self.input_spec = config, config.input_spec
        self.network = LiteRTNetwork.read(model_path, sha256)
        self.sha256 = sha256 or ""

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
        return self._outputs(pixels).p_sad

    def _outputs(self, pixels: Sequence[Pixels]) -> Outputs:
        return mean_outputs(self.network, pixels, mirrored=self.mirrored, calibration=self.p_sad_calibration)

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
        return self.answer_inputs([PhotoInput(name, photo)], input_mode)[0]

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
        return self.answer_inputs([PhotoInput(name, photo) for name, photo in photos], input_mode)

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
            answers = iter(self.answer_inputs(inputs, input_mode))
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
        note = photo_input.turning_note
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

    def answer_inputs(self, inputs: Sequence[PhotoInput], input_mode: InputMode | None) -> list[Answer]:
        """Classify several photos whose faces may have been detected before.

        Args:
            inputs: the photos.
            input_mode: as for ``answer``.
        """
        # All faces of all photos run through the network together: fewer, fuller batches.
        boxes_and_notes = [self.input_boxes(photo_input, input_mode) for photo_input in inputs]
        pixels = [
            self.input_pixels(photo_input, box)
            for photo_input, (boxes, _) in zip(inputs, boxes_and_notes, strict=True)
            for box in boxes
        ]
        outputs = self._outputs(pixels)
        p_sad, p_neither = iter(outputs.p_sad), iter(() if outputs.p_neither is None else outputs.p_neither)
        return [
            Answer(
                photo_input.name,
                self.run_id,
                self.name,
                self.threshold,
                faces := tuple(
                    self._face_answer(
                        box, float(next(p_sad)), next(p_neither, None), is_upright=UNCLEAR_NOTE not in (note or "")
                    )
                    for box in boxes
                ),
                " ".join(filter(None, (note, self._doubt_note(faces)))) or None,
                has_learned=self.has_learned,
            )
            for photo_input, (boxes, note) in zip(inputs, boxes_and_notes, strict=True)
        ]

    def _face_answer(self, box: Box | None, p_sad: float, p_neither: float | None, *, is_upright: bool) -> FaceAnswer:
        label = "sad" if p_sad >= self.threshold else "happy"
        p_neither = None if p_neither is None else float(p_neither)
        is_neither = p_neither is not None and p_neither >= self.neither_from
        sure = is_upright and not is_neither and not self.uncertainty_band.contains(p_sad)
        calibrated = p_sad if self.p_sad_calibration else self.decision.calibrated(p_sad)
        return FaceAnswer(box, p_sad, label, sure, calibrated, p_neither, is_neither)

    def _doubt_note(self, faces: Sequence[FaceAnswer]) -> str | None:
        """Return why the network is not sure of the largest face; None where the answer is clear."""
        if faces and faces[0].neither:
            return f"Neither happy nor sad: P(neither) {faces[0].p_neither:.3f} is at least {self.neither_from:.3f}."
        if not faces or not self.uncertainty_band.contains(faces[0].p_sad):
            return None
        return self.band_choice.doubt(faces[0].p_sad)
