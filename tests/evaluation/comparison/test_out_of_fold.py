"""A cross-validated study: real runs of each fold, put together so that every photo is judged by who never saw it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from emotion_core.dataset import load_snapshot
from emotion_core.evaluation.comparison import StudyComparison, compare_studies, compare_study, study_baseline
from emotion_core.files import read_json, write_json
from emotion_core.prediction import UncertaintyBand, model_card
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import StudyPlan, list_studies, runs_of, start_study

FOLDS = 2
TINY = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "epochs": 2}


@pytest.fixture(scope="module")
def folded(
    tmp_path_factory: pytest.TempPathFactory, add_photos: Callable[..., list[str]], wait_until: Callable[..., Any]
) -> Workspace:
    """Return a workspace with a finished study of two networks in two folds; copy it before changing anything."""
    workspace = open_workspace(tmp_path_factory.mktemp("folded"))
    add_photos(workspace, happy=16, sad=16)
    plan = StudyPlan(folds=FOLDS, vary={"hidden_activation": ("relu", "tanh")}, settings=TINY)
    study = start_study(workspace, plan.study())
    wait_until(lambda: not any(run.state.active for run in runs_of(workspace, study)), "the folds have ended")
    assert [run.state.name for run in runs_of(workspace, study)] == ["finished"] * 4
    return workspace


@pytest.fixture
def copied(folded: Workspace, tmp_path: Path) -> Workspace:
    """Return a copy of the workspace that may be changed."""
    shutil.copytree(folded.root, tmp_path / "copy")
    return open_workspace(tmp_path / "copy")


def compared(workspace: Workspace) -> StudyComparison:
    """Compare the only study of a workspace."""
    [study] = list_studies(workspace)
    return compare_study(workspace, study)


def rescore(workspace: Workspace, number: int, score: Callable[..., np.ndarray]) -> None:
    """Give a run other scores, made from those it has and the labels."""
    [study] = list_studies(workspace)
    path = workspace.runs / study.run_ids[number] / "scores.json"
    stored = read_json(path)
    p_sad, labels = np.array(stored["p_sad"]), np.array(stored["labels"], dtype=float)
    write_json(path, {**stored, "p_sad": score(p_sad, labels).tolist()})


def shifted(p_sad: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return P(sad) with four times the log odds, and 3 more: another scale, the same order."""
    del labels
    return 1 / (1 + np.exp(-(3 + 4 * np.log(p_sad / (1 - p_sad)))))


@pytest.mark.slow
def test_each_run_is_tested_on_its_own_fold(folded: Workspace) -> None:
    """The scores on disk name the splits of the run's fold; both networks have the same folds."""
    [study] = list_studies(folded)
    snapshot = load_snapshot(folded, study.snapshot)
    assert [run.config.label for run in runs_of(folded, study)] == [
        f"{activation} · depth 1 · seed 0 · fold {fold} of 2" for fold in (1, 2) for activation in ("relu", "tanh")
    ]
    for run in runs_of(folded, study):
        assert run.scores().splits == tuple(item.folds[run.config.fold - 1] for item in snapshot.items)


def test_every_photo_is_judged_by_the_run_that_did_not_see_it(folded: Workspace) -> None:
    """One row for each network, over all photos in the order of the snapshot; each fold alone has its own AUC."""
    found = compared(folded)
    assert [row.activation for row in found.comparison.runs] == ["relu", "tanh"]
    for one in found.out_of_fold.values():
        runs = [run for run in found.runs if run.config.hidden_activation == one.scores.activation]
        assert one.scores.photo_ids == runs[0].scores().photo_ids
        assert len(one.scores.test.p_sad) == 32
        for run, area in zip(runs, one.fold_aucs, strict=True):
            held_out = np.array([split == "test" for split in run.scores().splits])
            labels, p_sad = run.scores().of("test")
            assert area == pytest.approx(roc_auc_score(labels, p_sad))
            # The same photos in the same order: only the scale is another one.
            assert roc_auc_score(one.scores.test.labels[held_out], one.scores.test.p_sad[held_out]) == area
        assert one.scores.validation_auc == pytest.approx(
            np.mean([roc_auc_score(*run.scores().of("validation")) for run in runs])
        )
    [pair] = found.comparison.pairs
    first, second = (found.out_of_fold[run_id].scores for run_id in (pair.a, pair.b))
    difference = roc_auc_score(first.test.labels, first.test.p_sad) - roc_auc_score(
        second.test.labels, second.test.p_sad
    )
    assert pair.difference == pytest.approx(difference)
    assert "On 16 + 16 test photos" in found.comparison.conclusion


