"""Power failures: ``python -m benchmarks.power_loss [--repeats 50] [--kinds import,marks,...] [--project DIR]``.

A workspace lies on an ext4 image that is mounted through a loop device. At the instant at which an acknowledgement is
read (the progress of an import, the answer to marks or to a deletion, a new study, a finished run), the image is copied
as the block device has it, without the writes that the operating system still holds in memory. The copy is mounted,
which replays its journal as after a power failure, and everything that was acknowledged is looked for in it.

Needs root, because it mounts. ``--project`` measures another checkout of this project, for instance an older one.
"""

import argparse
import contextlib
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest import mock

IMAGE_MB = 1500
PHOTOS, IMPORTED, SIDE_PX = 60, 200, 96
KINDS = ("import", "marks", "deletion", "study", "run")
# Half of the copies are made at once, the others within this time: sooner than the system writes by itself.
LATEST_SECONDS = 2.0
PATIENCE_SECONDS = 300
EPOCHS = 2


@dataclass
class Tally:
    """What became of acknowledged things.

    Attributes:
        acknowledged: number of photos, marks, deletions, runs.
        lost: those that were not there, or not whole, after the power failure.
        failures: power failures.
        bad_failures: those with a loss.
        examples: sentences about the first losses.
    """

    acknowledged: int = 0
    lost: int = 0
    failures: int = 0
    bad_failures: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, acknowledged: int, losses: list[str]) -> None:
        """Count one power failure.

        Args:
            acknowledged: number of things that were acknowledged before it.
            losses: a sentence for each that was lost.
        """
        self.acknowledged += acknowledged
        self.lost += len(losses)
        self.failures += 1
        self.bad_failures += bool(losses)
        self.examples = [*self.examples, *losses][:3]


class Disk:
    """An ext4 file system in an image file, mounted.

    Args:
        folder: for the image, its copy and the places where they are mounted.
    """

    def __init__(self, folder: Path) -> None:
        self._image, self._copy = folder / "disk.img", folder / "copy.img"
        self.root, self._copy_root = folder / "disk", folder / "copy"
        self.root.mkdir()
        self._copy_root.mkdir()
        with self._image.open("wb") as stream:
            stream.truncate(IMAGE_MB * 2**20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self._image)], check=True)
        mount(self._image, self.root)
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
        device = next(device for device, place, *_ in mounts if place == str(self.root))
        self._statistics = Path("/sys/block") / Path(device).name / "stat"

    def close(self) -> None:
        """Unmount."""
        unmount(self.root)

    @contextlib.contextmanager
    def after_power_failure(self) -> Iterator[Path]:
        """Yield the mounted copy of the file system as it would be if the power had failed now."""
        while True:
            before = self._written()
            subprocess.run(["cp", "--sparse=always", str(self._image), str(self._copy)], check=True)
            # Another write during the copy would mix two instants.
            if self._written() == before:
                break
        mount(self._copy, self._copy_root)
        try:
            yield self._copy_root
        finally:
            unmount(self._copy_root)
            self._copy.unlink()

    def _written(self) -> list[str]:
        # Completed writes and sectors, and requests in flight (Documentation/block/stat.rst).
        fields = self._statistics.read_text().split()
        return [fields[4], fields[6], fields[8]]


def mount(image: Path, folder: Path) -> None:
    """Mount an image file on a folder."""
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)


def unmount(folder: Path) -> None:
    """Unmount a folder; processes that have just been killed may hold it for a moment."""
    for _ in range(50):
        if subprocess.run(["umount", str(folder)], stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.2)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def standing_still(root: Path) -> Iterator[None]:
    """Stop the processes that work in a folder for a moment, as a power failure would, and let them go on."""
    import psutil

    found = [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.pid != os.getpid() and any(str(root) in word for word in process.info["cmdline"] or ())
    ]
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)


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
    # No run is trained here.
    with mock.patch("emotion_core.training.control.start_queue"):
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


def measure(kind: str, trial: Trial, repeats: int) -> Tally:
    """Let the power fail again and again.

    Args:
        kind: one of ``KINDS``.
        trial: its tools.
        repeats: number of power failures.
    """
    tally = Tally()
    if kind == "run":
        for acknowledged, losses in try_runs(trial, repeats):
            tally.add(acknowledged, losses)
        return tally
    attempt = {"import": try_import, "marks": try_marks, "deletion": try_deletion, "study": try_study}[kind]
    for _ in range(repeats):
        tally.add(*attempt(trial))
        for folder in trial.disk.root.glob("ws-*"):
            shutil.rmtree(folder, ignore_errors=True)
    return tally


def main() -> int:
    """Print what was lost, and return 1 if anything was, 2 without the rights to mount."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--repeats", type=int, default=50, help="power failures of each kind")
    arguments.add_argument("--kinds", default=",".join(KINDS), help="what is acknowledged before them")
    arguments.add_argument("--seed", type=int, default=0, help="of the moments")
    arguments.add_argument("--project", type=Path, help="another checkout to measure")
    options = arguments.parse_args()
    if options.project is not None:
        rest = ["--repeats", str(options.repeats), "--kinds", options.kinds, "--seed", str(options.seed)]
        environment = {**os.environ, "PYTHONPATH": str(options.project.absolute())}
        return subprocess.run([sys.executable, __file__, *rest], env=environment, cwd=options.project).returncode
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        print("This benchmark mounts a file system. Run it as root on Linux.", file=sys.stderr)
        return 2
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / "scratch"
        scratch.mkdir()
        try:
            disk = Disk(Path(folder))
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"No ext4 image can be mounted here: {error}", file=sys.stderr)
            return 2
        try:
            for kind in options.kinds.split(","):
                began = time.monotonic()
                tally = measure(kind, Trial(disk, scratch, random.Random(options.seed)), options.repeats)
                lost += tally.lost
                print(
                    f"{kind}: {tally.lost} of {tally.acknowledged} lost, in {tally.bad_failures} of {tally.failures} "
                    f"power failures; {time.monotonic() - began:.0f} s",
                    *tally.examples,
                    sep="\n  ",
                    flush=True,
                )
        finally:
            end_processes(disk.root)
            disk.close()
    return int(lost > 0)


def end_processes(root: Path) -> None:
    """Kill what still works in a folder, such as a standby worker."""
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        if process.pid != os.getpid() and any(str(root) in word for word in process.info["cmdline"] or ()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


if __name__ == "__main__":
    sys.exit(main())
