"""What changed bytes do to a workspace: python -m benchmarks.damage WORKSPACE [--trials 500] [--seed 0].

Damages a copy of a small finished workspace, one file at a time, and asks everything that the command line and the
pages answer. Each kind of file is tried equally often, however many files of it there are. A change is one of a bit, a
digit, a byte, a cut end, or another valid JSON. A trial is

- ``same``: the answers are those of the undamaged workspace;
- ``told``: an answer differs, and an error or a list of problems names the damage, and so does ``check``; or what
  changed is made again from other files;
- ``silent``: an answer differs, and nothing says why, or ``check`` finds nothing;
- ``uncaught``: an exception that is no ``EmotionError``, which a user sees as a traceback.

The last two must be 0 for changed bits, digits, bytes and cut ends. Whole files in place of others (``json``) must not
be uncaught; a file of version 0 has no checksum and may be silent.
"""

import argparse
import json
import re
import shutil
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from emotion_core.command_line import parser
from emotion_core.dataset import Catalog, list_snapshots, unreadable_snapshots
from emotion_core.dataset.catalog import is_thumbnail_of
from emotion_core.errors import EmotionError
from emotion_core.jobs import JobFolder, unreadable_jobs
from emotion_core.maintenance import check_workspace
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import list_runs, list_studies
from emotion_core.training.cost import calibration, unreadable_calibration
from emotion_core.training.store import interruption_messages, unreadable_studies

KINDS = ("bit", "digit", "byte", "cut", "json")
OTHER_JSON: tuple[Any, ...] = ([], {}, 7, None, "x", [[1]], {"a": {"b": [None]}}, 1e300, {"event": "epoch"}, [{}])
# Nothing in them is an answer: locks, logs, and what only a living process means.
NO_ANSWER = (".lock", ".log", "log.txt", "heartbeat", "process.json", "-shm", "-wal", "best.weights.h5")
# Values that a reader replaces or recomputes, without any loss.
MADE_AGAIN = (
    "pixels-",
    "near_copies.npz",
    "training_vectors.npz",
    "model.onnx",
    "calibration.json",
    "epoch_times.json",
    "thumbnails/",
)
WORDS = ("damaged", "newer version", "missing", "cannot be", "impossible", "changed after")


class Trial(NamedTuple):
    """One damaged file and what came of it.

    Attributes:
        path: of the file, below the workspace.
        kind: of the change.
        outcome: ``same``, ``told``, ``silent`` or ``uncaught``.
        detail: the verb with another answer, or the exception.
    """

    path: str
    kind: str
    outcome: str
    detail: str = ""


