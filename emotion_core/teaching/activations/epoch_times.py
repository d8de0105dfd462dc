"""How long an epoch takes with each activation on this machine: measured by a job, kept in the workspace."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import psutil

from emotion_core.files import read_json, write_json
from emotion_core.jobs import JobFolder, job_session, start_single
from emotion_core.network import HIDDEN_ACTIVATIONS, build
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import RunConfig
from emotion_core.training.cost import read_clocks, undisturbed_seconds
from emotion_core.training.engine import PhotoDataset, Trainer, this_machine

KIND = "epoch_times"
TIMES_FILE = "epoch_times.json"
# The controlled network, whose activation alone differs.
SETTINGS: dict[str, Any] = {"image_size": 64}
# An epoch is long against the ticks of the clock, and all of them short for a person who waits.
PHOTOS = 960
ROUNDS = 4


@dataclass(frozen=True)
class EpochTimes:
    """What was measured.

    Attributes:
        machine: as ``this_machine`` tells it.
        photos: that an epoch goes through.
        image_size: of each, in pixels.
        seconds: of an epoch by the name of the activation, ``relu`` among them.
    """

    machine: dict[str, Any]
    photos: int
    image_size: int
    seconds: dict[str, float]

    def relative(self) -> dict[str, float]:
        """Return how long each takes as a multiple of ReLU."""
        return {name: seconds / self.seconds["relu"] for name, seconds in self.seconds.items()}


def epoch_times(workspace: Workspace) -> EpochTimes | None:
    """Return what was measured in this workspace, on whatever machine that was, or None."""
    stored = read_json(workspace.root / TIMES_FILE)
    try:
        seconds = {str(name): float(value) for name, value in stored["seconds"].items()}
        found = EpochTimes(dict(stored["machine"]), int(stored["photos"]), int(stored["image_size"]), seconds)
        return found if found.seconds["relu"] > 0 else None
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


def start_epoch_times(workspace: Workspace, names: Sequence[str] = tuple(HIDDEN_ACTIVATIONS)) -> JobFolder:
    """Start measuring in a process of its own, which takes one to three minutes; one at a time does so.

    Args:
        workspace: where the result goes.
        names: of activations, ``relu`` among them.

    Returns:
        The job: a new one, or the one under way.
    """
    return start_single(workspace.jobs, {"kind": KIND, "activations": list(names)}, __name__)


def measure(folder: JobFolder, names: Sequence[str]) -> EpochTimes:
    """Train the controlled network with each activation for a few epochs, one after the other in every round.

    So what disturbs the machine for a while disturbs all alike; of each the least disturbed epoch counts.

    Args:
        folder: of the job, which learns how far this is and may stop it.
        names: of activations.
    """
    process, photos = psutil.Process(), _photos(RunConfig(**SETTINGS))
    seconds: dict[str, list[float]] = {name: [] for name in names}
    training = {name: _training(name, photos) for name in names}
    for done in range(ROUNDS + 1):
        for place, name in enumerate(names):
            folder.raise_if_stopped()
            begin = read_clocks(process)
            next(training[name])
            seconds[name].append(undisturbed_seconds([begin, read_clocks(process)]))
            folder.append({"event": "progress", "share": (done + (place + 1) / len(names)) / (ROUNDS + 1)})
    # The first epoch of each has its step compiled.
    best = {name: float(np.min(found[1:])) for name, found in seconds.items()}
    return EpochTimes(this_machine(), PHOTOS, photos.source.shape[1], best)


def _photos(config: RunConfig) -> PhotoDataset:
    pixels = np.random.default_rng(0).integers(0, 256, (PHOTOS, *config.input_spec.shape), dtype=np.uint8)
    return PhotoDataset(pixels, np.arange(PHOTOS) % 2)


def _training(name: str, photos: PhotoDataset) -> Iterator[object]:
    config = RunConfig(**SETTINGS, hidden_activation=name, epochs=ROUNDS + 1)
    return Trainer(build(config), config).epochs(photos, photos.subset(np.arange(config.batch_size)))


def run(folder: JobFolder) -> None:
    """Measure in this process, and keep the result in the workspace of this job."""
    with job_session(folder):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        os.environ["KERAS_BACKEND"] = "tensorflow"
        found = measure(folder, folder.settings()["activations"])
        write_json(
            open_workspace(folder.path.parents[1]).root / TIMES_FILE,
            asdict(found),
        )
