"""Things that the program acknowledges, and what is left of each after a power failure."""

import contextlib
import io
import os
import random
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.failing_disk import Disk, standing_still

PHOTOS, IMPORTED, SIDE_PX = 60, 200, 96
# Half of the copies are made at once, the others within this time: sooner than the system writes by itself.
LATEST_SECONDS = 2.0
PATIENCE_SECONDS = 300
EPOCHS = 2


def wait(moment: Callable[[], Any], what: str) -> Any:
    """Return the first true value of a function, looked at as often as possible."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if value := moment():
            return value
        time.sleep(0.001)
    raise TimeoutError(f"Waited in vain until {what}.")


def pictures(folder: Path, count: int, rng: random.Random) -> Path:
    """Write different pictures into ``happy`` and ``sad`` below a folder, and return it."""
    import numpy as np
    from PIL import Image

    for number in range(count):
        noise = np.frombuffer(rng.randbytes(192), dtype=np.uint8).reshape(8, 8, 3)
        out = io.BytesIO()
        Image.fromarray(noise).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC).save(out, "JPEG", quality=95)
        path = folder / ("happy", "sad")[number % 2] / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(out.getvalue())
    return folder


@dataclass
class Trial:
    """The tools of one kind of trial.

    Attributes:
        disk: that loses its power.
        scratch: a folder elsewhere.
        rng: decides when.
    """

    disk: Disk
    scratch: Path
    rng: random.Random

    def workspace(self) -> Any:
        """Return a new workspace on the disk."""
        from emotion_core.settings import open_workspace

        return open_workspace(self.disk.root / f"ws-{self.rng.getrandbits(48):x}")

    @contextlib.contextmanager
    def failure(self, workspace: Any) -> Iterator[Any]:
        """Let the power fail soon, and yield the workspace as it is afterward."""
        from emotion_core.settings import Workspace

        with standing_still(workspace.root):
            if self.rng.random() < 0.5:
                time.sleep(self.rng.uniform(0, LATEST_SECONDS))
            with self.disk.after_power_failure() as root:
                yield Workspace(root / workspace.root.name)

    def filled(self, count: int) -> Any:
        """Return a new workspace with photos that are certainly on the disk."""
        from emotion_core.collect import import_path
        from emotion_core.dataset import Catalog

        workspace = self.workspace()
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            import_path(Catalog(workspace), pictures(Path(folder), count, self.rng))
        os.sync()
        return workspace


def catalog_of(workspace: Any) -> Any:
    """Return the catalog of a workspace, which may have none."""
    from emotion_core.dataset import Catalog

    workspace.root.mkdir(exist_ok=True)
    return Catalog(workspace)


def try_import(trial: Trial) -> tuple[int, list[str]]:
    """Import photos in the background; the power fails when the progress says that some are added."""
    from emotion_core.collect import ImportRequest, import_progress, start_import
    from emotion_core.dataset import Catalog

    workspace = trial.workspace()
    least = trial.rng.randint(1, IMPORTED)
    # Another process has the catalog open, as a page has: SQLite then leaves its log where it is.
    with tempfile.TemporaryDirectory(dir=trial.scratch) as folder, Catalog(workspace).kept_open():
        job = start_import(workspace, ImportRequest(path=str(pictures(Path(folder), IMPORTED, trial.rng))))

        def added() -> int:
            progress = import_progress(job)
            return progress.added if progress and progress.added >= least else 0

        number = wait(added, "photos were added")
        with trial.failure(workspace) as after:
            photos = catalog_of(after).photos()
            losses = [f"{number - len(photos)} of {number} rows are gone"] * max(number - len(photos), 0)
            losses += [problem for photo in photos if (problem := photo_problem(after, photo))]
        wait(lambda: job.state().ended, "the import ended")
    return number, losses


def photo_problem(workspace: Any, photo: Any) -> str:
    """Return what is wrong with the files of a photo that has a row; empty if nothing is."""
    catalog = catalog_of(workspace)
    path = catalog.photo_path(photo)
    if not path.exists():
        return f"{photo.name}: its file is gone"
    if sha256(path.read_bytes()).hexdigest() != photo.sha256:
        return f"{photo.name}: {path.stat().st_size} bytes that are not its own"
    thumbnail = catalog.thumbnail_path(photo.photo_id)
    return "" if thumbnail.exists() and thumbnail.stat().st_size else f"{photo.name}: its thumbnail is gone"


def try_marks(trial: Trial) -> tuple[int, list[str]]:
    """Mark photos as the page does; the power fails when the answers are there."""
    from emotion_core.dataset import Catalog
    from pages.server.mark_inbox import MarkBatch, MarkInbox

    workspace = trial.filled(PHOTOS)
    catalog, inbox, expected = Catalog(workspace), MarkInbox(), {}
    with Catalog(workspace).kept_open():
        for number, photo_id in enumerate(catalog.photo_ids()[: trial.rng.randint(1, PHOTOS)], start=1):
            status = trial.rng.choice(["kept", "rejected"])
            batch = {"visit": "v", "marks": [{"number": number, "ids": [photo_id], "status": status}]}
            if inbox.take(catalog, MarkBatch(**batch))["seen"] == number:
                expected[photo_id] = status
        with trial.failure(workspace) as after:
            stored = {photo.photo_id: photo.status for photo in catalog_of(after).photos()}
    return len(expected), [f"{one} is not {status}" for one, status in expected.items() if stored.get(one) != status]


def try_deletion(trial: Trial) -> tuple[int, list[str]]:
    """Delete photos; the power fails when that is done, and none may come back."""
    from emotion_core.dataset import Catalog, delete_photos

    workspace = trial.filled(8)
    catalog = Catalog(workspace)
    with Catalog(workspace).kept_open():
        photos = catalog.photos()[:4]
        delete_photos(catalog, [photo.photo_id for photo in photos])
        with trial.failure(workspace) as after:
            there = catalog_of(after)
            listed = set(there.photo_ids())
            losses = [
                f"{photo.photo_id} is there again"
                for photo in photos
                if photo.photo_id in listed or there.photo_path(photo).exists()
            ]
    return len(photos), losses


def try_study(trial: Trial) -> tuple[int, list[str]]:
    """Start a study; the power fails when its id is told."""
    from emotion_core.training import list_runs, list_studies, load_study, start_study

    workspace = trial.filled(24)
    # No run is trained here. Checkouts differ in the file that starts studies.
    with mock.patch.object(sys.modules[start_study.__module__], "start_queue"):
        study = start_study(workspace, tiny_study(trial.rng.randint(2, 20)))
    with trial.failure(workspace) as after:
        known = {found.study_id for found in list_studies(after)}
        if study.study_id not in known:
            return len(study.run_ids), ["the study is gone"] * len(study.run_ids)
        there = {run.run_id for run in list_runs(after)} & set(load_study(after, study.study_id).run_ids)
    return len(study.run_ids), [f"run {run_id} is gone" for run_id in study.run_ids if run_id not in there]


def tiny_study(seeds: int) -> Any:
    """Return a study of networks that train within a second."""
    from emotion_core.training import RunConfig, StudyConfig

    settings = {"image_size": 16, "filters": (2,), "kernel_size": 3, "dense_units": (2,), "epochs": EPOCHS}
    return StudyConfig(runs=tuple(RunConfig(**settings, seed=seed) for seed in range(seeds)))


def try_runs(trial: Trial, repeats: int) -> Iterator[tuple[int, list[str]]]:
    """Train runs one after the other; the power fails whenever one has finished."""
    from emotion_core.training import delete_study, find_run, start_study
    from emotion_core.training.queue import set_runs_at_once

    workspace = trial.filled(24)
    set_runs_at_once(workspace, 1)
    done = 0
    while done < repeats:
        study = start_study(workspace, tiny_study(min(repeats - done, 20)))
        for run_id in study.run_ids:
            path = workspace.runs / run_id / "status.json"
            wait(path.exists, "the run ended")
            state = find_run(workspace, run_id).state
            with trial.failure(workspace) as after:
                yield 1, [problem for problem in [run_problem(after, run_id, state.name)] if problem]
        done += len(study.run_ids)
        delete_study(workspace, study)


def run_problem(workspace: Any, run_id: str, state: str) -> str:
    """Return what is wrong with a run that was told as finished; empty if nothing is."""
    from emotion_core.errors import EmotionError
    from emotion_core.training import find_run

    try:
        run = find_run(workspace, run_id)
        scores = run.scores()
    except EmotionError as error:
        return f"{run_id}: {error}"
    if run.state.name != state:
        return f"{run_id} is {run.state.name}, not {state}: {run.state.message}"
    if scores is None or len(scores.photo_ids) != 24:
        return f"{run_id} has no scores"
    if len(run.epochs) != EPOCHS:
        return f"{run_id} has {len(run.epochs)} of {EPOCHS} epochs"
    if not zipfile.is_zipfile(run.path / "model.keras") or not (run.path / "model.tflite").stat().st_size:
        return f"{run_id} has no network"
    return ""