def main() -> None:
    """Run the trials and count their outcomes."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("workspace", type=Path)
    options.add_argument("--trials", type=int, default=500)
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        for trial in trials(asked.workspace, Path(scratch) / "copy", asked.trials, asked.seed, written=True):
            counts[trial.kind, trial.outcome] += 1
            if trial.outcome in ("silent", "uncaught"):
                print(f"{trial.outcome}: {trial.kind} of {trial.path}: {trial.detail}", flush=True)
    for kind in KINDS:
        print(kind, {outcome: count for (of_kind, outcome), count in sorted(counts.items()) if of_kind == kind})


def trials(source: Path, copy: Path, count: int, seed: int, *, written: bool = False) -> Iterator[Trial]:
    """Yield the outcome of damaging one file after another; each is restored afterward.

    Args:
        source: a workspace in which nothing is under way; it stays as it is.
        copy: folder that does not exist yet.
        count: number of trials.
        seed: of the choice of files, changes and positions.
        written: whether reports and exports are answers, too. They take several seconds per trial.
    """
    shutil.copytree(source, copy)
    # The first look at a comparison is recorded in the study, and pixels are kept: only the second answers last.
    [photo, *_] = sorted(path for path in (source / "photos").rglob("*") if path.is_file())
    # Connections to the catalog are closed between questions, which leaves no log beside it.
    answers(copy, photo, written=written)
    before, rng = answers(copy, photo, written=written), np.random.default_rng(seed)
    broken = {name: answer for name, answer in before.items() if isinstance(answer, Failure)}
    if broken:
        raise SystemExit(f"The workspace is damaged already: {broken}")
    pristine = copy.with_name("pristine")
    shutil.copytree(copy, pristine)
    files = _files_by_kind(copy)
    for number in range(count):
        of_kind, kind = files[int(rng.integers(len(files)))], KINDS[number % len(KINDS)]
        path = of_kind[int(rng.integers(len(of_kind)))]
        whole = path.read_bytes()
        changed = damaged(whole, path, kind, rng)
        if changed == whole:
            continue
        path.chmod(0o644)
        # As a failing disk would: the file keeps its inode, but its time is new so that no cache hides the change.
        path.write_bytes(changed)
        name = path.relative_to(copy).as_posix()
        yield Trial(name, kind, *_outcome(before, answers(copy, photo, written=written), name))
        path.write_bytes(whole)
        _restore(pristine, copy)


def _restore(pristine: Path, copy: Path) -> None:
    """Undo what the readers did about the damage, such as making a file again."""
    for path in [path for path in copy.rglob("*") if path.is_file()]:
        if not (pristine / path.relative_to(copy)).exists():
            path.unlink()
    for path in [path for path in pristine.rglob("*") if path.is_file()]:
        kept = copy / path.relative_to(pristine)
        if not kept.exists() or kept.read_bytes() != path.read_bytes():
            kept.unlink(missing_ok=True)
            shutil.copy(path, kept)
        # A network that is newer than its ONNX file would be exported again, in other bytes.
        shutil.copystat(path, kept)


def _files_by_kind(root: Path) -> list[list[Path]]:
    """Return the files that are read back, by their folder's kind and their name; photos are one kind, and so on."""
    kinds: dict[tuple[str, str], list[Path]] = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and _is_tried(path, root):
            folder, *_ = path.relative_to(root).parts
            is_named_alike = folder in ("runs", "jobs", "snapshots") or path.parent == root
            kinds.setdefault((folder, path.name if is_named_alike else ""), []).append(path)
    return list(kinds.values())


def _is_tried(path: Path, root: Path) -> bool:
    name = path.relative_to(root).as_posix()
    return not name.endswith(NO_ANSWER) and "/tensorboard/" not in name and path.stat().st_size > 0


def damaged(data: bytes, path: Path, kind: str, rng: np.random.Generator) -> bytes:
    """Return the content of a file with one change.

    Args:
        data: what was written.
        path: of the file; lines of records are replaced one by one.
        kind: one of ``KINDS``.
        rng: chooses the place.
    """
    place, changed = int(rng.integers(len(data))), bytearray(data)
    if kind == "bit":
        changed[place] ^= 1 << int(rng.integers(8))
    elif kind == "byte":
        changed[place] = int(rng.integers(256))
    elif kind == "cut":
        del changed[place:]
    elif kind == "digit":
        digits = [at for at, byte in enumerate(data) if byte in b"0123456789"]
        if digits:
            changed[digits[int(rng.integers(len(digits)))]] = int(rng.choice(list(b"0123456789")))
    else:
        other = json.dumps(OTHER_JSON[int(rng.integers(len(OTHER_JSON)))]).encode()
        lines = data.split(b"\n")
        if path.suffix == ".jsonl":
            lines[int(rng.integers(len(lines) - 1))] = other
        return b"\n".join(lines) if path.suffix == ".jsonl" else other
    return bytes(changed)


class Failure(NamedTuple):
    """An answer that is an exception.

    Attributes:
        is_told: whether it was raised on purpose, with a sentence for the user.
        text: its sentence, or its type and message.
    """

    is_told: bool
    text: str


def _newest_network(root: Path) -> str:
    """Return the id of the newest run that has a network file, damaged or not."""
    return max(path.parent.name for path in (root / "runs").glob("*/model.tflite"))


