"""The runs of a study: created with it, added to it, made again, removed from it."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from filelock import FileLock

from emotion_core.disk_space import check_room, naming_full_disk
from emotion_core.errors import EmotionError
from emotion_core.files import remove_file
from emotion_core.jobs import JobFolder, aside, discard_folders, prepare_folders, prepared_folders, publish_folders
from emotion_core.network import checked
from emotion_core.settings import Workspace
from emotion_core.training.config import RunConfig, StudyConfig
from emotion_core.training.store.runs import Run
from emotion_core.training.store.study import Study
from emotion_core.training.store.study_files import LOCK_FILE, load_study, save_study


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
    check_room(workspace.root)
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
