"""A study: runs on one snapshot, written to disk before the first of them starts."""

import contextlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from emotion_core.dataset import list_snapshots
from emotion_core.disk_space import check_free_space, naming_full_disk
from emotion_core.documents import Unreadable, not_a_record, read_document, write_document
from emotion_core.errors import DocumentError, EmotionError, JobNotFound, JobUnusable
from emotion_core.files import remove_file
from emotion_core.formatting import count_text
from emotion_core.jobs import JobFolder, aside, discard_folders, prepare_folders, prepared_folders, publish_folders
from emotion_core.network import checked
from emotion_core.settings import Workspace
from emotion_core.training.config import RunConfig, StudyConfig
from emotion_core.training.store.listing import read_runs
from emotion_core.training.store.runs import Run

LOCK_FILE = "studies.lock"
_ID = re.compile("[0-9A-Za-z-]+")


@dataclass(frozen=True)
class Study:
    """A study as it was started.

    Attributes:
        study_id: opaque, usable as a file name.
        config: settings of the study and of each run.
        snapshot: fingerprint of the photos and splits that all its runs share.
        run_ids: in the order of ``config.runs``.
        created_at: seconds since 1970.
        first_look: when its comparison of at least two finished runs was first shown, in seconds since 1970; None
            before that.
        first_test: when that comparison first had a p-value: two networks with two finished seeds each; None before.
        added_after_look: ids of the runs with new seeds that were added after the first look.
        added_after_test: ids of those that were added after the first p-value.
    """

    study_id: str
    config: StudyConfig
    snapshot: str
    run_ids: tuple[str, ...]
    created_at: float
    first_look: float | None = None
    first_test: float | None = None
    added_after_look: tuple[str, ...] = ()
    added_after_test: tuple[str, ...] = ()

    @property
    def seeds_added_after_look(self) -> int:
        """Number of seeds that were added after the first look."""
        return self._number_of_seeds(self.added_after_look)

    @property
    def seeds_added_after_test(self) -> int:
        """Number of seeds that were added after a p-value was seen; with any, p-values no longer hold as written."""
        return self._number_of_seeds(self.added_after_test)

    def _number_of_seeds(self, run_ids: Sequence[str]) -> int:
        runs = zip(self.run_ids, self.config.runs, strict=False)
        return len({run.seed for run_id, run in runs if run_id in run_ids})

    @property
    def title(self) -> str:
        """Name for lists, for instance ``controlled · 3 runs · 22 Nov 14:05``."""
        when = time.strftime("%d %b %H:%M:%S", time.localtime(self.created_at))
        return f"{self.config.preset} · {count_text(len(self.run_ids), 'run')} · {when}"

    def file(self, workspace: Workspace) -> Path:
        """Return where the study is kept."""
        return workspace.studies / f"{self.study_id}.json"


def create_study(workspace: Workspace, study: Study) -> None:
    """Create a study with the folders of its queued runs: all of it, or nothing if this fails.

    Args:
        workspace: where they are made.
        study: new.

    Raises:
        DiskFull: the disk is full, or nearly.
        JobError: a folder cannot be made for another reason.
    """
    _create_runs(workspace, study, study.run_ids, study.config.runs)


def _create_runs(workspace: Workspace, study: Study, run_ids: Sequence[str], configs: Sequence[RunConfig]) -> None:
    """Create folders of queued runs, and write the study, which lists them."""
    check_free_space(workspace.root)
    folders = {
        workspace.runs / run_id: _run_settings(study, config) for run_id, config in zip(run_ids, configs, strict=True)
    }
    with naming_full_disk(workspace.root):
        prepare_folders(folders)
        try:
            # The instant at which the runs exist. What is still aside if this process dies appears later.
            save_study(workspace, study)
        except BaseException:
            discard_folders(folders)
            raise
        publish_folders(folders)


