"""Data larger than memory: ``python -m benchmarks.large_data FOLDER [--photos 100000]``.

Draws photos into FOLDER/photos, adds them to the workspace FOLDER/workspace and searches for near copies; a second call
reuses all of that. Then measures the time to freeze and load a snapshot, the CPU time to redraw each page when two
networks were trained on all photos, and the peak memory and time per photo of a worker that trains on all photos,
against one that trains on 480 of them. Promised: a page under .5 s, the web process under 400 MB, less than 100 MB more
for the worker.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from emotion_core.dataset import (
    LABELS,
    Catalog,
    Origin,
    PhotoBatch,
    find_duplicates,
    freeze,
    load_snapshot,
    snapshot_pixels,
)
from emotion_core.images import InputSpec
from emotion_core.jobs import JobFolder, new_id
from emotion_core.settings import WORKSPACE_VARIABLE, open_workspace
from emotion_core.training import RunConfig, StudyConfig, list_runs, list_studies, start_study
from emotion_core.training.queue import WORKER_MODULE

ROOT = Path(__file__).resolve().parents[1]
FEW = 480
PAGES = ("start/home", "data/review", "data/collect", "study/configure", "study/train", "study/compare", "use/predict")
SMALL = RunConfig(image_size=64, filters=(8,), kernel_size=3, dense_units=(8,), epochs=2, batch_size=64)
SIDES_PX = (64, 96)
COPIES_EVERY = 50  # one photo in 50 is the one before it, smaller and saved again
QUALITY, COPY_QUALITY = 88, 70
CHUNK = 500


def _draw_photos(folder: Path, count: int) -> None:
    """Draw photos into ``happy/`` and ``sad/``, each determined by its number; existing ones are kept."""
    for label in LABELS:
        (folder / label).mkdir(parents=True, exist_ok=True)
    _in_chunks(partial(_draw_some, folder), range(count))


def _in_chunks(work: Callable[[Sequence[Any]], None], items: Sequence[Any]) -> None:
    with ProcessPoolExecutor() as pool:
        list(pool.map(work, [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]))


def _draw_some(folder: Path, numbers: Sequence[int]) -> None:
    for number in numbers:
        path = folder / LABELS[number // 2 % 2] / f"{number:06d}.jpg"
        if path.exists():
            continue
        if number % COPIES_EVERY == COPIES_EVERY - 1:
            face = _draw_face(number - 1)
            face.resize((face.width * 7 // 8, face.height * 7 // 8)).save(path, "JPEG", quality=COPY_QUALITY)
        else:
            _draw_face(number).save(path, "JPEG", quality=QUALITY)


def _draw_face(number: int) -> Image.Image:
    """Return a happy or sad face on a background of soft colors, different for each number."""
    rng = np.random.default_rng(number)
    width, height = rng.integers(SIDES_PX[0], SIDES_PX[1] + 1, 2).tolist()
    colours = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    image = colours.resize((width, height), Image.Resampling.BICUBIC)
    x, y = rng.uniform(0.35, 0.65) * width, rng.uniform(0.4, 0.6) * height
    unit = rng.uniform(0.2, 0.35) * min(width, height)
    skin, ink = (tuple(rng.integers(low, low + 120, 3).tolist()) for low in (136, 0))
    pencil = ImageDraw.Draw(image)
    pencil.ellipse((x - unit, y - unit, x + unit, y + unit), fill=skin)
    for eye in (x - 0.4 * unit, x + 0.4 * unit):
        pencil.ellipse((eye - 0.1 * unit, y - 0.4 * unit, eye + 0.1 * unit, y - 0.2 * unit), fill=ink)
    happy = number // 2 % 2 == 0
    top = y + (-0.3 if happy else 0.2) * unit
    ends = (20, 160) if happy else (200, 340)
    pencil.arc((x - 0.5 * unit, top, x + 0.5 * unit, top + 0.9 * unit), *ends, fill=ink, width=max(1, int(unit / 8)))
    return image


def _add_photos(root: Path, photos: Path) -> None:
    """Add the photos to the catalog of a workspace, with made-up faces in place of a detection."""
    catalog = Catalog(open_workspace(root))
    known = catalog.offered_names("happy") | catalog.offered_names("sad")
    paths = [path for path in sorted(photos.glob("*/*.jpg"), key=lambda path: path.name) if path.name not in known]
    _in_chunks(partial(_add_some, root), paths)
    rows = [(photo_id, json.dumps([[0.3, 0.3, 0.4, 0.4, 0.9]])) for photo_id in catalog.photo_ids()]
    with catalog.connection() as connection:
        connection.executemany(
            "INSERT OR IGNORE INTO faces (photo_id, boxes, found_at, detector) VALUES (?, ?, 0, '')", rows
        )


def _add_some(root: Path, paths: Sequence[Path]) -> None:
    catalog = Catalog(open_workspace(root))
    with catalog.kept_open(), PhotoBatch(catalog) as batch:
        for path in paths:
            photo = catalog.prepare(path.read_bytes(), label=path.parent.name, origin=Origin(path.name))
            batch.put(photo, lambda addition: None)
            batch.commit_if_due()


def _add_few(root: Path, photos: Path) -> None:
    """Fill a workspace with the first 480 photos."""
    catalog = Catalog(open_workspace(root))
    if not catalog.photo_ids():
        _add_some(root, sorted(photos.glob("*/*.jpg"), key=lambda path: path.name)[:FEW])


def _measure_catalog(root: Path) -> None:
    """Print the time of each step that prepares a study's photos for training."""
    workspace = open_workspace(root)
    catalog = Catalog(workspace)
    snapshot = _timed("freeze", lambda: freeze(catalog))
    _timed("load the snapshot, first", lambda: load_snapshot(workspace, snapshot.fingerprint))
    _timed("load the snapshot, again", lambda: load_snapshot(workspace, snapshot.fingerprint))
    _timed("known near copies and conflicts", lambda: find_duplicates(catalog, only_known=True))
    _timed("pixels at 64 px, decoded where they are not yet", lambda: snapshot_pixels(catalog, snapshot, InputSpec(64)))
    _timed("pixels at 64 px, checked", lambda: snapshot_pixels(catalog, snapshot, InputSpec(64)))


