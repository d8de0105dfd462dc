"""Choose the network that classifies: the given run, else the champion or the starter that the project ships."""

import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from emotion_core.dataset import Catalog, find_faces, load_snapshot, share_of_drawings
from emotion_core.errors import DataError, EmotionError, JobUnusable
from emotion_core.evaluation.comparison import workspace_champion
from emotion_core.prediction.against_starter import against_starter
from emotion_core.prediction.classifier import Classifier
from emotion_core.settings import ASSETS, Workspace
from emotion_core.training import Run, find_run

STARTER_ID = "starter"
STARTER_FOLDER = ASSETS / STARTER_ID
# With a larger share of drawn faces among its photos, a network knows drawings, whatever the other photos are.
MOST_DRAWINGS = 0.5


@dataclass(frozen=True)
class FirstAnswer:
    """Which network answers for photographs where the user names none.

    Attributes:
        starter_first: whether it is the starter; else the champion.
        reason: why, as sentences; empty where there is only one of them.
    """

    starter_first: bool
    reason: str


def learned_from_drawings(workspace: Workspace, run: Run) -> bool:
    """Return whether most photos of a run's snapshot are drawings, by their origin or their look.

    Args:
        workspace: that holds the run.
        run: any run.
    """
    try:
        share = share_of_drawings(Catalog(workspace), load_snapshot(workspace, run.snapshot))
    except EmotionError:  # pages and commands list a lost snapshot by themselves
        return False
    return share is not None and share > MOST_DRAWINGS


def first_answer(workspace: Workspace, champion: Run, starter: Classifier | None) -> FirstAnswer:
    """Return whether the champion or the starter answers for photographs first.

    The starter does until a network that was trained on photographs is shown to be better on them
    (``against_starter``). The first call for a champion takes seconds.

    Args:
        workspace: that holds the champion and its photos.
        champion: of the workspace.
        starter: the starter, or None where it is missing.
    """
    drawn = learned_from_drawings(workspace, champion)
    if starter is None:
        return FirstAnswer(False, "")
    if drawn:
        return FirstAnswer(True, _drawings_text(champion))
    try:
        compared = against_starter(workspace, champion, Classifier(champion), starter)
    except EmotionError as error:
        return FirstAnswer(True, f"The champion could not be compared with the starter. {error}")
    first = "The champion answers" if compared.is_better else "The starter answers first"
    return FirstAnswer(not compared.is_better, f"{first}. {compared.sentence}")


def _drawings_text(champion: Run) -> str:
    return (
        f"The starter answers first: the champion, {champion.config.label}, learned from drawn faces, and says little "
        "about photographs."
    )


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

    A champion that learned from drawn faces is passed over for the starter; ``why_starter`` says so.

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
    passed_over = run_id is None and run is not None and _is_passed_over(workspace, run, starter_folder)
    if run is not None and not passed_over:
        return Classifier(run)
    classifier = starter(starter_folder)
    if classifier is None:
        raise JobUnusable(
            "There is no network to predict with: the starter network is missing. Expected the starter's folder, or a "
            f"finished study. Received: folder={str(starter_folder)!r}. Train a study first, or install the project "
            "again."
        )
    return classifier


def _is_passed_over(workspace: Workspace, champion: Run, starter_folder: Path) -> bool:
    return starter_folder.is_dir() and learned_from_drawings(workspace, champion)


def why_starter(workspace: Workspace, *, starter_folder: Path = STARTER_FOLDER) -> str:
    """Return why ``classifier_for`` takes the starter although there is a champion; empty where it does not.

    Args:
        workspace: that holds the champion.
        starter_folder: folder of the starter.
    """
    champion = workspace_champion(workspace)
    if champion is None or not _is_passed_over(workspace, champion, starter_folder):
        return ""
    return f"{_drawings_text(champion)} To use it, name it: --run {champion.run_id}"


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
