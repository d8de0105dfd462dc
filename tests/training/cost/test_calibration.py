"""Measuring a machine: a job whose costs hold for this machine only, and how they are fitted to measured times."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from emotion_core.documents import read_document, write_document
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import RunConfig
from emotion_core.training.cost import (
    Calibration,
    ClockReading,
    calibration,
    estimate,
    start_calibration,
    undisturbed_seconds,
    undisturbed_share,
    unreadable_calibration,
)
from emotion_core.training.cost.calibration import CALIBRATION_FILE, REFERENCE, save_calibration
from emotion_core.training.cost.calibration_worker import fit_costs
from emotion_core.training.cost.workload import SplitSizes, Workload, epoch_workload
from emotion_core.training.engine import this_machine

CORES = psutil.cpu_count() or 1


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return an empty workspace."""
    return open_workspace(tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("end_processes")
def test_a_machine_is_measured_by_one_job_at_a_time(
    workspace: Workspace, wait_until: Callable[[Callable[[], Any], str], Any]
) -> None:
    """Two starts share one job; afterwards, estimates use this machine's own speed."""
    assert calibration(workspace) is None
    job = start_calibration(workspace)
    assert start_calibration(workspace).id == job.id
    wait_until(lambda: not job.state().active, "the machine was measured")
    assert job.state().name == "finished", job.log_end()
    measured = calibration(workspace)
    assert measured is not None
    assert all(cost >= 0 for cost in measured.costs)
    assert min(measured.costs.start, measured.costs.compile, measured.costs.pixel, measured.costs.export) > 0
    work = epoch_workload(RunConfig(), SplitSizes(288, 96, 0))
    # Wide enough for any machine that the tests run on.
    assert 1e-3 < measured.costs.seconds(work) / REFERENCE.costs.seconds(work) < 1e3
    assert measured.base_bytes > 50_000_000
    assert estimate(RunConfig(), SplitSizes(288, 96, 96), measured).measured


@pytest.mark.parametrize("content", ["{", '{"machine": 1}', "[1]", '{"machine": {}, "costs": {"start": "x"}}'])
def test_damaged_measurement_is_told(workspace: Workspace, content: str) -> None:
    """It does not look as if this machine had never been measured."""
    assert unreadable_calibration(workspace) == []
    (workspace.root / CALIBRATION_FILE).write_text(content)
    assert calibration(workspace) is None
    [problem] = unreadable_calibration(workspace)
    assert "reference machine" in problem.what


def test_another_machines_measurement_does_not_count(workspace: Workspace) -> None:
    """A workspace that was moved, or a new version of a library, has to be measured again."""
    save_calibration(workspace, Calibration(this_machine(), REFERENCE.costs, REFERENCE.base_bytes))
    kept = calibration(workspace)
    assert kept is not None
    assert kept.costs == REFERENCE.costs
    path = workspace.root / CALIBRATION_FILE
    stored = read_document(path)
    for changes in ({"cores": CORES + 1}, {"keras": "0.0"}, {"processor": "abacus"}):
        write_document(path, {**stored, "machine": {**stored["machine"], **changes}})
        assert calibration(workspace) is None


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"machine": {}, "costs": {"layer": 1}, "base_bytes": 1}'])
def test_a_damaged_measurement_does_not_count(workspace: Workspace, damage: str) -> None:
    """A file that was cut short or that another version wrote does not stop the page."""
    (workspace.root / CALIBRATION_FILE).write_text(damage, encoding="utf8")
    assert calibration(workspace) is None


def test_this_machine_is_described_by_processor_cores_and_versions() -> None:
    """The description has what decides the speed, and does not change between calls."""
    machine = this_machine()
    assert machine.keys() >= {"processor", "cores", "keras"}
    assert any(name.startswith("tensorflow") for name in machine)
    assert machine == this_machine()


def test_costs_that_explain_the_times_are_found() -> None:
    """Times made from known costs give these back, though each network mixes several kinds of work."""
    true = np.array([2e-4, 3e-12, 4e-9, 1e-9])
    configs = [
        RunConfig(),
        RunConfig(filters=(32, 32), kernel_size=7),
        RunConfig(kernel_size=1, head="global_average", dense_units=()),
        RunConfig(image_size=16, filters=(8,) * 6, padding="same", pooling="none", batch_size=2),
        RunConfig(image_size=32, filters=(8, 8), dense_units=(2048, 2048)),
    ]
    works = [epoch_workload(config, SplitSizes(320, 0, 0)) for config in configs]
    seconds = [float(true @ work) for work in works]
    costs = fit_costs(works, seconds)
    assert [float(np.dot(costs, work)) for work in works] == pytest.approx(seconds, rel=0.1)
    assert costs == pytest.approx(list(true), rel=0.5)


def test_costs_that_the_times_do_not_determine_keep_their_usual_proportion() -> None:
    """Where no network has parameters, a machine half as fast is taken to be so for parameters too."""
    works = [Workload(100, 1e9, 1e6, 0), Workload(10, 1e8, 1e8, 0), Workload(5000, 1e6, 1e5, 0)]
    costs = fit_costs(works, [2 * REFERENCE.costs.seconds(work) for work in works])
    assert costs == pytest.approx([2 * cost for cost in REFERENCE.costs[:4]], rel=1e-6)


@pytest.mark.parametrize(
    ("process", "idle", "share"),
    [
        (1.0, 0.0, 1.0),  # alone and on all cores
        (0.5, 0.5, 1.0),  # alone and on half of them
        (0.5, 0.0, 0.5),  # others took half of a machine that had nothing left
        (0.25, 0.25, 0.75),  # others took half, and some was left
    ],
)
def test_time_that_others_took_is_not_counted(process: float, idle: float, share: float) -> None:
    """Processor and idle times show how long the work would have taken with the machine to itself."""
    begin = ClockReading(100.0, 7.0, 50.0)
    end = ClockReading(102.0, 7.0 + 2.0 * CORES * process, 50.0 + 2.0 * CORES * idle)
    assert undisturbed_share(begin, end) == pytest.approx(share)
    assert undisturbed_seconds([begin, end]) == pytest.approx(2.0 * share)


def test_the_least_disturbed_interval_counts() -> None:
    """A quiet interval is used instead of the busy ones around it."""
    walls, processor_times = (0.0, 3.0, 5.0, 9.0), (0.0, 1.5 * CORES, 3.4 * CORES, 5.4 * CORES)
    readings = [ClockReading(wall, process, 0.0) for wall, process in zip(walls, processor_times, strict=True)]
    assert undisturbed_seconds(readings) == pytest.approx(1.9)
