"""Estimates: what they add up, their warnings, and whether they use this machine's speed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from emotion_core.dataset import Catalog
from emotion_core.network import multiply_adds, parameter_count
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import RunConfig, StudyConfig, StudyPlan, list_runs
from emotion_core.training.cost import FreeResources, Slots, estimate, estimate_study, free_resources, split_sizes
from emotion_core.training.cost.calibration import REFERENCE
from emotion_core.training.cost.workload import SplitSizes
from emotion_core.training.queue import SHARED_BYTES

PHOTOS = SplitSizes(288, 96, 96, 0.5)
PLENTY = FreeResources(10**12, 10**12)


def test_estimate_counts_the_networks_parameters_and_multiply_adds() -> None:
    """Parameters and multiply-adds are those that the page shows layer by layer."""
    config = RunConfig()
    result = estimate(config, PHOTOS, None)
    assert (result.parameters, result.multiply_adds) == (parameter_count(config), multiply_adds(config))
    assert result.seconds == result.photos_seconds + result.training_seconds + result.other_seconds
    assert result.disk_bytes == result.photos_bytes + result.run_bytes


@pytest.mark.parametrize(
    ("change", "grows"),
    [
        ({"epochs": 90}, ["training_seconds", "run_bytes"]),
        ({"image_size": 128}, ["training_seconds", "peak_bytes", "photos_bytes", "run_bytes", "other_seconds"]),
        ({"batch_size": 64}, ["peak_bytes"]),
        ({"hidden_activation": "mish"}, ["training_seconds"]),
        ({"dense_units": (2048, 1024)}, ["training_seconds", "peak_bytes", "run_bytes", "other_seconds"]),
        ({"batch_normalization": True}, ["training_seconds", "peak_bytes", "run_bytes"]),
        ({"face_crop": True}, ["photos_seconds"]),
        ({"rotation": 10}, ["training_seconds"]),
    ],
)
def test_settings_that_cost_more_raise_the_estimate(change: dict[str, Any], grows: list[str]) -> None:
    """Each setting raises the parts that it affects, and no others."""
    usual, changed = estimate(RunConfig(), PHOTOS, None), estimate(RunConfig(**change), PHOTOS, None)
    for part in ("photos_seconds", "training_seconds", "other_seconds", "peak_bytes", "photos_bytes", "run_bytes"):
        if part in grows:
            assert getattr(changed, part) > getattr(usual, part), part
        elif "image_size" not in change and part in ("photos_seconds", "photos_bytes", "run_bytes"):
            assert getattr(changed, part) == pytest.approx(getattr(usual, part), rel=0.01), part


def test_a_machine_half_as_fast_takes_twice_as_long() -> None:
    """Time is work times the machine's costs; memory and disk are the same on any."""
    slow = replace(
        REFERENCE, costs=REFERENCE.costs._replace(**{n: 2 * v for n, v in REFERENCE.costs._asdict().items()})
    )
    fast, slow_found = (estimate(RunConfig(), PHOTOS, machine) for machine in (REFERENCE, slow))
    assert slow_found.training_seconds == pytest.approx(2 * fast.training_seconds)
    assert slow_found.photos_seconds == pytest.approx(2 * fast.photos_seconds)
    assert (slow_found.peak_bytes, slow_found.disk_bytes) == (fast.peak_bytes, fast.disk_bytes)
    assert fast.measured
    assert not estimate(RunConfig(), PHOTOS, None).measured


def test_runs_of_a_study_decode_its_photos_once_per_input() -> None:
    """Of six runs in two sizes, two decode the photos; the others reuse the pixels."""
    study = StudyPlan(vary={"image_size": [64, 128], "hidden_activation": ["relu", "tanh", "sigmoid"]}).study()
    result = estimate_study(study, PHOTOS, None, PLENTY)
    decoding = [config.image_size for config, run in zip(study.runs, result.runs, strict=True) if run.photos_bytes]
    assert sorted(decoding) == [64, 128]
    assert sum(run.photos_seconds > 0 for run in result.runs) == 2
    assert result.seconds == pytest.approx(sum(run.seconds for run in result.runs))
    assert result.peak_bytes == max(run.peak_bytes for run in result.runs)
    assert result.disk_bytes == sum(run.disk_bytes for run in result.runs)


def test_a_process_that_trains_one_run_after_another_starts_once() -> None:
    """Of six small runs in two slots, four reuse a process; of large ones, none."""
    starts = REFERENCE.costs.start
    for image_size, saved in ((64, 4), (256, 0)):
        study = StudyPlan(vary={"hidden_activation": ["relu", "tanh"]}, seeds=3, settings={"image_size": image_size})
        result = estimate_study(study.study(), PHOTOS, REFERENCE, PLENTY, Slots(2))
        alone = [estimate(config, PHOTOS, REFERENCE).other_seconds for config in study.study().runs]
        less = [before - run.other_seconds for before, run in zip(alone, result.runs, strict=True)]
        assert less == pytest.approx([0.0] * (6 - saved) + [starts] * saved)


