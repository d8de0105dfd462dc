"""The job that measures how fast this machine trains, by training small networks for a moment each."""

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
from emotion_core.training.cost.calibration import REFERENCE, Calibration, Costs, save_calibration
from emotion_core.training.cost.workload import SplitSizes, Workload, epoch_workload
from emotion_core.training.engine import PhotoDataset, Trainer, this_machine

# Each is slow for a different reason: the usual mixture, multiply-adds, feature maps too large for the caches,
# normalization, many layers, many parameters.
NETWORKS: tuple[dict[str, Any], ...] = (
    {},
    {"filters": (32, 32), "kernel_size": 7, "dense_units": ()},
    {"image_size": 192, "filters": (16,), "kernel_size": 3, "head": "global_average", "dense_units": ()},
    {"hidden_activation": "tanh", "batch_normalization": True},
    {"image_size": 16, "filters": (8,) * 6, "padding": "same", "pooling": "none", "batch_size": 4},
    {"image_size": 32, "filters": (8, 8), "dense_units": (2048, 2048)},
)
# Long compared with the resolution of the processor clocks, short for the user who waits.
EPOCH_SECONDS = 0.25
EPOCHS = 6
# Weight of the reference machine's proportions, for costs that the measured times hardly determine.
REGULARIZATION = 0.1
PHOTO_SIZE = (1280, 960)
PHOTOS = 12
NETWORK_SIDE_PX = 128


class ClockReading(NamedTuple):
    """Clocks at one moment, in seconds.

    Attributes:
        wall: wall time.
        process: processor time of one process.
        idle: idle time of all cores of the machine together.
    """

    wall: float
    process: float
    idle: float


def read_clocks(process: psutil.Process) -> ClockReading:
    """Return the current wall time, the processor time of a process and the idle time of the machine."""
    machine, cpu = psutil.cpu_times(), process.cpu_times()
    # A core that waits for a disk is idle, too; only Linux counts that separately.
    return ClockReading(time.perf_counter(), cpu.user + cpu.system, machine.idle + getattr(machine, "iowait", 0.0))


def undisturbed_share(begin: ClockReading, end: ClockReading) -> float:
    """Return the share of the elapsed time that the process would have needed with the machine to itself.

    Time that other processes took on a busy machine, this process would have had. On idle cores it lost nothing.

    Args:
        begin: earlier reading.
        end: later reading, of the same process.

    Returns:
        Above 0, at most 1.
    """
    wall, process, idle = (after - before for before, after in zip(begin, end, strict=True))
    return min(1.0, (process + 2 * idle) / (wall * (psutil.cpu_count() or 1)))


def undisturbed_seconds(readings: Sequence[ClockReading]) -> float:
    """Return how long the interval between two readings takes with the machine to itself.

    Other processes also slow this one down through caches and memory, which no clock shows. So only the interval that
    was disturbed least is used.

    Args:
        readings: two or more, at equal amounts of work.
    """
    begin, end = max(pairwise(readings), key=lambda interval: undisturbed_share(*interval))
    return (end.wall - begin.wall) * undisturbed_share(begin, end)


class NetworkTimes(NamedTuple):
    """Measurements of one network.

    Attributes:
        work: of one epoch.
        epoch_seconds: wall time of one epoch, undisturbed and without compilation.
        compile_seconds: processor time to build the network and compile its step.
        export_seconds: processor time to write the network for prediction.
    """

    work: Workload
    epoch_seconds: float
    compile_seconds: float
    export_seconds: float


def measure() -> Calibration:
    """Measure this machine; the process must be new, because its start is measured, too."""
    process = psutil.Process()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras

    start, base_bytes = _process_seconds(process), process.memory_info().rss
    keras.utils.set_random_seed(0)
    times = [_time_network(RunConfig(**settings, epochs=EPOCHS), process) for settings in NETWORKS]
    layer, multiply_add, element, parameter = fit_costs(
        [network.work for network in times], [network.epoch_seconds for network in times]
    )
    costs = Costs(
        layer=layer,
        multiply_add=multiply_add,
        element=element,
        parameter=parameter,
        start=start,
        compile=float(np.median([network.compile_seconds for network in times])),
        pixel=_decode_seconds_per_pixel(process),
        export=float(np.median([network.export_seconds for network in times])),
    )
    return Calibration(this_machine(), costs, base_bytes)