def answers(root: Path, photo: Path, *, written: bool = False) -> dict[str, Any]:
    """Return what the verbs and the pages' readers answer for a workspace, by name; exceptions are answers.

    Args:
        root: folder of the workspace.
        photo: a file to predict for, which is not damaged.
        written: whether to ask for reports and exports, too.
    """
    workspace = open_workspace(root)
    questions: dict[str, Callable[[], Any]] = {
        "photos": lambda: _verb(workspace, "photos"),
        "counts": lambda: Catalog(workspace).counts(),
        "runs": lambda: _verb(workspace, "runs"),
        "queue": lambda: _verb(workspace, "queue"),
        # Named: the starter may answer in place of the champion, and is no part of the workspace.
        "predict": lambda: _verb(workspace, "predict", str(photo), "--run", _newest_network(root)),
        "studies": lambda: [*map(str, list_studies(workspace)), *unreadable_studies(workspace)],
        "snapshots": lambda: [*map(str, list_snapshots(workspace)), *unreadable_snapshots(workspace)],
        "jobs": lambda: _jobs(workspace),
        "histories": lambda: [(str(run.history), interruption_messages(run)) for run in list_runs(workspace)],
    }
    questions |= {
        "pixels": lambda: _pixels(workspace),
        "rows": lambda: [*map(str, Catalog(workspace).damaged_rows())],
        "sources": lambda: (Catalog(workspace).sources(), Catalog(workspace).usable_groups()),
        "thumbnails": lambda: _thumbnails(workspace),
        "calibration": lambda: [str(calibration(workspace)), *map(str, unreadable_calibration(workspace))],
    }
    for study in sorted(path.stem for path in (root / "studies").glob("*.json")):
        questions[f"compare {study}"] = partial(_verb, workspace, "compare", study)
        if written:
            questions[f"report {study}"] = partial(_report, workspace, study)
    for run in sorted(path.name for path in (root / "runs").glob("[!.]*")):
        if written and (root / "runs" / run / "scores.json").exists():
            questions[f"export {run}"] = partial(_export, workspace, run)
    questions["check"] = lambda: [vars(problem) for problem in check_workspace(workspace).problems]
    return {name: _answer(question) for name, question in questions.items()}


def _pixels(workspace: Workspace) -> list[int]:
    catalog = Catalog(workspace)
    return [zlib.crc32(catalog.read(photo).tobytes()) for photo in catalog.photos()]


def _thumbnails(workspace: Workspace) -> list[bool]:
    catalog = Catalog(workspace)
    return [
        is_thumbnail_of(catalog.thumbnail_path(photo.photo_id), catalog.photo_path(photo), photo.photo_id)
        for photo in catalog.photos()
    ]


def _report(workspace: Workspace, study: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        _verb(workspace, "report", study, str(file))
        # Plotly names each figure at random, and the report says when it was written.
        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d\d:\d\d", "", file.read_text(encoding="utf8"))
        return zlib.crc32(text.encode())


def _export(workspace: Workspace, run: str) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "export"
        _verb(workspace, "export", run, str(target))
        return {path.name: zlib.crc32(path.read_bytes()) for path in sorted(target.iterdir())}


def _answer(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except EmotionError as error:
        return Failure(True, str(error))
    except Exception as error:
        return Failure(False, f"{type(error).__name__}: {error}")


def _verb(workspace: Workspace, *words: str) -> Any:
    options = parser().parse_args([*words, "--json"])
    return json.loads(json.dumps(options.action(workspace, options)))


def _jobs(workspace: Workspace) -> list[Any]:
    jobs: list[Any] = list(unreadable_jobs(workspace.jobs, records=True))
    for job in JobFolder.all_in(workspace.jobs):
        jobs += [job.id, job.state(), job.records()]
    return jobs


def _outcome(before: dict[str, Any], after: dict[str, Any], name: str) -> tuple[str, str]:
    """Return the outcome of a trial, and what it rests on."""
    failures = [f"{key}: {answer.text}" for key, answer in after.items() if isinstance(answer, Failure)]
    unexpected = [answer for answer in after.values() if isinstance(answer, Failure) and not answer.is_told]
    if unexpected:
        return "uncaught", unexpected[0].text
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    differing = changed - {"check", "rows", "thumbnails"}
    if not differing:
        return ("told", "check") if changed else ("same", "")
    if any(part in name for part in MADE_AGAIN):
        return "told", "made again"
    if before["check"] == after["check"]:
        return "silent", f"check finds nothing, but another answer to {', '.join(sorted(differing))}"
    # Not by `check` alone, which few run before they read.
    asked = {key: answer for key, answer in after.items() if key not in ("check", "rows", "thumbnails")}
    told = any(word in text for text in (*failures, str(asked)) for word in WORDS if word not in str(before))
    return ("told" if told else "silent"), ", ".join(sorted(differing))


if __name__ == "__main__":
    main()
