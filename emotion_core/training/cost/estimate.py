"""Estimates of the time, memory and disk that a run or a study will take, before it is started."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace

import psutil

from emotion_core.dataset import SPLITS, PhotoGroup
from emotion_core.dataset.snapshots import decoding_threads
from emotion_core.network import layers_of, multiply_adds, parameter_count
from emotion_core.settings import Workspace
from emotion_core.training.config import RunConfig, StudyConfig
from emotion_core.training.cost.calibration import REFERENCE, Calibration, Costs
from emotion_core.training.cost.estimate_records import ONE_SLOT, Estimate, FreeResources, Slots, StudyEstimate
from emotion_core.training.cost.workload import SplitSizes, checkpoint_workload, epoch_workload, forward_workload
from emotion_core.training.engine import training_bytes
from emotion_core.training.queue import MAX_KEPT_BYTES, trains_small_networks

BYTES_PER_NUMBER = 4
# Opening a photo's file takes as long as decoding this many pixels.
OPENING_PIXELS = 50_000
# Two threads decode photos and search them for faces in 1 / 1.7 of the time of one.
THREAD_EFFICIENCY = 0.85
# Face search per photo; large photos are shrunk first, hence the maximum.
FACES_SECONDS_PER_MEGAPIXEL = 0.09
MIN_FACES_SECONDS, MAX_FACES_SECONDS = 0.017, 0.072
# Until the dispatcher finds a queued run, starts its process and notices its end.
LAUNCH_SECONDS = 0.6
# Share of a small run's time, trained alone on all cores, in which one core works: Python, writing, and what is too
# small to be divided. Measured on two cores, where two runs side by side took .7 of the time (benchmarks/
# seeds_together.py).
ONE_CORE_SHARE = 0.43
# Drawing the first weights and converting the network for export, in passes over its parameters.
EXPORT_PASSES = 110
# Three files hold all weights: the best weights, Keras' format and LiteRT. The rest is mostly a description of the
# layers, records and scores.
WEIGHT_FILES, LAYER_BYTES, EPOCH_BYTES, SCORE_BYTES = 3, 10_000, 8_000, 70


def free_resources(workspace: Workspace) -> FreeResources:
    """Return the memory and disk that are free now."""
    return FreeResources(psutil.virtual_memory().available, shutil.disk_usage(workspace.root).free)


def split_sizes(
    photos: Sequence[PhotoGroup], study: StudyConfig, counts: Mapping[str, Mapping[str, int]] | None = None
) -> SplitSizes:
    """Return how many photos each split of a study will have; near copies stay together, so a few more or less.

    Args:
        photos: counts of the photos that the study uses.
        study: its fractions and folds decide the sizes.
        counts: photos by part and label of a predefined split, which decide the sizes instead; None for a random one.
    """
    count = sum(group.number for group in photos)
    megapixels = sum(group.pixels for group in photos) / 1e6 / max(count, 1)
    if counts is not None:
        train, validation, test = (sum(counts[part].values()) for part in SPLITS)
        return SplitSizes(train, validation, test, megapixels)
    validation, test = (round(count * share) for share in (study.validation_fraction, study.test_share))
    return SplitSizes(count - validation - test, validation, test, megapixels)


def estimate(config: RunConfig, photos: SplitSizes, calibration: Calibration | None) -> Estimate:
    """Return the estimate of one run on its own.

    Args:
        config: settings of the run.
        photos: number and size of its photos.
        calibration: of this machine; None uses the reference machine's.
    """
    used = calibration or REFERENCE
    parameters = parameter_count(config)
    return Estimate(
        parameters=parameters,
        multiply_adds=multiply_adds(config),
        photos_seconds=_photos_seconds(config, photos, used.costs),
        training_seconds=_training_seconds(config, photos, used.costs),
        other_seconds=_other_seconds(config, photos, used.costs, parameters),
        peak_bytes=used.base_bytes + training_bytes(config, photos.train, photos.total),
        photos_bytes=math.prod(config.input_spec.shape) * photos.total,
        run_bytes=_run_bytes(config, photos, parameters),
        measured=calibration is not None,
    )


def estimate_study(
    study: StudyConfig,
    photos: SplitSizes,
    calibration: Calibration | None,
    free: FreeResources,
    slots: Slots = ONE_SLOT,
) -> StudyEstimate:
    """Return the estimate of a study.

    Args:
        study: settings of the study.
        photos: number and size of its photos.
        calibration: of this machine; None uses the reference machine's.
        free: memory and disk that are free now.
        slots: where the runs are trained, one at a time on this machine by default.
    """
    runs: list[Estimate] = []
    decoded = set()
    for config in study.runs:
        run = estimate(config, photos, calibration)
        if config.input_spec in decoded:
            run = replace(run, photos_seconds=0.0, photos_bytes=0)
        # After the first run in each slot, a worker with little memory goes on with the next run.
        if len(runs) >= slots.at_once and run.peak_bytes <= MAX_KEPT_BYTES:
            run = replace(run, other_seconds=run.other_seconds - (calibration or REFERENCE).costs.start)
        runs.append(run)
        decoded.add(config.input_spec)
    slots = slots._replace(at_once=min(slots.at_once, len(runs)))
    return StudyEstimate(tuple(runs), free, slots, _time_share(study, slots))


def _time_share(study: StudyConfig, slots: Slots) -> float:
    if slots.on_cluster:
        return math.ceil(len(study.runs) / slots.at_once) / len(study.runs)
    # On one machine, large runs share the same cores, which gains nothing. Small ones fill the cores that one alone
    # leaves idle.
    filled = min(slots.at_once, psutil.cpu_count() or 1) if trains_small_networks(study) else 1
    return 1 / (1 + ONE_CORE_SHARE * (filled - 1))


def _photos_seconds(config: RunConfig, photos: SplitSizes, costs: Costs) -> float:
    per_photo = costs.pixel * (1e6 * photos.megapixels + OPENING_PIXELS)
    if config.face_crop:
        per_photo += min(max(FACES_SECONDS_PER_MEGAPIXEL * photos.megapixels, MIN_FACES_SECONDS), MAX_FACES_SECONDS)
    return photos.total * per_photo / max(1.0, THREAD_EFFICIENCY * decoding_threads())


def _training_seconds(config: RunConfig, photos: SplitSizes, costs: Costs) -> float:
    return config.epochs * (costs.seconds(epoch_workload(config, photos)) + costs.seconds(checkpoint_workload(config)))


def _other_seconds(config: RunConfig, photos: SplitSizes, costs: Costs, parameters: int) -> float:
    scoring = costs.seconds(forward_workload(config, photos.total))
    writing = costs.export + EXPORT_PASSES * costs.parameter * parameters
    # Two compilations: the training step, and the probe of the layers.
    return LAUNCH_SECONDS + costs.start + 2 * costs.compile + scoring + writing


def _run_bytes(config: RunConfig, photos: SplitSizes, parameters: int) -> int:
    records = LAYER_BYTES * len(layers_of(config)) + EPOCH_BYTES * (config.epochs + 1) + SCORE_BYTES * photos.total
    return WEIGHT_FILES * BYTES_PER_NUMBER * parameters + records
