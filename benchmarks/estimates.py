"""Accuracy of the estimates: ``python -m benchmarks.estimates [PHOTOS] [--epochs N] [--only TEXT]``.

Measures the machine, then trains networks for a few epochs each and compares their processes with the estimates: wall
time as it would have been without other load, and peak memory. The last column of times is for a whole run, all its
epochs at the pace of those trained. Promised: a factor of at most 1.5 in either direction.
"""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import LABELS, Catalog, Origin
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import RunConfig, StudyConfig, StudyPlan, find_run, start_study
from emotion_core.training.cost import (
    Calibration,
    ClockReading,
    calibration,
    estimate,
    read_clocks,
    split_sizes,
    start_calibration,
    undisturbed_share,
)

PROMISE = 1.5
LOOK_SECONDS = 0.02
PHOTOS_OF_A_LABEL = 240
SIDES = (64, 128, 256)
OTHERS: dict[str, dict[str, Any]] = {
    "depth 1": {"filters": (16,), "image_size": 128},
    "depth 5": {"filters": (16, 32, 16, 16, 16), "padding": "same", "image_size": 128},
    "global pooling": {"head": "global_average", "dense_units": (), "image_size": 128},
    "batch normalisation": {"batch_normalization": True, "image_size": 128},
    "grey": {"color": "grey", "image_size": 128},
    "gelu": {"hidden_activation": "gelu", "image_size": 128},
    "batch 8": {"batch_size": 8, "image_size": 128},
    "stride 2": {"stride": 2, "filters": (16, 32), "pooling": "none", "image_size": 128},
    "augmented": {"flip": True, "rotation": 15, "brightness": 0.2, "crop": 0.1, "image_size": 128},
    "face crop": {"face_crop": True, "image_size": 64},
}


class Measured(NamedTuple):
    """Time and memory of a run.

    Attributes:
        wall_seconds: wall time of its process.
        quiet_seconds: wall time without other load on the machine.
        whole_seconds: the same for all epochs of its settings, at the pace of those trained.
        peak_bytes: peak memory.
    """

    wall_seconds: float
    quiet_seconds: float
    whole_seconds: float
    peak_bytes: int


