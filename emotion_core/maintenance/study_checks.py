"""Checks of snapshots, studies and runs: what they are made of, what they name, and whether it is there."""

import json
import zipfile
from functools import partial
from pathlib import Path

from emotion_core.dataset import LABELS, Catalog, load_snapshot
from emotion_core.dataset.snapshots import SNAPSHOT_FILE, is_intact, rescue_snapshot
from emotion_core.documents import document_problem
from emotion_core.errors import DataError, DocumentError, EmotionError, JobError, OtherVersion
from emotion_core.files import is_locked
from emotion_core.formatting import count_text
from emotion_core.jobs import PAUSE, JobFolder
from emotion_core.maintenance.findings import Findings, finding
from emotion_core.maintenance.leftovers import remove
from emotion_core.network.export import KERAS_FILE, LITERT_FILE
from emotion_core.settings import Workspace
from emotion_core.training import Run, Study, list_runs, list_studies, load_study
from emotion_core.training.engine import CHECKPOINT_FILE
from emotion_core.training.store import SCORES_FILE, create_run_folder

# Made from other files when they are needed.
DERIVED = ("training_vectors.npz", "model.onnx")
_RECORDS = "records.jsonl"
_LITERT_MARK = b"TFL3"


def json_problem(path: Path) -> str:
    """Return what is wrong with a JSON file: its syntax, version or checksum; empty if nothing is."""
    problem = document_problem(path)
    return problem.what if problem is not None else ""