def _timed(name: str, work: Callable[[], Any]) -> Any:
    began, used = time.perf_counter(), time.process_time()
    result = work()
    print(f"{name}: {time.process_time() - used:.2f} s of processor, {time.perf_counter() - began:.2f} s", flush=True)
    return result


def _train_two(root: Path) -> None:
    """Train two networks on all photos, once, whose scores Home, Compare and Predict will read."""
    workspace = open_workspace(root)
    if not list_studies(workspace):
        networks = [SMALL.model_copy(update={"hidden_activation": name, "epochs": 1}) for name in ("relu", "tanh")]
        start_study(workspace, StudyConfig(runs=tuple(networks)))
    while any(run.state.active for run in list_runs(workspace)):
        time.sleep(1)


def _measure_pages(root: Path) -> None:
    """Print the CPU time to redraw each page, and the memory of a process that has drawn them all."""
    os.environ[WORKSPACE_VARIABLE] = str(root)
    for page in PAGES:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600).run()
        at.switch_page(f"pages/{page}.py").run()
        began = time.process_time()
        at.run()
        if at.exception:
            sys.exit(f"{page} failed: {at.exception[0].message}")
        print(f"{page}: {time.process_time() - began:.2f} s of processor, once more", flush=True)
    print(f"memory of the process that drew the pages: {psutil.Process().memory_info().rss / 1e6:.0f} MB", flush=True)


def _measure_worker(root: Path) -> None:
    """Train for two epochs in a worker process, and print its peak memory and its time per photo."""
    workspace = open_workspace(root)
    snapshot = freeze(Catalog(workspace))
    folder = JobFolder(workspace.runs / new_id())
    folder.create({"study": "none", "snapshot": snapshot.fingerprint, "config": SMALL.model_dump(mode="json")})
    folder.start_attempt()
    child = subprocess.Popen([sys.executable, "-m", WORKER_MODULE, str(folder.path), "1"], cwd=ROOT)
    peak_kb = 0
    while child.poll() is None:
        # The kernel's record of the peak resident memory, including mapped pages.
        with suppress(OSError):
            lines = Path(f"/proc/{child.pid}/status").read_text().splitlines()
            peak_kb = max([peak_kb, *(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))])
        time.sleep(0.2)
    n, seconds = len(snapshot.items), folder.records("epoch")[-1]["seconds"]
    print(f"{n:,} photos: peak memory {peak_kb * 1.024e-3:.0f} MB, {seconds / n * 1e6:.0f} us per photo and epoch")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--photos", type=int, default=100_000)
    asked = options.parse_args()
    photos, workspace = asked.folder / "photos", asked.folder / "workspace"
    _timed(f"{asked.photos:,} photos drawn", lambda: _draw_photos(photos, asked.photos))
    _timed("taken in", lambda: _add_photos(workspace, photos))
    _timed("near copies", lambda: find_duplicates(Catalog(open_workspace(workspace))))
    _add_few(asked.folder / "few", photos)
    _measure_catalog(workspace)
    _train_two(workspace)
    _measure_pages(workspace)
    for root in (asked.folder / "few", workspace):
        _measure_worker(root)
