"""Time of an epoch with each activation on this machine: measured by a job, kept in the workspace."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import psutil

from emotion_core.documents import stored_document, write_document
from emotion_core.jobs import JobFolder, job_session, start_single
from emotion_core.network import HIDDEN_ACTIVATIONS, build
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import RunConfig
from emotion_core.training.cost import read_clocks, undisturbed_seconds
from emotion_core.training.engine import PhotoDataset, Trainer, this_machine

KIND = "epoch_times"
TIMES_FILE = "epoch_times.json"
# The controlled network; only its activation varies.
SETTINGS: dict[str, Any] = {"image_size": 64}
# An epoch is long compared with the clock's resolution, and all epochs together are short for a waiting user.
PHOTOS = 960
ROUNDS = 4


@dataclass(frozen=True)
class EpochTimes:
    """Measured times.

    Attributes:
        machine: as ``this_machine`` describes it.
        photos: number of photos in an epoch.
        image_size: side of a photo, in pixels.
        seconds: time of an epoch by activation, ``relu`` among them.
    """

    machine: dict[str, Any]
    photos: int
    image_size: int
    seconds: dict[str, float]

    def relative(self) -> dict[str, float]:
        """Return each time as a multiple of ReLU's."""
        return {name: seconds / self.seconds["relu"] for name, seconds in self.seconds.items()}


def read_epoch_times(workspace: Workspace) -> EpochTimes | None:
    """Return the times measured in this workspace, possibly on another machine, or None."""
    stored: Any = stored_document(workspace.root / TIMES_FILE)
    try:
        seconds = {str(name): float(value) for name, value in stored["seconds"].items()}
        times = EpochTimes(dict(stored["machine"]), int(stored["photos"]), int(stored["image_size"]), seconds)
        return times if times.seconds["relu"] > 0 else None
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


def start_epoch_times(workspace: Workspace, names: Sequence[str] = tuple(HIDDEN_ACTIVATIONS)) -> JobFolder:
    """Start the measurement job, which takes one to three minutes, or return the one that is already running.

    Args:
        workspace: that receives the result.
        names: activations to measure, ``relu`` among them.
    """
    return start_single(workspace.jobs, {"kind": KIND, "activations": list(names)}, __name__)


def measure(folder: JobFolder, names: Sequence[str]) -> EpochTimes:
    """Measure the time of an epoch of the controlled network with each activation.

    Args:
        folder: of the job; it receives progress and can stop the measurement.
        names: activations to measure.
    """
    process, photos = psutil.Process(), _photos(RunConfig(**SETTINGS))
    seconds: dict[str, list[float]] = {name: [] for name in names}
    training = {name: _training(name, photos) for name in names}
    # Activations take turns, so that other load on the machine slows all of them alike.
    for done in range(ROUNDS + 1):
        for index, name in enumerate(names):
            folder.raise_if_stopped()
            begin = read_clocks(process)
            next(training[name])
            seconds[name].append(undisturbed_seconds([begin, read_clocks(process)]))
            folder.append({"event": "progress", "share": (done + (index + 1) / len(names)) / (ROUNDS + 1)})
    # The first epoch includes the compilation of the step; of the others the least disturbed counts.
    best = {name: float(np.min(times[1:])) for name, times in seconds.items()}
    return EpochTimes(this_machine(), PHOTOS, photos.source.shape[1], best)


def _photos(config: RunConfig) -> PhotoDataset:
    pixels = np.random.default_rng(0).integers(0, 256, (PHOTOS, *config.input_spec.shape), dtype=np.uint8)
    return PhotoDataset(pixels, np.arange(PHOTOS) % 2)


def _training(name: str, photos: PhotoDataset) -> Iterator[object]:
    config = RunConfig(**SETTINGS, hidden_activation=name, epochs=ROUNDS + 1)
    return Trainer(build(config), config).epochs(photos, photos.subset(np.arange(config.batch_size)))


def run(folder: JobFolder) -> None:
    """Measure in this process, and keep the result in the job's workspace.

    Args:
        folder: of a measurement job that no other process works on.
    """
    with job_session(folder):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        os.environ["KERAS_BACKEND"] = "tensorflow"
        times = measure(folder, folder.settings()["activations"])
        write_document(open_workspace(folder.path.parents[1]).root / TIMES_FILE, asdict(times), durable=False)