def main() -> None:
    """Measure and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("photos", nargs="?", type=Path, help="folder with happy/ and sad/; drawn faces without it")
    options.add_argument("--epochs", type=int, default=3)
    options.add_argument("--only", default="", help="part of the names of the networks that are trained")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        workspace = open_workspace(folder)
        _fill(workspace, chosen.photos)
        machine = _calibrated(workspace)
        print(f"calibrated: {machine}\n{'network':34} {'run s':>15} {'wall':>5} {'whole run s':>15} {'memory MB':>15}")
        factors = [
            row
            for name, config in _networks()
            if chosen.only in name
            for row in _compared(workspace, name, config, chosen.epochs, machine)
        ]
    worst = max(max(factor, 1 / factor) for factor in factors)
    print(f"{len(factors)} comparisons, the worst off by a factor of {worst:.2f}; promised {PROMISE}")


def _networks() -> Iterator[tuple[str, RunConfig]]:
    """Yield each network with its name."""
    for side in SIDES:
        for preset in ("controlled", "published", "described"):
            for config in StudyPlan(preset=preset, settings={"image_size": side}).study().runs:
                yield f"{preset} {config.name} {config.hidden_activation} {side}", config
    for preset in ("lenet5", "modern"):
        config = StudyPlan(preset=preset).study().runs[0]
        yield f"{preset} {config.hidden_activation} {config.image_size}", config
    for name, settings in OTHERS.items():
        yield name, RunConfig(**settings)


def _fill(workspace: Workspace, photos: Path | None) -> None:
    """Add the photos of a folder, or drawn ones, to the catalog."""
    catalog = Catalog(workspace)
    for label in LABELS:
        files = [path.read_bytes() for path in sorted((photos / label).iterdir())] if photos else None
        for number, data in enumerate(files or (photo_bytes(label, number) for number in range(PHOTOS_OF_A_LABEL))):
            catalog.add(data, label=label, origin=Origin(f"{label}-{number}"))


def _calibrated(workspace: Workspace) -> Calibration:
    """Measure the machine as the app does."""
    began = time.perf_counter()
    job = start_calibration(workspace)
    while job.state().active:
        time.sleep(LOOK_SECONDS)
    print(f"calibration took {time.perf_counter() - began:.1f} s")
    measured = calibration(workspace)
    if measured is None:
        raise SystemExit("The machine could not be measured.")
    return measured


def _compared(
    workspace: Workspace, name: str, config: RunConfig, epochs: int, machine: Calibration
) -> tuple[float, float, float]:
    """Train a network, print its line, and return estimate over measurement: run, whole run and memory."""
    study = StudyConfig(runs=(config.model_copy(update={"epochs": epochs}),))
    photos = split_sizes(Catalog(workspace).usable_groups(), study)
    brief = estimate(study.runs[0], photos, machine)
    # Photos decoded by an earlier network would not be decoded again.
    for path in workspace.snapshots.glob("*/pixels-*.npy"):
        path.unlink()
    truth = _trained(workspace, study, config.epochs)
    whole = estimate(config, photos, machine)
    pairs = (
        (brief.seconds, truth.quiet_seconds),
        (whole.seconds, truth.whole_seconds),
        (whole.peak_bytes / 1e6, truth.peak_bytes / 1e6),
    )
    run, long, memory = (f"{estimated:6.0f} {actual:6.0f} {estimated / actual:.2f}" for estimated, actual in pairs)
    print(f"{name:34} {run} {truth.wall_seconds:5.0f} {long} {memory}", flush=True)
    first, second, third = (estimated / actual for estimated, actual in pairs)
    return first, second, third


def _trained(workspace: Workspace, study: StudyConfig, epochs: int) -> Measured:
    """Train the only run of a study through the queue, and return the time and memory of its process."""
    began = time.perf_counter()
    run = find_run(workspace, start_study(workspace, study).run_ids[0])
    worker = _process_of(run.run_id)
    # The process has just started, so its CPU time counts from zero.
    readings, peak_bytes = [read_clocks(worker)._replace(process=0.0)], 0
    done: list[ClockReading] = []
    while run.folder.state().active:
        with contextlib.suppress(psutil.NoSuchProcess):
            readings.append(read_clocks(worker))
            peak_bytes = max(peak_bytes, _most_memory(worker))
            if len(run.folder.records("epoch")) > len(done):
                done.append(readings[-1])
        time.sleep(LOOK_SECONDS)
    if (state := run.folder.state()).name != "finished":
        raise SystemExit(f"The run ended early. {state}")
    # A worker that is still alive would train the next network too, without the start that the estimate includes.
    worker.wait()
    wall = time.perf_counter() - began
    quiet = wall - (readings[-1].wall - readings[0].wall) + _quiet_seconds(readings[0], readings[-1])
    pace = _quiet_seconds(done[0], done[-1]) / (len(done) - 1)
    return Measured(wall, quiet, quiet + (epochs - len(done)) * pace, peak_bytes)


def _quiet_seconds(begin: ClockReading, end: ClockReading) -> float:
    """Return the time between two readings as it would have been without other load on the machine."""
    return (end.wall - begin.wall) * undisturbed_share(begin, end)


def _process_of(run_id: str) -> psutil.Process:
    """Wait for a run's worker, which has the run's id on its command line."""
    while True:
        for process in psutil.process_iter(["cmdline"]):
            if any(run_id in word for word in process.info["cmdline"] or ()):
                return process
        time.sleep(LOOK_SECONDS)


def _most_memory(process: psutil.Process) -> int:
    """Return a process's peak memory, or its current memory on systems that do not record the peak."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return int(process.memory_info().rss)
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    # A process that has just ended has no such entry.
    return int(lines.get("VmHWM", "0 kB").split()[0]) * 1024


if __name__ == "__main__":
    main()
