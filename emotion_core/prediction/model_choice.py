"""Choose the network that classifies: the given run, else the champion, else the starter that the project ships."""

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
    """Return the starter network, or None where its folder is missing.

    Raises:
        JobUnusable: the folder exists, but a file in it is missing or damaged.
    """
    return Classifier.of_folder(folder, STARTER_ID) if folder.is_dir() else None


def classifier_for(
    workspace: Workspace, run_id: str | None = None, *, starter_folder: Path = STARTER_FOLDER
) -> Classifier:
    """Return the classifier of the given run, else of the workspace's champion, else the starter.

    Args:
        workspace: that holds the runs and their champion.
        run_id: a run's id, ``starter``, or None for the default choice.
        starter_folder: folder of the starter.

    Raises:
        JobNotFound: there is no such run.
        JobUnusable: the run has no network, or there is neither a champion nor the starter.
    """
    run = workspace_champion(workspace) if run_id is None else None
    if run_id is not None and run_id != STARTER_ID:
        run = find_run(workspace, run_id)
    if run is not None:
        return Classifier(run)
    classifier = starter(starter_folder)
    if classifier is None:
        raise JobUnusable(
            "There is no network to predict with: the starter network is missing. Expected the starter's folder, or a "
            f"finished study. Received: folder={str(starter_folder)!r}. Train a study first, or install the project "
            "again."
        )
    return classifier


def load_face_detector_in_background() -> threading.Thread:
    """Load the face detector in a thread of its own, so that the first photo need not wait for it.

    Returns:
        The running thread; it ends by itself.
    """
    thread = threading.Thread(target=_load_face_detector, name="load-face-detector", daemon=True)
    thread.start()
    return thread


def _load_face_detector() -> None:
    # A missing detector is reported with the first photo that needs it, where the user can see the message.
    with contextlib.suppress(DataError):
        find_faces(Image.new("RGB", (64, 64)))