def create_run_folder(workspace: Workspace, study: Study, run_id: str, config: RunConfig) -> JobFolder:
    """Create the folder of a queued run again that its study lists and that is missing.

    Args:
        workspace: where it is made.
        study: that lists the run.
        run_id: becomes the folder's name.
        config: settings of the run.

    Raises:
        DiskFull: the disk is full, or nearly.
        JobError: the folder cannot be made for another reason.
    """
    folder = JobFolder(workspace.runs / run_id)
    folder.create(_run_settings(study, config))
    return folder


def _run_settings(study: Study, config: RunConfig) -> dict[str, Any]:
    return {"study": study.study_id, "snapshot": study.snapshot, "config": config.model_dump(mode="json")}


def publish_interrupted_runs(workspace: Workspace) -> None:
    """Let the run folders appear that belong to a study and whose process died before they did.

    Without such folders this reads no file.
    """
    for path in prepared_folders(workspace.runs):
        # A folder without a study is in the making, or was given up.
        with contextlib.suppress(EmotionError, OSError):
            study_id = str(JobFolder(aside(path)).settings().get("study"))
            if path.name in load_study(workspace, study_id).run_ids:
                publish_folders([path])


def add_runs(workspace: Workspace, study: Study, configs: Sequence[RunConfig]) -> list[Run]:
    """Add runs to a study, on its photos, and queue them; the caller starts the queue.

    Runs that are added after the first look at the comparison are marked.

    Args:
        workspace: that holds the study.
        study: that grows by these runs; it is read again.
        configs: settings of the runs, which differ from those of the study in the seed.

    Raises:
        DiskFull: the disk is full, or nearly; none is added.
        JobError: a run's folder cannot be made; none is added.
        JobNotFound: the study has been deleted.
        SettingsError: the study would have more runs than it may have; none is added.
    """
    with FileLock(workspace.root / LOCK_FILE):
        study = load_study(workspace, study.study_id)
        number = 1 + max(map(_number_of, study.run_ids))
        run_ids = tuple(f"{study.study_id}-r{number + position:03d}" for position in range(len(configs)))
        config = checked(StudyConfig, {**dict(study.config), "runs": (*study.config.runs, *configs)})
        after_look = run_ids if study.first_look is not None else ()
        after_test = run_ids if study.first_test is not None else ()
        grown = replace(
            study,
            config=config,
            run_ids=(*study.run_ids, *run_ids),
            added_after_look=(*study.added_after_look, *after_look),
            added_after_test=(*study.added_after_test, *after_test),
        )
        _create_runs(workspace, grown, run_ids, configs)
        return [Run(JobFolder(workspace.runs / run_id)) for run_id in run_ids]


def _number_of(run_id: str) -> int:
    number = run_id.rpartition("-r")[2]
    return int(number) if number.isdecimal() else 0


def remove_run(workspace: Workspace, study: Study, run_id: str) -> None:
    """Remove a run from its study; a study is deleted with its last run.

    Args:
        workspace: that holds the study.
        study: that the run belongs to.
        run_id: of the run, whose folder stays as it is.
    """
    with FileLock(workspace.root / LOCK_FILE):
        study = load_study(workspace, study.study_id)
        kept = [pair for pair in zip(study.run_ids, study.config.runs, strict=True) if pair[0] != run_id]
        if not kept:
            remove_file(study.file(workspace))
            return
        run_ids, runs = zip(*kept, strict=True)
        save_study(workspace, replace(study, config=study.config.model_copy(update={"runs": runs}), run_ids=run_ids))


def load_study(workspace: Workspace, study_id: str) -> Study:
    """Return a stored study.

    Args:
        workspace: that holds the study.
        study_id: as listed.

    Raises:
        JobNotFound: no such study.
        JobUnusable: its file is damaged, or a newer version of this program wrote it.
    """
    path = workspace.studies / f"{study_id}.json"
    # The id becomes a file name, so nothing but letters, digits and dashes is looked for.
    if not study_id.replace("-", "").isalnum() or not path.is_file():
        raise JobNotFound(
            f"There is no such study in this workspace. Expected an id that is listed. Received: study={study_id!r}."
        )
    try:
        return _study_from(path)
    except (DocumentError, OSError) as error:
        raise JobUnusable(f"The study {study_id} cannot be read. {error}") from error


