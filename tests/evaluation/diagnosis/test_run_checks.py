"""What real runs' records and scores show: dead output, gradients, units, learning rate, shortcuts, test photos."""

from dataclasses import replace

import numpy as np
import pytest

from emotion_core.evaluation.comparison import StudyComparison, compare_study, run_scores
from emotion_core.evaluation.diagnosis import Baseline, Shortcut, diagnoses
from emotion_core.evaluation.diagnosis.run_checks import no_fault
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Run, StudyPlan, list_studies, runs_of, start_study
from emotion_core.training.checks import Finding, SplitPredictions

SMALL = {"image_size": 32, "dense_units": (16,)}
MODEL_2 = StudyPlan(preset="published", networks=("Model 2",), settings={"image_size": 64, "epochs": 2, "seed": 1})
DEEP_SIGMOID = StudyPlan(
    vary={"hidden_activation": ("sigmoid",), "depth": (5,)},
    settings={**SMALL, "kernel_size": 3, "padding": "same", "epochs": 2},
)
TOO_FAST = StudyPlan(
    vary={"hidden_activation": ("relu", "tanh")},
    settings={**SMALL, "dense_units": (64, 32), "filters": (8, 16), "epochs": 6, "learning_rate": 0.3},
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, add_photos, wait_until) -> dict[str, StudyComparison]:
    """Return three studies that went wrong, each in its own way."""
    workspace = open_workspace(tmp_path_factory.mktemp("diagnosed"))
    add_photos(workspace, happy=16, sad=16)
    plans = {"model_2": MODEL_2, "deep": DEEP_SIGMOID, "fast": TOO_FAST}
    studies = {name: start_study(workspace, plan.study()) for name, plan in plans.items()}
    wait_until(
        lambda: not any(run.state.active for study in studies.values() for run in runs_of(workspace, study)),
        "three studies have ended",
    )
    return {name: compare_study(workspace, study) for name, study in studies.items()}


def findings_of(compared: StudyComparison, number: int = 0) -> dict[str, Finding]:
    """Return all findings about a run of a study by their code, in order."""
    return {finding.code: finding for finding in compared.diagnoses[compared.study.run_ids[number]]}


@pytest.mark.slow
def test_model_2_of_the_source_study_is_a_dead_output_and_no_vanishing_gradient(trained) -> None:
    """The published network itself, trained: its output is dead, and no gradient is blamed for it."""
    findings = findings_of(trained["model_2"])

    assert next(iter(findings)) == "dead_output"
    assert "predicts 0 (happy) for every photo, always" in findings["dead_output"].sentence
    assert "This is not a vanishing gradient." in findings["dead_output"].advice
    assert not {"vanishing_gradient", "exploding_gradient", "stuck", "undertrained"} & findings.keys()


def test_deep_sigmoid_network_has_a_vanishing_gradient_in_its_first_layer(trained) -> None:
    """The layer that gets least is named, with its share of the output layer's gradient."""
    compared = trained["deep"]
    finding = findings_of(compared)["vanishing_gradient"]
    [run] = compared.runs
    first = run.layer_snapshots[-1].layers[0]

    assert finding.layer == first.name == "conv1"
    assert f"that of conv1 is {first.gradient_ratio:.2g} times the output layer's" in finding.sentence


def test_learning_rate_far_too_high_kills_relu_units_and_saturates_tanh(trained) -> None:
    """The layers are named, and the advice says which learning rate to try."""
    relu, tanh = findings_of(trained["fast"], 0), findings_of(trained["fast"], 1)

    assert relu["dead_units"].layer
    assert "Share dead after epoch 6" in relu["dead_units"].evidence
    assert tanh["saturated_units"].layer
    assert "saturated_units" not in relu
    assert "dead_units" not in tanh
    assert "from 0.3 to 0.03" in tanh["learning_rate_too_high"].advice


def test_the_first_finding_is_the_one_in_the_table(trained) -> None:
    """The one diagnosis of a run is the first of all, and its sentence is the one in the comparison."""
    for compared in trained.values():
        for row in compared.comparison.runs:
            first = compared.diagnoses[row.run_id][0]
            assert row.diagnosis == first.sentence


def test_few_test_photos_are_the_last_thing_said(trained) -> None:
    """Eight test photos are called few, with what an AUC on them is worth; 48 of each class are not."""
    compared = trained["deep"]
    [run] = compared.runs
    scores, last = run_scores(run), compared.diagnoses[run.run_id][-1]
    many = np.repeat([0, 1], 48)

    assert last.code == "small_test_set"
    assert f"{int((scores.test.labels == 0).sum())} happy and" in last.evidence
    codes = {finding.code for finding in diagnoses(run, replace(scores, test=SplitPredictions(many, many * 0.5)))}
    assert "small_test_set" not in codes
    one_class = diagnoses(run, replace(scores, test=SplitPredictions(np.zeros(90, np.int64), np.zeros(90))))[-1]
    assert "without both happy and sad ones there is no AUC" in one_class.evidence


@pytest.mark.parametrize(
    ("is_good_on_test", "expected"),
    [(False, ", but its validation AUC of"), (True, "points to a fault.")],
)
def test_a_network_without_fault_may_be_a_guess_on_new_photos(
    studied: Workspace, is_good_on_test: bool, expected: str
) -> None:
    """Where only its training photos tell it apart from guessing, the sentence says how far guessing gets."""
    [run] = compare_study(studied, list_studies(studied)[0]).finished
    labels, noise = np.repeat([0, 1], 24), np.tile(np.linspace(0.4, 0.6, 24), 2)
    good = SplitPredictions(labels, np.where(labels == 1, 0.8, 0.2) + noise / 10)
    guess = SplitPredictions(labels, noise)
    history = replace(run.history, train=good, validation=guess, test=good if is_good_on_test else guess)
    sentence = no_fault(history, None).sentence

    assert expected in sentence
    assert ("up to .67" in sentence) != is_good_on_test


def shortcut_of(run: Run, *, alike: float) -> Baseline:
    """Return a number that tells the run's photos apart, and follows its P(sad) within the classes as far as told."""
    scores = run_scores(run)
    labels, p_sad = scores.test
    noise = np.random.default_rng(0).normal(size=len(labels))
    values = np.where(labels == 1, 0.0, -0.5) + alike * p_sad + (1 - alike) * noise * 0.01
    return Baseline(Shortcut("brightness", 0.9, 0.7, 0.98, 32, "darker"), scores.photo_ids, labels, values)


def test_answers_that_follow_a_shortcut_are_suspected(studied: Workspace) -> None:
    """A network that does no better than brightness and follows it is suspected; one that does not follow it is not."""
    compared = compare_study(studied, list_studies(studied)[0])
    [run] = compared.finished
    codes = {
        alike: [finding.code for finding in diagnoses(run, run_scores(run), baseline=shortcut_of(run, alike=alike))]
        for alike in (1.0, 0.0)
    }
    weak = shortcut_of(run, alike=1.0)
    weak = replace(weak, shortcut=replace(weak.shortcut, low=0.45))

    assert "shortcut_suspected" in codes[1.0]
    assert "shortcut_suspected" not in codes[0.0]
    assert "shortcut_suspected" not in [finding.code for finding in diagnoses(run, run_scores(run), baseline=weak)]
