"""What a run or a study will take, before its button is pressed: time, memory, disk."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import psutil

from emotion_core.dataset import PhotoGroup
from emotion_core.dataset.snapshots import KEPT_BYTES, decoding_threads
from emotion_core.formatting import duration_text, size_text
from emotion_core.network import layers_of, multiply_adds, parameter_count
from emotion_core.settings import Workspace
from emotion_core.training.config import RunConfig, StudyConfig
from emotion_core.training.cost.calibration import BUILT_IN, Calibration, Costs
from emotion_core.training.cost.workload import SplitSizes, checkpoint_workload, epoch_workload, probe_workload
from emotion_core.training.engine import PARTS_AT_ONCE, map_elements, micro_batch
from emotion_core.training.queue import MAX_KEPT_BYTES, sees_small_photos

LONG_SECONDS = 3600
BYTES_PER_NUMBER = 4
# Opening a photo's file costs as much as so many of its pixels.
OPENING_PIXELS = 50_000
# Two threads decode, and look for faces, in 1 / 1.7 of the time of one.
GAIN_OF_A_THREAD = 0.85
# Looking for faces, for each photo: it is shrunk first where it is large.
FACES_SECONDS_PER_MEGAPIXEL = 0.09
FACES_SECONDS_LEAST, FACES_SECONDS_MOST = 0.017, 0.072
# The dispatcher looks for a queued run, starts its process, and sees that it has ended.
LAUNCH_SECONDS = 0.6
# Two runs with one thread each, on two cores, against one after the other with two: `benchmarks/parallel_runs.py`.
SHARE_OF_SMALL_RUNS = 0.7
# First weights are drawn and the network is converted number by number, which takes as long as so many passes.
WRITING_PASSES = 110
# Memory besides the numbers themselves: the compiled step, and Keras' and LiteRT's converters.
WORKING_BYTES = 110_000_000
# Feature maps are kept for the way back, and most exist twice while their gradient is made.
COPIES_OF_MAPS = 1.7
# Weights, gradients, the optimizer's memory, and the converter's copies, which come on top at the end.
COPIES_OF_PARAMETERS = 15
# The best weights, Keras' format and LiteRT hold all weights each, and besides them mostly a description of the layers.
WEIGHT_FILES, LAYER_BYTES, EPOCH_BYTES, SCORE_BYTES = 3, 10_000, 8_000, 70


@dataclass(frozen=True)
class Estimate:
    """What one run will take.

    Attributes:
        parameters: numbers in the network.
        multiply_adds: for one photo on its way forward.
        photos_seconds: to decode all photos, which the first run with their size does for those that follow.
        training_seconds: all epochs; early stopping may end sooner.
        other_seconds: to start, to build the network, to judge all photos at the end and to write the files.
        peak_bytes: memory at most.
        photos_bytes: disk that the decoded photos take, shared likewise.
        run_bytes: disk that the run's own files take.
        measured: whether this machine's speed was measured; else it is another's.
    """

    parameters: int
    multiply_adds: int
    photos_seconds: float
    training_seconds: float
    other_seconds: float
    peak_bytes: int
    photos_bytes: int
    run_bytes: int
    measured: bool

    @property
    def seconds(self) -> float:
        """From the start of its process to its end."""
        return self.photos_seconds + self.training_seconds + self.other_seconds

    @property
    def disk_bytes(self) -> int:
        """Of its own and of the decoded photos."""
        return self.photos_bytes + self.run_bytes


class Places(NamedTuple):
    """Where runs are trained.

    Attributes:
        at_once: how many runs.
        cluster: whether on the nodes of a cluster; else on this machine.
    """

    at_once: int = 1
    cluster: bool = False


ONE = Places()


class Room(NamedTuple):
    """What is free.

    Attributes:
        memory_bytes: that programs may have without others being pushed out.
        disk_bytes: where the workspace is.
    """

    memory_bytes: int
    disk_bytes: int


@dataclass(frozen=True)
class StudyEstimate:
    """What a study will take.

    Attributes:
        runs: in the order of the study; photos that an earlier run has decoded cost a later one nothing, and a process
            that has trained one run trains another, if that is small.
        room: what was free.
        places: where they are trained, no more at once than there are.
        share: time of the whole study, of that of all its runs one after the other.
    """

    runs: tuple[Estimate, ...]
    room: Room
    places: Places
    share: float

    @property
    def seconds(self) -> float:
        """Of the whole study; nodes of a cluster are taken to be as fast as this machine."""
        return max(self.share * sum(run.seconds for run in self.runs), *(run.seconds for run in self.runs))

    @property
    def peak_bytes(self) -> int:
        """Memory of the runs that take most of those that are trained at once on one machine."""
        at_once = 1 if self.places.cluster else self.places.at_once
        return sum(sorted(run.peak_bytes for run in self.runs)[-at_once:])

    @property
    def disk_bytes(self) -> int:
        """Of all runs, and of the decoded photos that they share."""
        return sum(run.disk_bytes for run in self.runs)

    @property
    def measured(self) -> bool:
        """Whether this machine's speed was measured."""
        return all(run.measured for run in self.runs)

    @property
    def fits_in_memory(self) -> bool:
        """Whether the largest runs have room; of a cluster's nodes nothing is known here."""
        return self.places.cluster or self.peak_bytes <= self.room.memory_bytes

    @property
    def fits_on_disk(self) -> bool:
        """Whether all files have room."""
        return self.disk_bytes <= self.room.disk_bytes

    @property
    def asks_first(self) -> bool:
        """Whether a person should be asked before it starts: it takes over an hour, or does not fit."""
        return self.seconds > LONG_SECONDS or not self.fits_in_memory or not self.fits_on_disk

    @property
    def sentence(self) -> str:
        """What a person must know of it."""
        count, at_once = len(self.runs), self.places.at_once
        way = "one after the other" if at_once == 1 else f"{at_once} at once"
        way += " on the cluster, if its nodes are as fast as this machine" * self.places.cluster
        runs = "1 run" if count == 1 else f"{count} runs, {way}"
        memory, disk = size_text(self.peak_bytes), size_text(self.disk_bytes)
        facts = [f"{runs}: about {duration_text(self.seconds)}, {memory} of memory, {disk} of disk."]
        if not self.fits_in_memory:
            facts.append(f"Only {size_text(self.room.memory_bytes)} of memory are free: the system may end the run.")
        if not self.fits_on_disk:
            facts.append(f"Only {size_text(self.room.disk_bytes)} of disk are free: the last runs would fail.")
        if not self.measured:
            facts.append("How fast this machine is was not measured yet: the time is that of another one.")
        return " ".join(facts)


