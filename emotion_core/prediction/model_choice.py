"""Who answers: the run that is named, else the champion, else the starter that comes with the project."""

import contextlib
import threading
from pathlib import Path

from PIL import Image

from emotion_core.dataset import find_faces
from emotion_core.errors import DataError, JobUnusable
from emotion_core.evaluation.comparison import workspace_champion
from emotion_core.prediction.classifier import Classifier
from emotion_core.settings import ASSETS, Workspace
from emotion_core.training import find_run

STARTER_ID = "starter"
STARTER_FOLDER = ASSETS / STARTER_ID


def starter(folder: Path = STARTER_FOLDER) -> Classifier | None:
    """Return the network that comes with the project, or None where it does not.

    Raises:
        JobUnusable: its folder is there and damaged.
    """
    return Classifier.of_folder(folder, STARTER_ID) if folder.is_dir() else None


def classifier_for(
    workspace: Workspace, run_id: str | None = None, *, starter_folder: Path = STARTER_FOLDER
) -> Classifier:
    """Return the classifier of the run that is named, else of the workspace's champion, else the starter.

    Args:
        workspace: whose runs and champion.
        run_id: a run's id, or ``starter``.
        starter_folder: where the starter lies.

    Raises:
        JobNotFound: there is no such run.
        JobUnusable: the run has no network, or there is nobody to answer.
    """
    run = workspace_champion(workspace) if run_id is None else None
    if run_id is not None and run_id != STARTER_ID:
        run = find_run(workspace, run_id)
    if run is not None:
        return Classifier(run)
    found = starter(starter_folder)
    if found is None:
        raise JobUnusable(
            "There is no champion yet, and the starter network is missing, so nobody can answer. Expected a finished "
            f"study, or the folder {str(starter_folder)!r}. Train a study first, or install the project again."
        )
    return found


def prepare_in_background() -> threading.Thread:
    """Load the face detector in a thread of its own, so that the first photo need not wait for it.

    Returns:
        The thread, under way; it ends by itself.
    """
    thread = threading.Thread(target=_prepare, name="prepare-prediction", daemon=True)
    thread.start()
    return thread


def _prepare() -> None:
    # What is wrong with it is told with the first photo.
    with contextlib.suppress(DataError):
        find_faces(Image.new("RGB", (64, 64)))