def _study_from(path: Path) -> Study:
    stored = read_document(path)
    try:
        study = Study(
            stored["study_id"],
            checked(StudyConfig, stored["config"]),
            stored["snapshot"],
            tuple(stored["run_ids"]),
            float(stored["created_at"]),
            # Missing in studies of earlier versions: whether they were looked at is unknown.
            stored.get("first_look"),
            stored.get("first_test"),
            tuple(stored.get("added_after_look", ())),
            tuple(stored.get("added_after_test", ())),
        )
        _check(study, path.stem)
        return study
    except (TypeError, KeyError, ValueError, OverflowError, EmotionError) as error:
        raise not_a_record(path.name, error) from error


def _check(study: Study, study_id: str) -> None:
    texts = (study.snapshot, *study.run_ids, *study.added_after_look, *study.added_after_test)
    # Ids become names of folders, which are deleted with the study.
    if study.study_id != study_id or not all(_ID.fullmatch(text) for text in texts):
        raise ValueError("ids of another kind")
    if len(study.run_ids) > len(study.config.runs):
        raise ValueError("more runs than settings")
    for seconds in (study.created_at, study.first_look, study.first_test):
        if seconds is not None:
            time.localtime(seconds)


def list_studies(workspace: Workspace) -> list[Study]:
    """Return every readable study of the workspace, newest first; ``unreadable_studies`` returns the others."""
    return _listed(workspace)[0]


def unreadable_studies(workspace: Workspace) -> list[Unreadable]:
    """Return the studies that are damaged or of a newer version, newest first."""
    return _listed(workspace)[1]


def _listed(workspace: Workspace) -> tuple[list[Study], list[Unreadable]]:
    studies, unreadable = [], []
    for path in sorted(workspace.studies.glob("*.json"), reverse=True):
        # Hidden files are half written, or left behind by a process that was killed.
        if path.name.startswith("."):
            continue
        try:
            studies.append(load_study(workspace, path.stem))
        except JobNotFound:
            continue  # deleted by another process
        except JobUnusable as error:
            unreadable.append(Unreadable.of(path.stem, path, error))
    return studies, unreadable


def runs_of(workspace: Workspace, study: Study) -> list[Run]:
    """Return the study's runs, in its order; ``read_runs`` returns those that cannot be read, too.

    Args:
        workspace: that holds the runs.
        study: whose runs are read.
    """
    return read_runs(workspace, study.run_ids)[0]


def snapshot_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the rows of the table of snapshots, newest first, keyed by column title."""
    titles: dict[str, list[str]] = {}
    for study in list_studies(workspace):
        titles.setdefault(study.snapshot, []).append(study.title)
    return [
        {
            "snapshot": snapshot.fingerprint,
            "frozen": time.strftime("%d %b %H:%M:%S", time.localtime(snapshot.created_at)),
            "photos": len(snapshot.items),
            **{split: f"{n['happy']} + {n['sad']}" for split, n in snapshot.counts().items()},
            "folds": snapshot.folds,
            "near-copy groups": snapshot.clusters,
            "split": "predefined" if snapshot.predefined else "random",
            "split seed": snapshot.seed,
            "studies": "; ".join(titles.get(snapshot.fingerprint, [])),
        }
        for snapshot in list_snapshots(workspace)
    ]


def save_study(workspace: Workspace, study: Study) -> None:
    """Write the study's file, replacing an earlier one.

    Args:
        workspace: that holds the study.
        study: what is written.
    """
    stored = {
        "study_id": study.study_id,
        "config": study.config.model_dump(mode="json"),
        "snapshot": study.snapshot,
        "run_ids": list(study.run_ids),
        "created_at": study.created_at,
        "first_look": study.first_look,
        "first_test": study.first_test,
        "added_after_look": list(study.added_after_look),
        "added_after_test": list(study.added_after_test),
    }
    write_document(study.file(workspace), stored)