def fit_costs(works: Sequence[Workload], seconds: Sequence[float]) -> list[float]:
    """Fit the cost of each kind of work to measured times, by non-negative least squares of the relative errors.

    Args:
        works: the work that was measured.
        seconds: time that each of them took.

    Returns:
        Seconds per unit of each kind of work, in the order of ``Workload``, 0 or more.
    """
    from scipy.optimize import nnls

    amounts, times = np.array(works), np.array(seconds)
    scaled = np.array(REFERENCE.costs[: amounts.shape[1]])
    scaled *= np.median(times / (amounts @ scaled))
    # The unknowns are factors on the reference costs, scaled to this machine's speed. The regularization pulls them to
    # 1, which decides where the times of these networks say little.
    rows = np.vstack([amounts * scaled / times[:, None], REGULARIZATION * np.eye(len(scaled))])
    factors, _ = nnls(rows, np.concatenate([np.ones(len(times)), np.full(len(scaled), REGULARIZATION)]))
    return [float(cost) for cost in factors * scaled]


def _time_network(config: RunConfig, process: psutil.Process) -> NetworkTimes:
    step_seconds = REFERENCE.costs.seconds(epoch_workload(config, SplitSizes(config.batch_size, 0, 0)))
    sizes = SplitSizes(config.batch_size * math.ceil(EPOCH_SECONDS / step_seconds), config.batch_size, 0)
    train, validation = (_random_photos(config, count) for count in sizes[:2])
    started = _process_seconds(process)
    trainer = Trainer(build(config), config)
    epochs = trainer.epochs(train, validation)
    next(epochs)  # compiles the step
    readings = [read_clocks(process), *(read_clocks(process) for _ in epochs)]
    begin, end = readings[0].process, readings[-1].process
    with TemporaryDirectory() as folder:
        save_network(trainer.model, config, Path(folder))
    return NetworkTimes(
        work=epoch_workload(config, sizes),
        epoch_seconds=undisturbed_seconds(readings),
        # The first epoch without the training in it, which takes as long as that of the others.
        compile_seconds=begin - started - (end - begin) / (EPOCHS - 1),
        export_seconds=_process_seconds(process) - end,
    )


def _random_photos(config: RunConfig, count: int) -> PhotoDataset:
    pixels = np.random.default_rng(0).integers(0, 256, (count, *config.input_spec.shape), dtype=np.uint8)
    return PhotoDataset(pixels, np.arange(count) % 2)


def _decode_seconds_per_pixel(process: psutil.Process) -> float:
    """Return the processor time to decode and resize a stored photo, per pixel."""
    # Random spots of 8 pixels: a uniform photo would decode faster than a real one.
    spots = np.random.default_rng(0).integers(0, 256, (PHOTO_SIZE[1] // 8, PHOTO_SIZE[0] // 8, 3), dtype=np.uint8)
    photo = preview(Image.fromarray(spots).resize(PHOTO_SIZE), max(PHOTO_SIZE))
    started = _process_seconds(process)
    for _ in range(PHOTOS):
        to_pixels(decode(photo).image, InputSpec(NETWORK_SIDE_PX))
    return (_process_seconds(process) - started) / (PHOTOS * PHOTO_SIZE[0] * PHOTO_SIZE[1])


def _process_seconds(process: psutil.Process) -> float:
    return read_clocks(process).process


def run(folder: JobFolder) -> None:
    """Measure this machine and save the calibration in the workspace of this job."""
    with job_session(folder):
        save_calibration(open_workspace(folder.path.parents[1]), measure())
