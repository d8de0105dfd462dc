"""The champion of a workspace: the pinned network, else the best one on its photos; demonstrations come last."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotion_core.dataset import SAMPLES
from emotion_core.documents import read_document, write_document
from emotion_core.evaluation.comparison import chosen_champion, pin_champion, workspace_champion
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import find_run, list_studies

NEWER = "991231-235959-ffffff"
Score = Callable[[int, float], float]


@pytest.fixture
def own(studied: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Return a copy of the studied workspace whose photos pass for photographs."""
    shutil.copytree(studied.root, tmp_path / "copy")
    monkeypatch.setattr("emotion_core.evaluation.comparison.current_champion.share_of_drawings", lambda *_: 0.0)
    return open_workspace(tmp_path / "copy")


def _add_newer_study(workspace: Workspace, score: Score, **config: Any) -> str:
    """Add a study on the same photos whose one network gives each photo a score of its label and its first score."""
    [study] = list_studies(workspace)
    stored, run_id = read_document(workspace.studies / f"{study.study_id}.json"), f"{NEWER}-r001"
    changed = {"study_id": NEWER, "run_ids": [run_id], "config": {**stored["config"], **config}}
    write_document(workspace.studies / f"{NEWER}.json", {**stored, **changed})
    run = workspace.runs / run_id
    shutil.copytree(workspace.runs / study.run_ids[0], run)
    write_document(run / "settings.json", {**read_document(run / "settings.json"), "study": NEWER})
    scores = read_document(run / "scores.json")
    p_sad = [score(label, p) for label, p in zip(scores["labels"], scores["p_sad"], strict=True)]
    write_document(run / "scores.json", {**scores, "p_sad": p_sad})
    return run_id


def _older(workspace: Workspace) -> str:
    return next(study for study in list_studies(workspace) if study.study_id != NEWER).run_ids[0]


@pytest.mark.parametrize(
    ("score", "newer_wins"),
    [
        (lambda label, _: 0.2 + 0.6 * label, True),
        (lambda label, p: p, True),
        (lambda label, p: 0.8 - 0.6 * label, False),
    ],
    ids=["better", "equal", "worse"],
)
def test_of_studies_on_the_same_photos_the_best_network_is_the_champion(
    score: Score, newer_wins: bool, own: Workspace
) -> None:
    """By validation AUC, whichever study is newer; of equals the newer one."""
    newer = _add_newer_study(own, score)
    champion = workspace_champion(own)
    assert champion is not None
    assert champion.run_id == (newer if newer_wins else _older(own))


def test_a_study_without_a_finished_run_does_not_take_the_champion_away(own: Workspace) -> None:
    """Nor does one whose runs are gone."""
    newer = _add_newer_study(own, lambda label, p: p)
    shutil.rmtree(own.runs / newer)
    champion = workspace_champion(own)
    assert champion is not None and champion.run_id == _older(own)


def test_a_study_of_drawn_faces_does_not_replace_a_champion_of_photographs(own: Workspace) -> None:
    """Although it is newer and better; it can be pinned, and it is the champion where there is no other."""
    newer = _add_newer_study(own, lambda label, _: 0.2 + 0.6 * label, sources=[SAMPLES])
    write_document(
        own.studies / f"{NEWER}.json", {**read_document(own.studies / f"{NEWER}.json"), "snapshot": "another"}
    )
    champion = workspace_champion(own)
    assert champion is not None and champion.run_id == _older(own)
    pin_champion(own, find_run(own, newer))
    pinned = chosen_champion(own)
    assert pinned is not None and (pinned.run.run_id, pinned.is_pinned) == (newer, True)
    pin_champion(own, None)
    unpinned = chosen_champion(own)
    assert unpinned is not None and (unpinned.run.run_id, unpinned.is_pinned) == (champion.run_id, False)
    for file in own.studies.glob("*.json"):
        if file.stem != NEWER:
            file.unlink()
    champion = workspace_champion(own)
    assert champion is not None and champion.run_id == newer


def test_a_pinned_run_that_was_deleted_makes_room_for_the_best(own: Workspace) -> None:
    """A pin without its run, or a damaged one, is no pin."""
    newer = _add_newer_study(own, lambda label, p: 0.8 - 0.6 * label)
    pin_champion(own, find_run(own, newer))
    chosen = chosen_champion(own)
    assert chosen is not None and chosen.run.run_id == newer
    shutil.rmtree(own.runs / newer)
    champion = workspace_champion(own)
    assert champion is not None and champion.run_id == _older(own)
    (own.root / "champion.json").write_text("{")
    assert workspace_champion(own) is not None
