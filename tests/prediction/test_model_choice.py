"""Who answers: the run that is named, else the champion, else the starter, else a sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_core.errors import JobNotFound, JobUnusable
from emotion_core.prediction import classifier_for, load_face_detector_in_background, starter
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Run


def test_champion_answers_where_no_run_is_named(
    studied: Workspace, finished: Run, folder_with: Callable[..., Path]
) -> None:
    """Without a run id the workspace's champion is chosen, not the starter; with one, that run."""
    folder = folder_with()
    assert classifier_for(studied, starter_folder=folder).run_id == finished.run_id
    assert classifier_for(studied, finished.run_id, starter_folder=folder).run_id == finished.run_id
    assert classifier_for(studied, "starter", starter_folder=folder).run_id == "starter"


def test_starter_answers_where_there_is_no_champion(tmp_path: Path, folder_with: Callable[..., Path]) -> None:
    """In a new workspace the first photo gets an answer from the network that comes with the project."""
    assert classifier_for(open_workspace(tmp_path / "new"), starter_folder=folder_with()).name == "Starter"


@pytest.mark.parametrize("run_id", [None, "starter"])
def test_without_champion_and_starter_the_error_says_what_to_do(run_id: str | None, tmp_path: Path) -> None:
    """An untouched workspace without the starter has no network to predict with, and the error says so."""
    assert starter(tmp_path / "none") is None
    with pytest.raises(JobUnusable, match=r"starter network is missing.*Train a study first"):
        classifier_for(open_workspace(tmp_path / "new"), run_id, starter_folder=tmp_path / "none")


def test_unknown_run_is_an_error(tmp_path: Path) -> None:
    """A run that is named and not there is not silently replaced by another."""
    with pytest.raises(JobNotFound, match="no such run"):
        classifier_for(open_workspace(tmp_path), "nothing")


def test_preparing_ends_by_itself() -> None:
    """The detector is loaded by a thread that ends."""
    thread = load_face_detector_in_background()
    thread.join(300)
    assert not thread.is_alive()
