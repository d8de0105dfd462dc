"""A trained network that answers for photos, through LiteRT: no TensorFlow, 0.3 s to the first answer."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from emotion_core import images
from emotion_core.dataset import to_pixels
from emotion_core.errors import EmotionError, JobUnusable
from emotion_core.evaluation import youden_threshold
from emotion_core.evaluation.study import workspace_champion
from emotion_core.settings import Workspace
from emotion_core.training import Run
from emotion_core.training.losses import Probabilities, within_bounds

BATCH_SIZE = 32


@dataclass(frozen=True)
class Prediction:
    """What one network says of one photo.

    Attributes:
        photo: the photo's name.
        run_id: the run that answered.
        network: its name for a person.
        p_sad: 0 to 1.
        threshold: from which P(sad) a photo counts as sad; chosen on the validation photos.
    """

    photo: str
    run_id: str
    network: str
    p_sad: float
    threshold: float

    @property
    def label(self) -> str:
        """``sad`` at the threshold and above, ``happy`` below it."""
        return "sad" if self.p_sad >= self.threshold else "happy"

    def as_json(self) -> dict[str, object]:
        """Return the row that ``predict --json`` prints."""
        return {
            "photo": self.photo,
            "p_sad": self.p_sad,
            "label": self.label,
            "threshold": self.threshold,
            "run_id": self.run_id,
            "network": self.network,
        }


class Classifier:
    """One finished run, ready to answer; may be shared between threads.

    Args:
        run: a finished run.

    Raises:
        JobUnusable: the run has not finished, or its files are missing or damaged.
    """

    def __init__(self, run: Run) -> None:
        scores = run.scores()
        if scores is None or not run.model_path.exists():
            raise JobUnusable(
                f"This run has no trained network. Expected a finished run. Received: run={run.run_id!r}, "
                f"state={run.state.name!r}. Choose a finished run."
            )
        self.run_id, self.name, self.view = run.run_id, run.config.label, run.config.view
        self.threshold = validation_threshold(run)
        self._interpreter = _load(run.model_path)
        self._lock = threading.Lock()

    def predict(self, photos: Sequence[Image.Image]) -> Probabilities:
        """Return P(sad) of each photo, float32 of shape ``(n,)``.

        Args:
            photos: upright RGB, any size.
        """
        pixels = [to_pixels(photo, self.view) for photo in photos]
        batches = [pixels[start : start + BATCH_SIZE] for start in range(0, len(pixels), BATCH_SIZE)]
        with self._lock:
            parts = [self._run(batch) for batch in batches]
        return within_bounds(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.float32)

    def _run(self, batch: Sequence[images.Pixels]) -> np.ndarray:
        stacked = np.stack(batch).astype(np.float32)  # (n, size, size, channels)
        inputs = self._interpreter.get_input_details()[0]
        if tuple(inputs["shape"]) != stacked.shape:
            self._interpreter.resize_tensor_input(inputs["index"], stacked.shape)
            self._interpreter.allocate_tensors()
        self._interpreter.set_tensor(inputs["index"], stacked)
        self._interpreter.invoke()
        output: np.ndarray = self._interpreter.get_tensor(self._interpreter.get_output_details()[0]["index"])
        return output

    def answer(self, name: str, photo: Image.Image) -> Prediction:
        """Return what the network says of one photo."""
        return Prediction(name, self.run_id, self.name, float(self.predict([photo])[0]), self.threshold)


def validation_threshold(run: Run) -> float:
    """Return the threshold that separates the run's validation photos best (Youden's J), 0 to 1."""
    scores = run.scores()
    return youden_threshold(*scores.of("validation")) if scores is not None else 0.5


def _load(path: Path) -> Interpreter:
    try:
        interpreter = Interpreter(str(path))
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise JobUnusable(
            f"The trained network cannot be read. Expected a LiteRT file. Received: {path.name!r}. Train it again."
        ) from error
    return interpreter


def classifier_for(workspace: Workspace, run: Run | None) -> Classifier:
    """Return the classifier of a run, or of the workspace's champion where none is named.

    Raises:
        JobUnusable: the run has no network, or nothing has been trained yet.
    """
    chosen = run or workspace_champion(workspace)
    if chosen is None:
        raise JobUnusable(
            "There is no champion yet, so nobody can answer. Expected a finished study. "
            "Train a study first, or name a finished run."
        )
    return Classifier(chosen)


def answer_file(classifier: Classifier, path: Path) -> dict[str, object]:
    """Return the row for one photo file; where it cannot be read, the row says why."""
    try:
        return classifier.answer(str(path), images.read(path).image).as_json()
    except EmotionError as error:
        return {"photo": str(path), "error": str(error)}