@pytest.mark.parametrize(
    ("image_size", "slots", "share", "memory", "words"),
    [
        (64, Slots(2), 0.7, 2, "6 runs, 2 at once: about "),
        (128, Slots(2), 0.7, 2, "6 runs, 2 at once: about "),
        (128, Slots(4), 0.435, 4, "6 runs, 4 at once: about "),
        (256, Slots(2), 1.0, 2, "6 runs, 2 at once: about "),
        (128, Slots(3, on_cluster=True), 1 / 3, 1, "6 runs, 3 at once on the cluster, if its nodes are as fast"),
        (128, Slots(4, on_cluster=True), 1 / 3, 1, "6 runs, 4 at once on the cluster"),
        (128, Slots(50, on_cluster=True), 1 / 6, 1, "6 runs, 6 at once on the cluster"),
    ],
)
def test_runs_at_once_share_time_and_add_memory(
    monkeypatch: pytest.MonkeyPatch, image_size: int, slots: Slots, share: float, memory: int, words: str
) -> None:
    """On one machine small networks gain time and all take memory; each node of a cluster has both for itself."""
    monkeypatch.setattr(psutil, "cpu_count", lambda: 4)
    study = StudyPlan(
        vary={"hidden_activation": ["relu", "tanh"]}, seeds=3, settings={"image_size": image_size}
    ).study()
    alone = estimate_study(study, PHOTOS, None, PLENTY)
    result = estimate_study(study, PHOTOS, None, PLENTY, slots)
    seconds = [run.seconds for run in result.runs]
    assert result.seconds == pytest.approx(max(share * sum(seconds), *seconds), rel=0.01)
    # The libraries are in memory once.
    assert result.peak_bytes == memory * alone.peak_bytes - (memory - 1) * SHARED_BYTES
    assert result.sentence.startswith(words)


def test_a_small_study_starts_without_asking() -> None:
    """Minutes, some memory and some disk are no reason to ask."""
    result = estimate_study(StudyPlan(settings={"epochs": 1}).study(), PHOTOS, REFERENCE, PLENTY)
    assert not result.needs_confirmation
    assert result.sentence.startswith("3 runs, one after the other: about ")
    assert "free" not in result.sentence
    assert "reference machine" not in result.sentence


@pytest.mark.parametrize(
    ("study", "free", "words"),
    [
        (StudyPlan(settings={"epochs": 1000, "image_size": 256}).study(), PLENTY, " h "),
        (StudyPlan().study(), FreeResources(10**8, 10**12), "Only 100 MB of memory is free"),
        (StudyPlan().study(), FreeResources(10**12, 10**6), "Only 1 MB of disk is free"),
    ],
)
def test_a_study_that_is_long_or_does_not_fit_needs_confirmation_and_says_why(
    study: StudyConfig, free: FreeResources, words: str
) -> None:
    """More than an hour, more memory than is free, more disk than is free: each is asked about."""
    result = estimate_study(study, PHOTOS, REFERENCE, free)
    assert result.needs_confirmation
    assert words in result.sentence


def test_an_estimate_without_measurement_says_so() -> None:
    """The built-in costs are those of the reference machine."""
    result = estimate_study(StudyPlan().study(), PHOTOS, None, PLENTY)
    assert not result.measured
    assert "reference machine" in result.sentence


def test_free_resources_are_those_of_this_machine(tmp_path: Path) -> None:
    """There is some of both while this test runs."""
    free = free_resources(open_workspace(tmp_path))
    assert free.memory_bytes > 10**6
    assert free.disk_bytes > 10**6


def test_sizes_of_a_study_are_the_shares_of_the_photos(tmp_path: Path, add_photos: Callable[..., list[str]]) -> None:
    """20 % and 20 % of 20 photos, the rest to train on; their size is that of the stored files."""
    workspace = open_workspace(tmp_path)
    add_photos(workspace, happy=10, sad=10)
    photos = Catalog(workspace).usable_groups()
    result = split_sizes(photos, StudyPlan().study())
    assert result[:3] == (12, 4, 4)
    assert result.megapixels == pytest.approx(256 * 256 / 1e6)
    assert split_sizes(photos, StudyPlan(folds=10).study())[:3] == (14, 4, 2)
    assert split_sizes([], StudyPlan().study()) == (0, 0, 0, 0.0)


def test_memory_does_not_grow_with_photos_that_are_read_from_disk() -> None:
    """A worker for 100,000 photos needs less than 100 MB more than one for 480, and the disk holds all of them."""
    few, many = (estimate(RunConfig(), sizes, None) for sizes in (PHOTOS, SplitSizes(60_000, 20_000, 20_000, 0.5)))
    assert 0 <= many.peak_bytes - few.peak_bytes < 100e6
    assert many.photos_bytes == 100_000 * 64 * 64 * 3


def test_disk_of_a_finished_run_is_close_to_its_estimate(studied: Workspace) -> None:
    """A real run's files: weights twice, scores, records."""
    run = list_runs(studied)[0]
    taken = sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
    result = estimate(run.config, split_sizes(Catalog(studied).usable_groups(), StudyConfig(runs=(run.config,))), None)
    assert 1 / 1.5 < result.run_bytes / taken < 1.5
    cached = next(studied.snapshots.glob("*/pixels-*.npy")).stat().st_size
    assert result.photos_bytes == pytest.approx(cached, rel=0.01)