def archive_problem(path: Path) -> str:
    """Return what is wrong with a file that is a zip inside, such as a Keras model; empty if nothing is."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (OSError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile):
        damaged = path.name
    return f"The file {path.name} is damaged." if damaged else ""


def snapshot_findings(workspace: Workspace) -> Findings:
    """Yield snapshots that were changed or refer to photos that are gone, and pixel caches that are damaged."""
    for folder in sorted(workspace.snapshots.glob("[!.]*")):
        path = folder / SNAPSHOT_FILE
        try:
            snapshot = load_snapshot(workspace, folder.name)
        except EmotionError as error:
            repair = None if isinstance(error.__cause__, OtherVersion) else partial(_rescue, workspace, folder.name)
            yield finding(workspace, path, "snapshot", str(error), repair)
            continue
        lacking = _lacking(workspace, [item.photo_id for item in snapshot.items])
        if lacking:
            what = f"{count_text(lacking, 'photo')} of the snapshot are neither in the catalog nor deleted by you."
            yield finding(workspace, path, "snapshot", what)
        for cache in sorted(folder.glob("pixels-*.npy")):
            is_busy = cache.with_suffix(".lock").exists() and is_locked(cache.with_suffix(".lock"))
            if not is_busy and not is_intact(cache, len(snapshot.items)):
                what = "The prepared photos are damaged."
                yield finding(workspace, cache, "pixel cache", what, lambda cache=cache: _discard(cache))  # type: ignore[misc]


def _rescue(workspace: Workspace, fingerprint: str) -> str:
    studies = [study for study in list_studies(workspace) if study.snapshot == fingerprint]
    seed = studies[0].config.split_seed if studies else None
    runs = [run for run in list_runs(workspace) if run.snapshot == fingerprint]
    if rescue_snapshot(workspace, fingerprint, filter(None, map(_scored, runs)), seed):
        return "Made again; its fingerprint proves photos, labels and splits. Its time is not proven by anything."
    named = ", ".join(study.study_id for study in studies) or "no study that can be read"
    raise DataError(
        f"Which photos are in which part is lost: neither the catalog nor the scores of a run have it. It belongs to "
        f"{named}, whose runs keep their curves and scores. Restore it from a backup, or start a new study."
    )


def _scored(run: Run) -> list[tuple[str, str, str]] | None:
    """Return photo id, label and split of the photos that a run has scored, or None."""
    try:
        scores = run.checked_scores()
    except DocumentError:
        return None
    if scores is None:
        return None
    labels = [LABELS[label] for label in scores.labels]
    return list(zip(scores.photo_ids, labels, scores.splits, strict=True))


def _lacking(workspace: Workspace, photo_ids: list[str]) -> int:
    try:
        catalog = Catalog(workspace)
    except EmotionError:
        return 0
    missing = catalog.missing(photo_ids)
    statement = "SELECT COUNT(DISTINCT photo_id) FROM deleted WHERE photo_id IN (SELECT value FROM json_each(?))"
    with catalog.connection() as connection:
        return len(missing) - int(connection.execute(statement, (json.dumps(missing),)).fetchone()[0])


def _discard(path: Path) -> str:
    remove(path)
    return "Removed; it is made again when it is needed."


def study_findings(workspace: Workspace) -> Findings:
    """Yield damaged study files, and runs that a study names and that are not there."""
    for path in sorted(workspace.studies.glob("[!.]*.json")):
        try:
            study = load_study(workspace, path.stem)
        except EmotionError as error:
            yield finding(workspace, path, "study", str(error))
            continue
        if not (workspace.snapshots / study.snapshot / SNAPSHOT_FILE).exists():
            yield finding(workspace, path, "study", f"Its snapshot {study.snapshot} is missing.")
        for number, run_id in enumerate(study.run_ids):
            if not (workspace.runs / run_id).is_dir():
                what = "The study names this run, and its folder is missing."
                repair = (
                    None
                    if number >= len(study.config.runs)
                    else (lambda study=study, number=number: _list_again(workspace, study, number))
                )
                yield finding(workspace, workspace.runs / run_id, "study", what, repair)


def _list_again(workspace: Workspace, study: Study, number: int) -> str:
    folder = create_run_folder(workspace, study, study.run_ids[number], study.config.runs[number])
    # The user decides whether it is trained.
    folder.request(PAUSE)
    return "The run is listed again, paused. Resume it to train it, or delete it."


def run_findings(workspace: Workspace) -> Findings:
    """Yield runs with damaged files or missing results, and runs that no study names."""
    studies = {study.study_id: study for study in list_studies(workspace)}
    for folder in JobFolder.all_in(workspace.runs):
        yield from folder_findings(workspace, folder, "run")
        try:
            run = Run(folder)
        except JobError as error:
            yield finding(workspace, folder.path, "run", str(error))
            continue
        study = studies.get(run.study_id)
        if study is None or run.run_id not in study.run_ids:
            # Creating a study writes one before the other, and so does deleting it.
            what = f"The study {run.study_id} of this run is {'damaged or ' * (study is None)}missing, or lacks it."
            if folder.path.is_dir():
                yield finding(workspace, folder.path, "run", f"{what} Delete the run if you do not need it.")
        if run.folder.state().name == "finished":
            yield from _result_findings(workspace, run)


def _result_findings(workspace: Workspace, run: Run) -> Findings:
    try:
        run.checked_scores()
    except DocumentError as error:
        yield finding(workspace, run.path / SCORES_FILE, "run", str(error))
    for name, is_whole in ((KERAS_FILE, _is_archive), (LITERT_FILE, _is_litert)):
        path = run.path / name
        if not path.exists() or not _is_as_written(run, name) or not is_whole(path):
            what = f"The run has finished, and its model is {'damaged' if path.exists() else 'missing'}."
            yield finding(workspace, path, "model", f"{what} Restart the run to train it again.")
    for name in DERIVED:
        path = run.path / name
        if path.exists() and name.endswith(".npz") and not _is_archive(path):
            yield finding(workspace, path, "run", "The file is damaged.", lambda path=path: _discard(path))  # type: ignore[misc]


def _is_as_written(run: Run, name: str) -> bool:
    try:
        run.check_file(name)
    except EmotionError:
        return False
    return True


def _is_archive(path: Path) -> bool:
    return not archive_problem(path)


def _is_litert(path: Path) -> bool:
    """Return whether a file begins as a LiteRT model does."""
    with path.open("rb") as stream:
        return stream.read(8)[4:] == _LITERT_MARK


def folder_findings(workspace: Workspace, folder: JobFolder, kind: str) -> Findings:
    """Yield the files of a job's folder that cannot be read as what they are.

    Args:
        workspace: that the folder is in.
        folder: of a run or another job.
        kind: ``run`` or ``job``.
    """
    for path in sorted(folder.path.glob("*.json*")):
        what = folder.records_problem() if path.name == _RECORDS else json_problem(path)
        # A whole file is replaced while it is read, and a folder deleted.
        if what and path.exists():
            yield finding(workspace, path, kind, what)
    if not (folder.path / "settings.json").exists() and folder.path.is_dir():
        yield finding(workspace, folder.path, kind, "Its settings are missing. Delete it.")
    checkpoint = folder.path / CHECKPOINT_FILE
    if checkpoint.exists() and not _is_archive(checkpoint) and checkpoint.exists():
        what = "The checkpoint is damaged: the run would begin with its first epoch."
        yield finding(workspace, checkpoint, kind, what)
