"""Measurements for the source study's page: ``python -m benchmarks.source_study [FOLDER] [--out FILE]``.

Runs the studies of the page *The source study* on the 480 photos of the sample gallery, one by one, and writes the
results file that the page shows. FOLDER keeps the two workspaces: studies that have finished there are not run again.
One workspace has the photos with their labels; in the other the same labels are shuffled, half of each as before. There
is nothing to learn there, so a test AUC above .5 is a leak.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from emotion_core.collect.samples import PAGES, PHOTOS_PER_PAGE, photo_bytes
from emotion_core.dataset import LABELS, Catalog, Origin, load_snapshot, snapshot_pixels
from emotion_core.settings import Workspace, open_workspace
from emotion_core.teaching.source_study import (
    CHAPTERS,
    DEPTHS,
    PUBLISHED,
    RESULTS_FILE,
    VARIANTS,
    FirstGradients,
    FirstOutputs,
    StudyResults,
    chapter_named,
    evidence_of,
    evidence_sentences,
    first_gradients,
    first_outputs,
    own_study,
    write_results,
)
from emotion_core.training import RunConfig, Study, StudyPlan, runs_of, start_study

LOOK_SECONDS = 0.5
UNTRAINED_SEEDS, GRADIENT_SEEDS, BATCH = 100, 5, 32
LOT_SEED = 0


def main() -> None:
    """Train the studies that have not finished yet, write the results and print them as text."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", nargs="?", type=Path)
    options.add_argument("--out", type=Path, default=RESULTS_FILE)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        results = _measure(asked.folder or Path(scratch))
    write_results(asked.out, results)
    for key, evidence in results.chapters.items():
        print(f"{key}: {' '.join(evidence_sentences(key, evidence))}\n")


def _measure(folder: Path) -> StudyResults:
    """Return the results, from workspaces in a folder."""
    drawn = [label for label in LABELS for _ in range(PAGES * PHOTOS_PER_PAGE)]
    by_lot = [str(label) for label in np.random.default_rng(LOT_SEED).permutation(drawn)]
    gallery, shuffled = open_workspace(folder / "gallery"), open_workspace(folder / "shuffled")
    _fill(gallery, drawn, drawn)
    _fill(shuffled, drawn, by_lot)
    studies = {chapter.key: _trained(gallery, chapter.plan) for chapter in CHAPTERS}
    published = _trained(gallery, PUBLISHED)
    lot = evidence_of(shuffled, _trained(shuffled, chapter_named("leak").plan))
    chapters = {key: evidence_of(gallery, study) for key, study in studies.items()}
    chapters["leak"] = replace(chapters["leak"], others=lot.networks)
    chapters["models"] = evidence_of(gallery, studies["models"], published)
    outputs, gradients = _untrained(gallery, studies["models"])
    chapters["dead_output"] = replace(chapters["dead_output"], outputs=outputs)
    chapters["vanishing"] = replace(chapters["vanishing"], gradients=gradients)
    commands = {chapter.key: chapter.plan.command() for chapter in CHAPTERS}
    return StudyResults(
        _made(gallery, studies["models"]), commands, {chapter.key: chapters[chapter.key] for chapter in CHAPTERS}
    )


def _fill(workspace: Workspace, drawn: Sequence[str], labels: Sequence[str]) -> None:
    """Add the gallery's photos, in its order, with the given labels, unless they are there already."""
    catalog = Catalog(workspace)
    if sum(catalog.usable_counts().values()) == len(drawn):
        return
    for position, (shown, label) in enumerate(zip(drawn, labels, strict=True)):
        number = position % (PAGES * PHOTOS_PER_PAGE)
        catalog.add(photo_bytes(shown, number), label=label, origin=Origin(f"{shown}-{number:03d}.jpg"))


def _trained(workspace: Workspace, plan: StudyPlan) -> Study:
    """Return a finished study with this plan, an existing one or a new one."""
    if (finished := own_study(workspace, plan)) is not None:
        return finished
    study, began = start_study(workspace, plan.study()), time.perf_counter()
    while any(run.state.active for run in runs_of(workspace, study)):
        time.sleep(LOOK_SECONDS)
    print(f"{plan.command()}: {time.perf_counter() - began:.0f} s")
    if own_study(workspace, plan) is None:
        raise SystemExit(f"Not every run has finished. {[str(run.state) for run in runs_of(workspace, study)]}")
    return study


def _untrained(workspace: Workspace, study: Study) -> tuple[FirstOutputs, tuple[FirstGradients, ...]]:
    """Return the measurements of untrained networks, on one batch of the study's training photos."""
    snapshot, config = load_snapshot(workspace, study.snapshot), study.config.runs[0]
    rows = np.random.default_rng(0).permutation(snapshot.rows("train"))[:BATCH]
    pixels, labels = snapshot_pixels(Catalog(workspace), snapshot, config.input_spec)[rows], snapshot.labels[rows]
    outputs = first_outputs(chapter_named("dead_output").plan.study().runs[0], pixels, range(UNTRAINED_SEEDS))
    gradients: list[FirstGradients] = []
    for depth in DEPTHS:
        plan = chapter_named("vanishing").plan.changed({"depth": [depth], "batch_normalization": [False]})
        plain = plan.study().runs[0].model_dump()
        configs = {name: RunConfig(**{**plain, **changes}) for name, changes in VARIANTS.items()}
        gradients += first_gradients(configs, pixels, labels, range(GRADIENT_SEEDS))
    return outputs, tuple(gradients)


def _made(workspace: Workspace, study: Study) -> dict[str, object]:
    """Return the date, the command and the environment of the results."""
    run = runs_of(workspace, study)[0]
    environment = run.records("begin")[-1]["environment"]
    return {
        "date": time.strftime("%Y-%m-%d", time.localtime(study.created_at)),
        "command": "python -m benchmarks.source_study",
        "photos": sum(Catalog(workspace).usable_counts().values()),
        "image_size": run.config.image_size,
        **{key: environment[key] for key in ("python", "tensorflow", "keras", "numpy", "cpu", "cores")},
    }


if __name__ == "__main__":
    main()
