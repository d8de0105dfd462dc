"""The files of studies: written, read, checked and listed."""

import re
import time
from pathlib import Path

from emotion_core.documents import Unreadable, not_a_record, read_document, write_document
from emotion_core.errors import DocumentError, EmotionError, JobNotFound, JobUnusable
from emotion_core.network import checked
from emotion_core.settings import Workspace
from emotion_core.training.config import StudyConfig
from emotion_core.training.store.study import Study

LOCK_FILE = "studies.lock"
_ID = re.compile("[0-9A-Za-z-]+")


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
            stored.get("name", ""),
            stored.get("note", ""),
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
    if not isinstance(study.name, str) or not isinstance(study.note, str):
        raise ValueError("a name or note that is no text")
    if len(study.run_ids) > len(study.config.runs):
        raise ValueError("more runs than settings")
    for seconds in (study.created_at, study.first_look, study.first_test):
        if seconds is not None:
            time.localtime(seconds)


def list_studies(workspace: Workspace) -> list[Study]:
    """Return every readable study of the workspace, newest first; ``unreadable_studies`` returns the others."""
    return read_all_studies(workspace)[0]


def unreadable_studies(workspace: Workspace) -> list[Unreadable]:
    """Return the studies that are damaged or of a newer version, newest first."""
    return read_all_studies(workspace)[1]


def read_all_studies(workspace: Workspace) -> tuple[list[Study], list[Unreadable]]:
    """Return every study of the workspace, newest first, and those that cannot be read."""
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
        "name": study.name,
        "note": study.note,
    }
    write_document(study.file(workspace), stored)
