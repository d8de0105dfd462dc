"""The process that measures a machine: ``python -m emotion_core.training.cost.calibration_worker JOB_FOLDER``."""

import math
import os
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import psutil
from PIL import Image

from emotion_core.dataset import to_pixels
from emotion_core.images import InputSpec, decode, preview
from emotion_core.jobs import JobFolder, job_session
from emotion_core.network import build
from emotion_core.network.export import save_network
from emotion_core.settings import open_workspace
from emotion_core.training.config import RunConfig
from emotion_core.training.cost.calibration import BUILT_IN, Calibration, Costs, keep_calibration
from emotion_core.training.cost.workload import SplitSizes, Workload, epoch_workload
from emotion_core.training.engine import PhotoDataset, Trainer, this_machine

# Each is slow for a reason of its own: the usual mixture, multiply-adds, feature maps that no cache holds,
# normalisation, many layers, many parameters.
NETWORKS: tuple[dict[str, Any], ...] = (
    {},
    {"filters": (32, 32), "kernel_size": 7, "dense_units": ()},
    {"image_size": 192, "filters": (16,), "kernel_size": 3, "head": "global_average", "dense_units": ()},
    {"hidden_activation": "tanh", "batch_normalization": True},
    {"image_size": 16, "filters": (8,) * 6, "padding": "same", "pooling": "none", "batch_size": 4},
    {"image_size": 32, "filters": (8, 8), "dense_units": (2048, 2048)},
)
# Long against the ticks of the clock, short for a person who waits.
EPOCH_SECONDS = 0.25
EPOCHS = 6
# How firmly a cost that the networks hardly tell keeps its usual proportion to the others.
FIRMNESS = 0.1
PHOTO_SIZE = (1280, 960)
PHOTOS = 12
NETWORK_SIDE_PX = 128


class ClockReading(NamedTuple):
    """Clocks, in seconds.

    Attributes:
        wall: of the wall.
        own: processor time of one process.
        idle: time that the machine's cores had nothing to do, added up.
    """

    wall: float
    own: float
    idle: float


def reading(process: psutil.Process) -> ClockReading:
    """Return what the clocks show now."""
    machine, own = psutil.cpu_times(), process.cpu_times()
    # Waiting for a disk is no work either; only Linux tells it apart.
    return ClockReading(time.perf_counter(), own.user + own.system, machine.idle + getattr(machine, "iowait", 0.0))


def undisturbed_share(begin: ClockReading, end: ClockReading) -> float:
    """Return what of the time between two readings it would have taken with the machine to itself, up to 1.

    What others took of a machine with nothing left to give, the process would have had.
    """
    wall, own, idle = (after - before for before, after in zip(begin, end, strict=True))
    return min(1.0, (own + 2 * idle) / (wall * (psutil.cpu_count() or 1)))


def undisturbed_seconds(readings: Sequence[ClockReading]) -> float:
    """Return how long the stretch between two readings takes with the machine to itself.

    Others also take room in caches and memory, which no clock shows: the stretch that they disturbed least counts.
    """
    begin, end = max(pairwise(readings), key=lambda stretch: undisturbed_share(*stretch))
    return (end.wall - begin.wall) * undisturbed_share(begin, end)


class MeasuredCosts(NamedTuple):
    """What training one network showed.

    Attributes:
        work: of one epoch.
        seconds: that one epoch takes, once the step has been compiled.
        compiling: processor time of building it and of having the step compiled, in seconds.
        exporting: processor time of writing it for prediction, in seconds.
    """

    work: Workload
    seconds: float
    compiling: float
    exporting: float


def measure() -> Calibration:
    """Measure this machine, in a process that has done nothing else."""
    process = psutil.Process()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras

    start, base_bytes = _own(process), process.memory_info().rss
    keras.utils.set_random_seed(0)
    found = [_trained(RunConfig(**settings, epochs=EPOCHS), process) for settings in NETWORKS]
    layer, multiply_add, element, parameter = fitted([one.work for one in found], [one.seconds for one in found])
    costs = Costs(
        layer=layer,
        multiply_add=multiply_add,
        element=element,
        parameter=parameter,
        start=start,
        compile=float(np.median([one.compiling for one in found])),
        pixel=_pixel_seconds(process),
        export=float(np.median([one.exporting for one in found])),
    )
    return Calibration(this_machine(), costs, base_bytes)


def fitted(works: Sequence[Workload], seconds: Sequence[float]) -> list[float]:
    """Return the costs that explain the measured times, each time as well as the others in proportion.

    Args:
        works: what was done.
        seconds: that each took.

    Returns:
        Seconds of each kind of work, in the order of ``Workload``, none below 0.
    """
    from scipy.optimize import nnls

    done, took = np.array(works), np.array(seconds)
    usual = np.array(BUILT_IN.costs[: done.shape[1]])
    usual *= np.median(took / (done @ usual))
    # In units of the usual costs, which hold where the times say nothing.
    rows = np.vstack([done * usual / took[:, None], FIRMNESS * np.eye(len(usual))])
    in_units, _ = nnls(rows, np.concatenate([np.ones(len(took)), np.full(len(usual), FIRMNESS)]))
    return [float(cost) for cost in in_units * usual]


def _trained(config: RunConfig, process: psutil.Process) -> MeasuredCosts:
    step = BUILT_IN.costs.of(epoch_workload(config, SplitSizes(config.batch_size, 0, 0)))
    sizes = SplitSizes(config.batch_size * math.ceil(EPOCH_SECONDS / step), config.batch_size, 0)
    train, validation = (_photos(config, count) for count in sizes[:2])
    began = _own(process)
    trainer = Trainer(build(config), config)
    epochs = trainer.epochs(train, validation)
    next(epochs)
    readings = [reading(process), *(reading(process) for _ in epochs)]
    begin, end = readings[0].own, readings[-1].own
    with TemporaryDirectory() as folder:
        save_network(trainer.model, config, Path(folder))
    return MeasuredCosts(
        epoch_workload(config, sizes),
        undisturbed_seconds(readings),
        begin - began - (end - begin) / (EPOCHS - 1),
        _own(process) - end,
    )


def _photos(config: RunConfig, count: int) -> PhotoDataset:
    pixels = np.random.default_rng(0).integers(0, 256, (count, *config.input_spec.shape), dtype=np.uint8)
    return PhotoDataset(pixels, np.arange(count) % 2)


def _pixel_seconds(process: psutil.Process) -> float:
    """Return what decoding and resizing costs for each pixel of a stored photo."""
    spots = np.random.default_rng(0).integers(0, 256, (PHOTO_SIZE[1] // 8, PHOTO_SIZE[0] // 8, 3), dtype=np.uint8)
    photo = preview(Image.fromarray(spots).resize(PHOTO_SIZE), max(PHOTO_SIZE))
    began = _own(process)
    for _ in range(PHOTOS):
        to_pixels(decode(photo).image, InputSpec(NETWORK_SIDE_PX))
    return (_own(process) - began) / (PHOTOS * PHOTO_SIZE[0] * PHOTO_SIZE[1])


def _own(process: psutil.Process) -> float:
    return reading(process).own


def run(folder: JobFolder) -> None:
    """Measure this machine, and keep the result in the workspace of this job."""
    with job_session(folder):
        keep_calibration(open_workspace(folder.path.parents[1]), measure())
