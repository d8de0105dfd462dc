"""A study: runs on one snapshot, written to disk before the first of them starts."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from emotion_core.dataset import list_snapshots
from emotion_core.errors import EmotionError, JobNotFound
from emotion_core.files import read_json, write_json
from emotion_core.formatting import count_text
from emotion_core.jobs import JobFolder
from emotion_core.network import checked
from emotion_core.settings import Workspace
from emotion_core.training.config import RunConfig, StudyConfig
from emotion_core.training.store.runs import Run

LOCK_FILE = "studies.lock"
# One finished network shows no difference that could make a user add seeds.
FEWEST_RUNS_OF_A_LOOK = 2


@dataclass(frozen=True)
class Study:
    """A study as it was started.

    Attributes:
        study_id: opaque, usable as a file name.
        config: settings of the study and of each run.
        snapshot: fingerprint of the photos and splits that all its runs share.
        run_ids: in the order of ``config.runs``.
        created_at: seconds since 1970.
        first_look: when its comparison was first shown with at least two finished runs, in seconds since 1970; None
            before that.
        added_after_look: ids of the runs with new seeds that were added after the first look.
    """

    study_id: str
    config: StudyConfig
    snapshot: str
    run_ids: tuple[str, ...]
    created_at: float
    first_look: float | None = None
    added_after_look: tuple[str, ...] = ()

    @property
    def seeds_added_after_look(self) -> int:
        """Number of seeds that were added after the first look; with any, its p-values no longer hold as written."""
        added = set(self.added_after_look)
        runs = zip(self.run_ids, self.config.runs, strict=False)
        return len({run.seed for run_id, run in runs if run_id in added})

    @property
    def title(self) -> str:
        """Name for lists, for instance ``controlled · 3 runs · 22 Nov 14:05``."""
        when = time.strftime("%d %b %H:%M:%S", time.localtime(self.created_at))
        return f"{self.config.preset} · {count_text(len(self.run_ids), 'run')} · {when}"

    def file(self, workspace: Workspace) -> Path:
        """Return where the study is kept."""
        return workspace.studies / f"{self.study_id}.json"


def create_run_folder(workspace: Workspace, study: Study, run_id: str, config: RunConfig) -> JobFolder:
    """Create the folder of a queued run of a study.

    Args:
        workspace: where the folder is made.
        study: that the run belongs to.
        run_id: becomes the folder's name.
        config: settings of the run.

    Raises:
        JobError: the folder cannot be made.
    """
    folder = JobFolder(workspace.runs / run_id)
    settings = {"study": study.study_id, "snapshot": study.snapshot, "config": config.model_dump(mode="json")}
    folder.create(settings)
    return folder


def add_runs(workspace: Workspace, study: Study, configs: Sequence[RunConfig]) -> list[Run]:
    """Add runs to a study, on its photos, and queue them; the caller starts the queue.

    Runs that are added after the first look at the comparison are marked: whoever trains more seeds until a difference
    is significant finds one sooner or later.

    Args:
        workspace: that holds the study.
        study: that grows by these runs; it is read again.
        configs: settings of the runs, which differ from those of the study in the seed.

    Raises:
        JobError: a run's folder cannot be made.
        JobNotFound: the study has been deleted.
        SettingsError: the study would have more runs than it may have; none is added.
    """
    with FileLock(workspace.root / LOCK_FILE):
        study = load_study(workspace, study.study_id)
        number = 1 + max(int(run_id.rpartition("-r")[2]) for run_id in study.run_ids)
        run_ids = tuple(f"{study.study_id}-r{number + position:03d}" for position in range(len(configs)))
        config = checked(StudyConfig, {**dict(study.config), "runs": (*study.config.runs, *configs)})
        looked_at = run_ids if study.first_look is not None else ()
        save_study(
            workspace,
            replace(
                study,
                config=config,
                run_ids=(*study.run_ids, *run_ids),
                added_after_look=(*study.added_after_look, *looked_at),
            ),
        )
        pairs = zip(run_ids, configs, strict=True)
        return [Run(create_run_folder(workspace, study, run_id, config)) for run_id, config in pairs]


def merged_study(studies: Sequence[Study]) -> Study:
    """Return the first study with the runs of all of them.

    A run counts as added after a look where it was, and where its study was started after another one with the same
    network had been looked at.

    Args:
        studies: one or more on the same photos.
    """
    config = studies[0].config.model_copy(update={"runs": tuple(run for study in studies for run in study.config.runs)})
    return replace(
        studies[0],
        config=config,
        run_ids=tuple(dict.fromkeys(run_id for study in studies for run_id in study.run_ids)),
        added_after_look=tuple(run_id for study in studies for run_id in _added_after_look(study, studies)),
    )


def _added_after_look(study: Study, studies: Sequence[Study]) -> tuple[str, ...]:
    seen = {
        run.network_settings
        for other in studies
        if other.first_look is not None and other.first_look < study.created_at
        for run in other.config.runs
    }
    pairs = zip(study.run_ids, study.config.runs, strict=True)
    return tuple(run_id for run_id, run in pairs if run_id in study.added_after_look or run.network_settings in seen)


def record_look(workspace: Workspace, study: Study, finished_runs: int) -> None:
    """Record that the comparison of a study has been shown, unless it was before; one finished run shows nothing.

    Args:
        workspace: that holds the study.
        study: whose comparison is shown.
        finished_runs: number of its runs that are compared.
    """
    if study.first_look is not None or finished_runs < FEWEST_RUNS_OF_A_LOOK:
        return
    # A deleted study and a workspace that cannot be written, such as a backup, can be shown all the same.
    with contextlib.suppress(JobNotFound, OSError), FileLock(workspace.root / LOCK_FILE):
        stored = load_study(workspace, study.study_id)
        if stored.first_look is None:
            save_study(workspace, replace(stored, first_look=time.time()))


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
            study.file(workspace).unlink()
            return
        run_ids, runs = zip(*kept, strict=True)
        save_study(workspace, replace(study, config=study.config.model_copy(update={"runs": runs}), run_ids=run_ids))


def load_study(workspace: Workspace, study_id: str) -> Study:
    """Return a stored study.

    Args:
        workspace: that holds the study.
        study_id: as listed.

    Raises:
        JobNotFound: no such study, or its file is damaged.
    """
    # The id becomes a file name, so nothing but letters, digits and dashes is looked for.
    stored: Any = read_json(workspace.studies / f"{study_id}.json") if study_id.replace("-", "").isalnum() else None
    try:
        return Study(
            stored["study_id"],
            checked(StudyConfig, stored["config"]),
            stored["snapshot"],
            tuple(stored["run_ids"]),
            float(stored["created_at"]),
            # Missing in studies of earlier versions: whether they were looked at is unknown.
            stored.get("first_look"),
            tuple(stored.get("added_after_look", ())),
        )
    except (TypeError, KeyError, ValueError, EmotionError) as error:
        raise JobNotFound(
            f"There is no such study in this workspace. Expected an id that is listed. Received: study={study_id!r}."
        ) from error


def list_studies(workspace: Workspace) -> list[Study]:
    """Return every readable study of the workspace, newest first."""
    studies = []
    for path in sorted(workspace.studies.glob("*.json"), reverse=True):
        try:
            studies.append(load_study(workspace, path.stem))
        except JobNotFound:
            continue
    return studies


def runs_of(workspace: Workspace, study: Study) -> list[Run]:
    """Return the study's runs, in its order; runs whose folder was deleted or damaged are left out.

    Args:
        workspace: that holds the runs.
        study: whose runs are read.
    """
    runs = []
    for run_id in study.run_ids:
        try:
            runs.append(Run(JobFolder.find(workspace.runs, run_id)))
        except EmotionError:
            continue
    return runs


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
        "added_after_look": list(study.added_after_look),
    }
    write_json(study.file(workspace), stored)