def free_room(workspace: Workspace) -> Room:
    """Return the memory and disk that are free now."""
    return Room(psutil.virtual_memory().available, shutil.disk_usage(workspace.root).free)


def split_sizes(photos: Sequence[PhotoGroup], study: StudyConfig) -> SplitSizes:
    """Return how many photos each part of a study will have, a few more or less where near copies stay together.

    Args:
        photos: that the study uses, counted.
        study: says how they are split.
    """
    count = sum(group.number for group in photos)
    validation, test = (round(count * share) for share in (study.validation_fraction, study.test_share))
    megapixels = sum(group.pixels for group in photos) / 1e6 / max(count, 1)
    return SplitSizes(count - validation - test, validation, test, megapixels)


def estimate(config: RunConfig, photos: SplitSizes, calibration: Calibration | None) -> Estimate:
    """Return what one run will take.

    Args:
        config: the run.
        photos: how many there are.
        calibration: of this machine, or None where it was not measured.
    """
    used = calibration or BUILT_IN
    parameters = parameter_count(config)
    return Estimate(
        parameters=parameters,
        multiply_adds=multiply_adds(config),
        photos_seconds=_photos_seconds(config, photos, used.costs),
        training_seconds=_training_seconds(config, photos, used.costs),
        other_seconds=_other_seconds(config, photos, used.costs, parameters),
        peak_bytes=used.base_bytes + _working_bytes(config, photos, parameters),
        photos_bytes=math.prod(config.input_spec.shape) * photos.total,
        run_bytes=_run_bytes(config, photos, parameters),
        measured=calibration is not None,
    )


def estimate_study(
    study: StudyConfig, photos: SplitSizes, calibration: Calibration | None, room: Room, places: Places = ONE
) -> StudyEstimate:
    """Return what a study will take.

    Args:
        study: the runs.
        photos: how many there are.
        calibration: of this machine, or None where it was not measured.
        room: what is free.
        places: where the runs are trained.
    """
    found: list[Estimate] = []
    decoded = set()
    for config in study.runs:
        run = estimate(config, photos, calibration)
        if config.input_spec in decoded:
            run = replace(run, photos_seconds=0.0, photos_bytes=0)
        if len(found) >= places.at_once and run.peak_bytes <= MAX_KEPT_BYTES:
            run = replace(run, other_seconds=run.other_seconds - (calibration or BUILT_IN).costs.start)
        found.append(run)
        decoded.add(config.input_spec)
    places = places._replace(at_once=min(places.at_once, len(found)))
    return StudyEstimate(tuple(found), room, places, _share_of_time(study, places))


def _share_of_time(study: StudyConfig, places: Places) -> float:
    if places.cluster:
        return math.ceil(len(study.runs) / places.at_once) / len(study.runs)
    return SHARE_OF_SMALL_RUNS if places.at_once > 1 and sees_small_photos(study) else 1.0


def _photos_seconds(config: RunConfig, photos: SplitSizes, costs: Costs) -> float:
    each = costs.pixel * (1e6 * photos.megapixels + OPENING_PIXELS)
    if config.face_crop:
        each += min(max(FACES_SECONDS_PER_MEGAPIXEL * photos.megapixels, FACES_SECONDS_LEAST), FACES_SECONDS_MOST)
    return photos.total * each / max(1.0, GAIN_OF_A_THREAD * decoding_threads())


def _training_seconds(config: RunConfig, photos: SplitSizes, costs: Costs) -> float:
    return config.epochs * (costs.of(epoch_workload(config, photos)) + costs.of(checkpoint_workload(config)))


def _other_seconds(config: RunConfig, photos: SplitSizes, costs: Costs, parameters: int) -> float:
    looking = costs.of(probe_workload(config, photos.total))
    writing = costs.export + WRITING_PASSES * costs.parameter * parameters
    # The step is compiled, and so is the look inside the network.
    return LAUNCH_SECONDS + costs.start + 2 * costs.compile + looking + writing


def _working_bytes(config: RunConfig, photos: SplitSizes, parameters: int) -> int:
    side_by_side = min(PARTS_AT_ONCE * micro_batch(config), config.batch_size, photos.train)
    numbers = COPIES_OF_MAPS * map_elements(config) * side_by_side + COPIES_OF_PARAMETERS * parameters
    # In the end, all photos are mapped from disk; of many, those that were read do not stay.
    mapped = min(math.prod(config.input_spec.shape) * photos.total, KEPT_BYTES)
    return WORKING_BYTES + int(BYTES_PER_NUMBER * numbers) + mapped


def _run_bytes(config: RunConfig, photos: SplitSizes, parameters: int) -> int:
    records = LAYER_BYTES * len(layers_of(config)) + EPOCH_BYTES * (config.epochs + 1) + SCORE_BYTES * photos.total
    return WEIGHT_FILES * BYTES_PER_NUMBER * parameters + records
