"""The user's actions on studies: freeze their photos, start them, delete them."""

import time
from dataclasses import replace

from filelock import FileLock

from emotion_core.dataset import Catalog, Snapshot, SplitFractions, delete_snapshot, freeze
from emotion_core.dataset.snapshots import has_snapshot
from emotion_core.disk_space import check_room, naming_full_disk
from emotion_core.errors import SettingsError
from emotion_core.files import remove_file, sync_folders
from emotion_core.jobs import STOP, JobFolder, new_id
from emotion_core.settings import Workspace
from emotion_core.terminal import printable
from emotion_core.training.config import StudyConfig
from emotion_core.training.queue import start_queue
from emotion_core.training.store import LOCK_FILE, Study, create_study, list_studies, load_study, save_study

MAX_NAME, MAX_NOTE = 80, 2000  # characters


def delete_study(workspace: Workspace, study: Study) -> None:
    """Delete a study and all its runs, ending those in progress, and its snapshot if no other study uses it.

    Args:
        workspace: the workspace that holds the study.
        study: may be out of date: its runs are read again.

    Raises:
        JobNotFound: the study has been deleted already.
    """
    folders = [JobFolder(workspace.runs / run_id) for run_id in load_study(workspace, study.study_id).run_ids]
    for folder in folders:
        # Before any is killed: otherwise the dispatcher would start a queued run in the slot that becomes free.
        folder.request(STOP, durable=False)
    for folder in folders:
        folder.kill(durable=False)
        folder.delete(durable=False)
    sync_folders([workspace.runs])
    # A study that is created with the same photos exists before this looks, or looks for the snapshot after this.
    with FileLock(workspace.root / LOCK_FILE):
        remove_file(study.file(workspace))
        others = list_studies(workspace)
        # A study whose file cannot be read may use it, too.
        all_readable = len(others) == len([*workspace.studies.glob("*.json")])
        if all_readable and all(other.snapshot != study.snapshot for other in others):
            delete_snapshot(workspace, study.snapshot)


def rename_study(workspace: Workspace, study: Study, *, name: str, note: str) -> Study:
    """Give a study another name and note, and return it.

    Args:
        workspace: the workspace that holds the study.
        study: may be out of date: it is read again.
        name: one line of at most 80 characters, for lists, report and TensorBoard; "" for the name of its preset.
        note: at most 2000 characters.

    Raises:
        JobNotFound: the study has been deleted.
        SettingsError: the name or the note is too long.
    """
    name, note = _checked_name(name), _checked_note(note)
    with FileLock(workspace.root / LOCK_FILE):
        renamed = replace(load_study(workspace, study.study_id), name=name, note=note)
        with naming_full_disk(workspace.root):
            save_study(workspace, renamed)
    return renamed


def _checked_name(name: str) -> str:
    text = printable(" ".join(name.split()))
    if len(text) > MAX_NAME:
        raise SettingsError(f"The name of the study is too long: {len(text)} characters of at most {MAX_NAME}.")
    return text


def _checked_note(note: str) -> str:
    text = note.strip()
    if len(text) > MAX_NOTE:
        raise SettingsError(f"The note on the study is too long: {len(text)} characters of at most {MAX_NOTE}.")
    return text


def freeze_photos(workspace: Workspace, config: StudyConfig) -> Snapshot:
    """Freeze the workspace's photos, their labels and their split as a study needs them.

    The same photos, labels and settings give the same snapshot, so a study that starts right after uses this one.

    Args:
        workspace: whose photos that are not rejected.
        config: names the sources of the photos, their split with its fractions and seed, and the folds.

    Raises:
        DataError: too few photos of a class, or near copies leave a part of a seed's folds without one.
    """
    fractions = SplitFractions(config.validation_fraction, config.test_share)
    snapshot = freeze(
        Catalog(workspace),
        fractions=fractions,
        seed=config.split_seed,
        sources=config.sources,
        folds=config.folds,
        split_source=config.split_source,
    )
    # Each seed draws its own folds. A run must not be the first to find that they cannot be drawn.
    for seed in sorted({run.seed for run in config.runs}):
        snapshot.of_fold(min(config.folds, 1), seed)
    return snapshot


def start_study(workspace: Workspace, config: StudyConfig, *, name: str = "", note: str = "") -> Study:
    """Freeze the photos, queue the study's runs and start the dispatcher.

    Args:
        workspace: whose photos are used and where the study is kept.
        config: runs, split and sources.
        name: as for ``rename_study``.
        note: as for ``rename_study``.

    Returns:
        The new study.

    Raises:
        SettingsError: the name or the note is too long.
        DataError: there are too few photos of a label.
        DiskFull: the disk is full, or nearly; there is no study then.
    """
    name, note = _checked_name(name), _checked_note(note)
    check_room(workspace.root)
    with naming_full_disk(workspace.root):
        snapshot = freeze_photos(workspace, config)
    study_id = new_id()
    # Equal priorities are started in the order of their folders' names: numbers keep the order of the study.
    run_ids = tuple(f"{study_id}-r{number:03d}" for number in range(1, len(config.runs) + 1))
    with FileLock(workspace.root / LOCK_FILE):
        if not has_snapshot(workspace, snapshot.fingerprint):
            # The last study with these photos was deleted since they were frozen, and the snapshot with it.
            with naming_full_disk(workspace.root):
                snapshot = freeze_photos(workspace, config)
        study = Study(study_id, config, snapshot.fingerprint, run_ids, time.time(), name=name, note=note)
        create_study(workspace, study)
    start_queue(workspace)
    return study
