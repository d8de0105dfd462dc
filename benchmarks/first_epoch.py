"""Time to the first epoch: ``python -m benchmarks.first_epoch [--repeats N]``.

Measures the time from the start of a study to the record of its first epoch, with 480 photos of the sample gallery at
64 pixels: in a process started for it, and in a standby worker that has TensorFlow imported. Promised: 8 and 3 seconds.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import LABELS, Catalog, Origin
from emotion_core.files import read_json
from emotion_core.settings import Workspace
from emotion_core.training import StudyPlan, delete_study, find_run, start_standby, start_study
from emotion_core.training.queue import STANDBY_FILE

PHOTOS_OF_A_LABEL = 240
PROMISES = {"cold": 8.0, "warm": 3.0}
LOOK_SECONDS = 0.02
# A standby worker has finished importing TensorFlow once it uses no more processor time.
IDLE_SECONDS = 1.0


def main() -> None:
    """Measure both kinds in turns and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeats", type=int, default=5)
    seconds: dict[str, list[float]] = {kind: [] for kind in PROMISES}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        workspace = Workspace(Path(folder))
        _add_photos(Catalog(workspace))
        # The first study also searches for near copies and decodes the photos, which is not to be measured.
        _measure(workspace, warm=False)
        for _ in range(options.parse_args().repeats):
            for kind, times in seconds.items():
                times.append(_measure(workspace, warm=kind == "warm"))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for kind, times in seconds.items():
        low, middle, high = min(times), statistics.median(times), max(times)
        print(f"{kind}: median {middle:.1f} s ({low:.1f} to {high:.1f}), promised {PROMISES[kind]:.0f} s")


def _measure(workspace: Workspace, *, warm: bool) -> float:
    """Return the seconds from the start of a study to its first epoch, and delete the study."""
    if warm:
        start_standby(workspace)
        _wait_until_idle(workspace)
    began = time.perf_counter()
    study = start_study(workspace, StudyPlan(settings={"image_size": 64, "hidden_activation": "relu"}).study())
    while not find_run(workspace, study.run_ids[0]).epochs:
        time.sleep(LOOK_SECONDS)
    seconds = time.perf_counter() - began
    delete_study(workspace, study)
    return seconds


def _wait_until_idle(workspace: Workspace) -> None:
    while not (process := read_json(workspace.root / STANDBY_FILE)):
        time.sleep(LOOK_SECONDS)
    warm, used = psutil.Process(process["pid"]), -1.0
    while (now := sum(warm.cpu_times()[:2])) > used + 0.1:
        used = now
        time.sleep(IDLE_SECONDS)


def _add_photos(catalog: Catalog) -> None:
    for label in LABELS:
        for number in range(PHOTOS_OF_A_LABEL):
            catalog.add(photo_bytes(label, number), label=label, origin=Origin(f"{label}-{number}.jpg"))


if __name__ == "__main__":
    main()
