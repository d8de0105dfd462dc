"""Sentences on the source study: every number comes from the evidence."""

from dataclasses import replace

import pytest

from emotion_core.evaluation.diagnosis import Shortcut
from emotion_core.teaching.source_study import (
    CHAPTERS,
    PUBLISHED,
    FirstGradients,
    FirstOutputs,
    StudyEvidence,
    differences_table,
    evidence_sentences,
    provenance_text,
)
from emotion_core.teaching.source_study.evidence import TrainedNetwork

HALF = (0, 0, 1, 1)
RIGHT, WRONG, ZERO, SINGLE = (0.1, 0.2, 0.8, 0.9), (0.9, 0.2, 0.9, 0.2), (0.0,) * 4, (0.25,) * 4
ALIVE, DEAD = (("conv1", 0.1), ("output", 0.2)), (("conv1", 0.0), ("output", 0.0))


def network(name: str, p_sad: tuple[float, ...], **changed: object) -> TrainedNetwork:
    """Return a network that was tested on two happy and two sad photos."""
    made = TrainedNetwork(name, name, "fixed", 0, HALF, p_sad, (0.5, 1.0), (0.5, 0.75), ALIVE)
    return replace(made, **changed)


def test_leak_tells_both_splits_and_both_sets_of_labels() -> None:
    """Shares are those of the runs, lowest and highest; what there is no evidence of is not told."""
    fixed, leaking = network("relu", WRONG), network("relu", RIGHT, split="reshuffled")
    last, true, lot, trained = evidence_sentences(
        "leak", StudyEvidence((fixed, leaking), (fixed, leaking), trained_on=(0.6, 0.996))
    )
    assert last.endswith("ends with an accuracy of 100 % in training and 75 % in validation.")
    assert (
        "classifies 100 % of its test photos correctly with the reshuffled split, and 50 % with a fixed one (1 seed"
        in true
    )
    assert lot.startswith("With random labels")
    assert "60 % were trained on in the first epoch and 100 % within 2 epochs" in trained
    assert len(evidence_sentences("leak", StudyEvidence((fixed, leaking)))) == 2


def test_models_say_where_the_same_activation_does_better_elsewhere() -> None:
    """Only where the published network is near guessing and the controlled one is not."""
    published = (network("Model 1", RIGHT, activation="relu"), network("Model 3", WRONG, activation="tanh"))
    controlled = (network("relu", RIGHT), network("tanh", RIGHT), network("sigmoid", WRONG))
    first, second, why, weak = evidence_sentences("models", StudyEvidence(controlled, published))
    assert "Model 1 1.00, Model 3 .50" in first
    assert "relu 1.00, tanh 1.00, sigmoid .50" in second
    assert why.startswith("Model 3 stays near guessing, but not because of its tanh") and "has 1.00." in why
    assert "sigmoid stays near guessing" in weak
    assert len(evidence_sentences("models", StudyEvidence((network("relu", RIGHT),)))) == 1


def test_dead_output_counts_seeds() -> None:
    """Dead from the start, one answer in the end, and what the others reach."""
    networks = (
        network("Model 2", ZERO, first_gradients=DEAD),
        network("Model 2", ZERO),
        network("Model 2", SINGLE),
        network("Model 2", RIGHT),
    )
    outputs = FirstOutputs((0.0, 0.1, 0.0, 0.0), (0.0, 0.125, 0.0, 0.0))
    sentences = evidence_sentences("dead_output", StudyEvidence(networks, outputs=outputs))
    assert "Of 4 trained networks, 1 had a gradient of exactly 0 in every layer" in sentences[0]
    assert "3 gave the same answer for every photo" in sentences[0]
    assert sentences[1].startswith("2 of them gave 0: their squared error is .50, with .50 of the test photos sad")
    assert sentences[2:4] == [
        "1 ended at another single answer, .25.",
        "Those that did learn reached a test AUC of 1.00.",
    ]
    assert "Of 4 untrained networks, 75 % output 0" in sentences[4] and "0.025" in sentences[4]


def test_vanishing_tells_each_depth_and_each_variant() -> None:
    """The first layer's gradient over the output layer's; trained networks where there are any."""
    gradients = tuple(
        FirstGradients(variant, "sigmoid", depth, (("conv1", small), ("output", 0.5)))
        for variant, depth, small in (("sigmoid", 1, 0.05), ("sigmoid", 2, 0.005), ("tanh", 2, 0.25))
    )
    [untrained] = evidence_sentences("vanishing", StudyEvidence(gradients=gradients))
    assert "Sigmoid: 0.1 at depth 1, 0.01 at depth 2. At depth 2: sigmoid 0.01; tanh 0.5." in untrained
    [_, trained] = evidence_sentences("vanishing", StudyEvidence((network("sigmoid", RIGHT),), gradients=gradients))
    assert "depth 1 after training for 2 epochs, test AUC: sigmoid 1.00." in trained


def test_last_batch_and_shortcut_tell_the_networks_and_the_numbers() -> None:
    """Whole test set against batches; brightness first, then the strongest number where that is another."""
    networks = (network("relu", RIGHT * 12, labels=HALF * 12), network("tanh", WRONG * 12, labels=HALF * 12))
    ranges, first = evidence_sentences("last_batch", StudyEvidence(networks))
    assert "same 48 test photos" in ranges
    assert "relu 1.00 on the whole test set, 1.00 on a last batch; tanh .50 on the whole" in ranges
    assert (
        "last batch of 32 photos ranks another network first than the whole test set does in 0 % of the orders" in first
    )
    shortcuts = (
        Shortcut("sharpness", 0.7, 0.6, 0.8, 99, "sharper"),
        Shortcut("brightness", 0.6, 0.5, 0.7, 98, "darker"),
    )
    brightness, strongest, reached = evidence_sentences("shortcut", StudyEvidence(networks, shortcuts=shortcuts))
    assert "Brightness alone reaches AUC .60 [.50–.70] on 98 photos" in brightness
    assert "Sharpness alone reaches AUC .70" in strongest
    assert "relu 1.00, tanh .50" in reached


def test_table_lists_what_the_published_networks_differ_in() -> None:
    """Eight settings, the activation among them; a dense activation that follows the hidden one is said to."""
    table = {row["Setting"]: row for row in differences_table(PUBLISHED)}
    assert len(table) == 8
    assert table["Optimizer"] == {"Setting": "Optimizer", "Model 1": "adam", "Model 2": "adam", "Model 3": "sgd"}
    assert table["Dense activation"]["Model 1"] == "as the hidden layers"


@pytest.mark.parametrize(
    "text", [text for chapter in CHAPTERS for text in (chapter.title, chapter.claim, chapter.explanation)]
)
def test_prose_has_no_measured_number(text: str) -> None:
    """Digits in it are years of references, the study's own figures, settings, and what functions can give."""
    known = {"1", "2", "5", "100", "50", "32", "79.2", "75.2", "75.1", "0.6", "6", "0"}
    words = text.replace("LeNet-5", "").replace("(", " ").replace(")", " ").split()
    numbers = {word.strip(".,;:%") for word in words if any(letter.isdigit() for letter in word)}
    assert all(number in known or 1900 < float(number) < 2030 for number in numbers)


def test_origin_of_the_results_is_told() -> None:
    """Date, photos, size, versions, machine and command."""
    made = {"date": "2026-01-02", "photos": 480, "image_size": 64, "tensorflow": "9.1", "keras": "8.2", "numpy": "7.3"}
    text = provenance_text({**made, "cpu": "some processor", "command": "python -m x"})
    for value in (*map(str, made.values()), "some processor", "python -m x"):
        assert value in text
