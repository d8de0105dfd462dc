"""Benefit of the starter's blocks with few photos.

Run from the checkout: ``python -m benchmarks.transfer PHOTOS [--weights NPZ] [--seeds 3]``.
Imports the photos (folders ``happy`` and ``sad``, or anything else that can be imported) into an empty workspace, and
trains the presets ``transfer`` and ``controlled`` on the same split. Prints the test AUC of each network and seed, and
marks the network chosen by validation. Promised for 480 photos of faces: .90 with every activation and seed of
``transfer``. The starter's weights must come from other photos, or the result means nothing.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from emotion_core.collect import import_path
from emotion_core.dataset import Catalog
from emotion_core.evaluation.comparison import compare_study
from emotion_core.network import starter_weights_file
from emotion_core.settings import STARTER_WEIGHTS_VARIABLE, Workspace, open_workspace
from emotion_core.training import StudyPlan, runs_of, start_study

PRESETS = ("transfer", "controlled")
PROMISED_AUC = 0.90
LOOK_SECONDS = 0.5


def main() -> None:
    """Import the photos, train both presets and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("photos", type=Path)
    options.add_argument("--weights", type=Path, help="of the starter, where not the project's own")
    options.add_argument("--seeds", type=int, default=3)
    asked = options.parse_args()
    if asked.weights:
        os.environ[STARTER_WEIGHTS_VARIABLE] = str(asked.weights.resolve())
    print(f"starter's weights: {starter_weights_file()}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        workspace = open_workspace(folder)
        print(f"{import_path(Catalog(workspace), asked.photos).added} photos")
        lowest = [_measure(workspace, preset, asked.seeds) for preset in PRESETS]
    print(f"lowest test AUC of {PRESETS[0]}: {lowest[0]:.3f}, {PROMISED_AUC:.2f} promised")


def _measure(workspace: Workspace, preset: str, seeds: int) -> float:
    """Train a preset's networks, print their test AUCs, and return the lowest."""
    study, began = start_study(workspace, StudyPlan(preset=preset, seeds=seeds).study()), time.perf_counter()
    while any(run.state.active for run in runs_of(workspace, study)):
        time.sleep(LOOK_SECONDS)
    compared = compare_study(workspace, study)
    print(f"{preset}, snapshot {study.snapshot}, {time.perf_counter() - began:.0f} s")
    for run, row in compared.rows():
        chosen = ", chosen by validation" if run == compared.champion else ""
        interval = f"{row.test_auc_low:.3f} to {row.test_auc_high:.3f}"
        print(f"  {run.config.label}: test AUC {row.test_auc:.3f}, {interval}{chosen}")
    if len(compared.rows()) < len(study.run_ids):
        raise SystemExit(f"Not every run of {preset} has finished. {[str(run.state) for run in compared.runs]}")
    return min(row.test_auc or 0 for _, row in compared.rows())


if __name__ == "__main__":
    main()