def test_the_scale_of_a_fold_changes_nothing(copied: Workspace) -> None:
    """A fold whose answers are all higher and farther apart leaves every figure as it was."""
    before = compared(copied).comparison.runs[0]
    rescore(copied, 2, shifted)
    after = compared(copied).comparison.runs[0]
    assert (after.test_auc, after.test_auc_low) == pytest.approx((before.test_auc, before.test_auc_low))
    assert after.validation_auc == pytest.approx(before.validation_auc)
    assert after.confusion == before.confusion


def test_champion_has_the_best_mean_and_its_best_fold_predicts(copied: Workspace) -> None:
    """Tanh tells the photos apart in both folds, relu in one: tanh is champion, by its run of the better fold."""
    for number, share in ((0, 1.0), (1, 0.3), (2, 0.0), (3, 1.0)):
        noise = np.random.default_rng(number).uniform(0.1, 0.5, 32)
        rescore(copied, number, lambda _, labels, noise=noise, share=share: noise + 0.4 * share * labels - 0.05)
    found = compared(copied)
    assert found.champion.run_id == found.study.run_ids[3]
    assert found.comparison.reason.startswith("tanh · depth 1 · seed 0 · 2 folds is the champion")
    assert "New photos are classified by its run of fold 2" in found.comparison.reason
    assert found.rows()[1][0] == found.champion


def test_network_with_a_missing_fold_has_no_figures_and_says_which(copied: Workspace) -> None:
    """Half of the photos are no fair comparison: the network is listed, its fold is named, the other is champion."""
    run_id = compared(copied).study.run_ids[2]
    (copied.runs / run_id / "scores.json").unlink()
    found = compared(copied)
    relu, tanh = found.comparison.runs
    assert (relu.validation_auc, relu.test_auc, found.comparison.pairs) == (None, None, [])
    assert relu.note == "No figures over all photos yet: of 2 folds, these have not finished: 2."
    assert found.champion.config.hidden_activation == tanh.activation == "tanh"


def test_fold_with_a_dead_output_is_no_better_than_guessing(copied: Workspace) -> None:
    """One answer for all photos has no scale; the figures are numbers all the same, and its fold shows one half."""
    rescore(copied, 2, lambda p_sad, _: np.zeros_like(p_sad))
    found = compared(copied)
    one = next(one for one in found.out_of_fold.values() if one.scores.activation == "relu")
    assert np.isfinite(one.scores.test.p_sad).all()
    assert one.fold_aucs[1] == 0.5


def test_what_draws_a_network_has_its_scores_over_all_photos(folded: Workspace) -> None:
    """Figures and tables get one curve for each network, under a name that says folds."""
    [study] = list_studies(folded)
    found = compare_studies(folded, [study])
    assert [run.name for run in found.runs] == [f"{name} · depth 1 · seed 0 · 2 folds" for name in ("relu", "tanh")]
    assert {len(run.photo_ids) for run in found.runs} == {len(run.test.p_sad) for run in found.runs} == {32}
    assert not found.unfinished


def test_no_shortcut_of_one_fold_is_held_against_networks_of_all(folded: Workspace) -> None:
    """The parts of the first fold are not those of the study."""
    [study] = list_studies(folded)
    assert study_baseline(folded, study) is None


def test_card_of_any_fold_has_its_own_figures(folded: Workspace) -> None:
    """The card of a network tells of that network, not of those of the other folds."""
    [study] = list_studies(folded)
    compared = compare_study(folded, study)
    for run in runs_of(folded, study):
        card = model_card(folded, run, compared, None, UncertaintyBand(0.0, 1.0))
        assert card.startswith(f"# {run.config.label}")
        assert f"test AUC {roc_auc_score(*run.scores().of('test')):.3f}" in card
