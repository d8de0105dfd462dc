"""A cross-validated study: real runs of each fold, put together so that every photo is judged by who never saw it."""

import csv
import io
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from emotion_core.dataset import load_snapshot
from emotion_core.documents import read_document, write_document
from emotion_core.evaluation import (
    balanced_threshold,
    confusion,
    fold_auc_interval,
    fold_delong_test,
    fold_mean,
)
from emotion_core.evaluation.comparison import (
    RunScores,
    StudyComparison,
    best_thresholds,
    compare,
    compare_studies,
    compare_study,
    photos_classified_as,
    run_roc_curve,
    study_baseline,
)
from emotion_core.evaluation.comparison.chosen_in_folds import chosen_in_folds
from emotion_core.evaluation.figures import named_scores, score_histograms, study_roc_figure
from emotion_core.evaluation.report import scores_csv
from emotion_core.prediction import model_card
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import StudyPlan, list_studies, runs_of, start_study
from emotion_core.training.checks import SplitPredictions

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
    stored = read_document(path)
    p_sad, labels = np.array(stored["p_sad"]), np.array(stored["labels"], dtype=float)
    write_document(path, {**stored, "p_sad": score(p_sad, labels).tolist()})


def shifted(p_sad: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return P(sad) with four times the log odds, and 3 more: another scale, the same order."""
    del labels
    return 1 / (1 + np.exp(-(3 + 4 * np.log(p_sad / (1 - p_sad)))))


@pytest.mark.slow
def make_good(workspace: Workspace, shares: dict[int, float]) -> None:
    """Give runs scores that tell the classes apart as far as a share of 0 to 1 says, in validation and test alike."""
    for number, share in shares.items():
        noise = np.random.default_rng(number).uniform(0.1, 0.5, 32)
        rescore(workspace, number, lambda _, labels, noise=noise, share=share: (1 + noise + 0.4 * share * labels) / 3)


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
    """One row for each network, over all photos in the order of the snapshot, with raw scores and the fold of each."""
    found = compared(folded)
    assert [row.activation for row in found.comparison.runs] == ["relu", "tanh"]
    for one in found.out_of_fold.values():
        runs = [run for run in found.runs if run.config.hidden_activation == one.scores.activation]
        assert one.scores.photo_ids == runs[0].scores().photo_ids
        for run, area in zip(runs, one.fold_aucs, strict=True):
            held_out = np.array([split == "test" for split in run.scores().splits])
            assert area == pytest.approx(roc_auc_score(*run.scores().of("test")))
            assert (one.scores.folds[held_out] == run.config.fold).all()
            assert (one.scores.test.p_sad[held_out] == run.scores().p_sad[held_out]).all()
            validated = one.scores.validation_rows[one.scores.validation_folds == run.config.fold]
            assert [one.scores.photo_ids[row] for row in validated] == list(run.scores().ids_of("validation"))
        assert one.scores.validation_auc == pytest.approx(
            np.mean([roc_auc_score(*run.scores().of("validation")) for run in runs])
        )


def test_figures_are_means_over_the_folds(folded: Workspace) -> None:
    """Test AUC, interval and paired difference are fold means; the counts add up each fold at its own threshold."""
    found = compared(folded)
    for row in found.comparison.runs:
        one = found.out_of_fold[row.run_id]
        interval = fold_auc_interval(*one.scores.test, one.scores.folds)
        assert row.test_auc == pytest.approx(np.mean(one.fold_aucs))
        assert (row.test_auc_low, row.test_auc_high) == (interval.low, interval.high)
        counts = [
            confusion(*run.scores().of("test"), balanced_threshold(*run.scores().of("validation")))
            for run in found.runs
            if run.config.hidden_activation == row.activation
        ]
        assert row.confusion.true_sad == sum(count.true_sad for count in counts)
        assert row.confusion.false_sad == sum(count.false_sad for count in counts)
        assert row.threshold == balanced_threshold(*one.run.scores().of("validation"))
        assert row.note.startswith("Test AUC: mean over the 2 folds (")
    [pair] = found.comparison.pairs
    first, second = (found.out_of_fold[run_id] for run_id in (pair.a, pair.b))
    assert pair.difference == pytest.approx(np.mean(first.fold_aucs) - np.mean(second.fold_aucs))
    folds = first.scores.folds
    means = [fold_mean(*one.scores.test, folds) for one in (first, second)]
    assert pair.standard_error == fold_delong_test(*means).standard_error
    assert "On 16 + 16 test photos" in found.comparison.conclusion


def test_the_scale_of_a_fold_changes_nothing(copied: Workspace) -> None:
    """A fold whose answers are all higher and farther apart leaves every figure of networks that learned as it was."""
    make_good(copied, {0: 0.5, 1: 0.5, 2: 0.5, 3: 0.5})
    before = compared(copied).comparison.runs[0]
    rescore(copied, 2, shifted)
    after = compared(copied).comparison.runs[0]
    assert (after.test_auc, after.test_auc_low) == pytest.approx((before.test_auc, before.test_auc_low))
    assert after.validation_auc == pytest.approx(before.validation_auc)
    assert after.confusion == before.confusion


def test_champion_has_the_best_mean_and_its_best_fold_predicts(copied: Workspace) -> None:
    """Tanh tells the photos apart in both folds, relu in one: tanh is champion, by its run of the better fold."""
    make_good(copied, {0: 1.0, 1: 0.1, 2: -0.5, 3: 1.0})
    found = compared(copied)
    assert found.champion.run_id == found.study.run_ids[3]
    assert found.comparison.reason.startswith("tanh · depth 1 · seed 0 · 2 folds is the champion")
    assert "New photos are classified by its run of fold 2" in found.comparison.reason
    assert found.rows()[1][0] == found.champion
    assert found.comparison.runner_up == found.comparison.runs[0].run_id


def test_champion_chosen_inside_each_fold_has_a_figure_of_its_own(copied: Workspace) -> None:
    """In each fold the network with that fold's best validation AUC is tested; the test set claims no innocence."""
    make_good(copied, {0: 1.0, 1: 0.3, 2: -0.5, 3: 1.0})
    found = compared(copied)
    inside, [relu, tanh] = found.comparison.chosen_in_folds, found.comparison.runs
    assert inside.chosen == (relu.name, tanh.name)
    runs = found.runs
    assert inside.auc == pytest.approx(np.mean([roc_auc_score(*runs[number].scores().of("test")) for number in (0, 3)]))
    assert inside.low < inside.auc <= inside.high
    assert inside.sets_of_folds == 1
    assert (
        "Chosen inside each fold instead, by its validation photos alone, the champion reaches a test AUC of 1.00"
        in (found.comparison.reason)
    )
    assert "played no part" not in found.comparison.reason
    assert "share training photos" in found.comparison.conclusion
    assert found.comparison.as_json()["chosen_in_folds"]["auc"] == inside.auc


def test_network_alone_has_no_choice_inside_folds(copied: Workspace) -> None:
    """Where there is one network, its own figure is honest: nothing was chosen."""
    make_good(copied, {0: 1.0, 2: 1.0})
    study = compared(copied).study
    for run_id in (study.run_ids[1], study.run_ids[3]):
        shutil.rmtree(copied.runs / run_id)
    found = compared(copied)
    assert found.champion is not None
    assert found.comparison.chosen_in_folds is None


def test_network_with_a_missing_fold_has_no_figures_and_says_which(copied: Workspace) -> None:
    """Half of the photos are no fair comparison: the network is listed, its fold is named, the other is champion."""
    make_good(copied, {0: 1.0, 1: 0.6, 2: 1.0, 3: 1.0})
    run_id = compared(copied).study.run_ids[2]
    (copied.runs / run_id / "scores.json").unlink()
    found = compared(copied)
    relu, tanh = found.comparison.runs
    assert (relu.validation_auc, relu.test_auc, found.comparison.pairs) == (None, None, [])
    assert relu.note == "No figures over all photos yet: of 2 folds, these have not finished: 2."
    assert found.champion.config.hidden_activation == tanh.activation == "tanh"


def test_runs_that_do_not_test_each_photo_once_have_no_figures(copied: Workspace) -> None:
    """A photo that two runs were tested on, or none, is no cross-validation; nothing is invented for it."""
    path = copied.runs / compared(copied).study.run_ids[2] / "scores.json"
    stored = read_document(path)
    row = stored["splits"].index("test")
    write_document(path, {**stored, "splits": [*stored["splits"][:row], "train", *stored["splits"][row + 1 :]]})
    relu = compared(copied).comparison.runs[0]
    assert (relu.test_auc, relu.note) == (
        None, "No figures over all photos: the runs of its folds do not test each photo once."
    )  # fmt: skip


def test_fold_with_a_dead_output_is_no_better_than_guessing(copied: Workspace) -> None:
    """One answer for all photos is one half in its fold, and that fold's run does not predict."""
    make_good(copied, {0: 0.3})
    rescore(copied, 2, lambda p_sad, _: np.zeros_like(p_sad))
    found = compared(copied)
    one = next(one for one in found.out_of_fold.values() if one.scores.activation == "relu")
    assert one.fold_aucs[1] == 0.5
    assert one.run.config.fold == 1
    row = found.comparison.runs[0]
    assert row.test_auc == pytest.approx((one.fold_aucs[0] + 0.5) / 2)


def test_network_that_is_dead_in_every_fold_is_never_champion(copied: Workspace) -> None:
    """Each fold has another constant, and crumbs in the right order: pooled they would look like predictions."""
    for number, constant in ((0, 0.2), (2, 0.8)):
        rescore(copied, number, lambda _, labels, constant=constant: constant + labels * 5e-4)
    make_good(copied, {1: 0.5, 3: 0.5})
    found = compared(copied)
    assert found.champion.config.hidden_activation == "tanh"
    assert "same answer for every photo): relu" in found.comparison.reason


def test_what_draws_a_network_has_its_scores_over_all_photos(folded: Workspace) -> None:
    """Figures and tables get one averaged curve for each network, under a name that says folds."""
    [study] = list_studies(folded)
    found = compare_studies(folded, [study])
    assert [run.name for run in found.runs] == [f"{name} · depth 1 · seed 0 · 2 folds" for name in ("relu", "tanh")]
    assert {len(run.photo_ids) for run in found.runs} == {len(run.test.p_sad) for run in found.runs} == {32}
    assert not found.unfinished
    for run in found.runs:
        curve = run_roc_curve(run.scores)
        area = np.trapezoid(curve.true_positive_rate, curve.false_positive_rate)
        assert area == pytest.approx(run.numbers.test_auc)
        drawn = next(line for line in study_roc_figure([run]).data if line.name.startswith(run.name))
        assert np.trapezoid(drawn.y, drawn.x) == pytest.approx(area)
        assert "differs between folds" in drawn.customdata[0]
    assert not score_histograms(named_scores(found.runs)).layout.shapes


def test_each_photo_is_called_by_the_threshold_of_its_fold(folded: Workspace) -> None:
    """Cells of the confusion matrix, and the tables of scores, use the threshold that the fold's validation chose."""
    [study] = list_studies(folded)
    run = compare_studies(folded, [study]).runs[0]
    thresholds = best_thresholds(run)
    for fold in (1, 2):
        rows = run.scores.validation_folds == fold
        known = balanced_threshold(run.validation.labels[rows], run.validation.p_sad[rows])
        assert set(thresholds[run.scores.folds == fold]) == {known}
    cells = {
        (label, called): len(photos_classified_as(run, thresholds, label, called))
        for label in ("happy", "sad")
        for called in ("happy", "sad")
    }
    counts = run.numbers.confusion
    assert cells == {
        ("happy", "happy"): counts.true_happy, ("happy", "sad"): counts.false_sad,
        ("sad", "happy"): counts.false_happy, ("sad", "sad"): counts.true_sad,
    }  # fmt: skip
    assert len(set(best_thresholds(run, 2.0))) <= 2
    rows = list(csv.DictReader(io.StringIO(scores_csv([run]))))
    assert [(float(row["threshold"]), int(row["fold"])) for row in rows] == list(
        zip(thresholds.tolist(), run.scores.folds.tolist(), strict=True)
    )


def test_no_shortcut_of_one_fold_is_held_against_networks_of_all(folded: Workspace) -> None:
    """The parts of the first fold are not those of the study."""
    [study] = list_studies(folded)
    assert study_baseline(folded, study) is None


def test_card_of_any_fold_has_its_own_figures(folded: Workspace) -> None:
    """The card of a network tells of that network, not of those of the other folds."""
    [study] = list_studies(folded)
    compared = compare_study(folded, study)
    for run in runs_of(folded, study):
        card = model_card(folded, run, compared, None)
        assert card.startswith(f"# {run.config.label}")
        assert f"test AUC {roc_auc_score(*run.scores().of('test')):.3f}" in card


def simulated(
    rng: np.random.Generator, folds: np.ndarray, seed: int, *, skill: float = 1.2, name: str = "relu"
) -> RunScores:
    """Return a network of three folds on 90 photos; a fold validates with the photos that the next one tests."""
    labels = np.tile([0, 1], 45)
    runs = skill * labels + rng.normal(size=(3, 90))
    rows = [np.flatnonzero(folds == (fold + 1) % 3) for fold in range(3)]
    validation = [SplitPredictions(labels[row], runs[fold][row]) for fold, row in enumerate(rows)]
    return RunScores(
        f"{name}-{seed}",
        name,
        1,
        seed,
        SplitPredictions(*(np.concatenate(columns) for columns in zip(*validation, strict=True))),
        SplitPredictions(labels, np.choose(folds, runs)),
        name=f"{name} · seed {seed}",
        validation_auc=float(np.mean([roc_auc_score(*part) for part in validation])),
        folds=folds,
        validation_folds=np.repeat([0, 1, 2], [len(row) for row in rows]),
        validation_rows=np.concatenate(rows),
    )


def draw_folds(rng: np.random.Generator) -> np.ndarray:
    """Return three balanced folds of 90 photos of alternating labels."""
    folds = np.empty(90, dtype=int)
    for label in (0, 1):
        folds[label::2] = rng.permutation(np.repeat([0, 1, 2], 15))
    return folds


def test_seeds_with_their_own_folds_are_paired_and_chosen_within_their_folds() -> None:
    """Two seeds have two sets of folds: each chooses among its networks, and both have a p-value against each other."""
    rng = np.random.default_rng(0)
    sets = [draw_folds(rng), draw_folds(rng)]
    networks = [simulated(rng, folds, seed, name=name) for seed, folds in enumerate(sets) for name in ("relu", "tanh")]
    inside = chosen_in_folds(networks)
    assert inside.sets_of_folds == 2
    assert [name.endswith("seed 0") for name in inside.chosen] == [True] * 3 + [False] * 3
    assert 0 < inside.low < inside.auc < inside.high < 1
    comparison = compare(networks, diagnoses={})
    by_pair = {(pair.a, pair.b): pair for pair in comparison.pairs}
    assert 0 < by_pair["relu-0", "relu-1"].p_value <= by_pair["relu-0", "relu-1"].p_holm
    assert 0 < comparison.lead_p <= 1


def test_figure_chosen_inside_folds_is_honest_where_the_champions_own_is_not() -> None:
    """With eight equal networks, the champion's own test AUC is too high where its folds validate with test photos.

    The photos that a fold validates with are tested by the next fold, and a network of one quality varies by fold and
    photo; the choice inside a fold uses no photo of that fold's test.
    """
    rng = np.random.default_rng(1)
    folds = draw_folds(rng)
    own, inside = [], []
    for _ in range(60):
        shared = 0.9 * rng.normal(size=90)
        networks = [simulated(rng, folds, seed, skill=1.0) for seed in range(8)]
        # What a network makes of a photo in one fold it makes in the others too, so validation tells of test.
        for network in networks:
            habit = shared + rng.normal(size=90)
            network.test.p_sad[:] = network.test.labels + habit
            network.validation.p_sad[:] = network.validation.labels + habit[network.validation_rows]
        known = [
            np.mean(
                [
                    roc_auc_score(
                        network.validation.labels[network.validation_folds == fold],
                        network.validation.p_sad[network.validation_folds == fold],
                    )
                    for fold in range(3)
                ]
            )
            for network in networks
        ]
        best = networks[int(np.argmax(known))]
        own.append(fold_mean(*best.test, folds).auc)
        inside.append(chosen_in_folds(networks).auc)
    truth = norm.cdf(1 / math.sqrt(2 * 1.81))
    assert np.mean(own) > truth + 0.03
    assert np.mean(inside) == pytest.approx(truth, abs=0.015)
