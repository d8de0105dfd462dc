"""Warnings of runs under way: given when they are certain, and not of networks that learn slowly."""

import math
from typing import Any

import pytest

from emotion_core.training.checks import Finding, new_warnings
from tests.training.checks.histories import epochs, history, snapshot


def codes(epoch_numbers: list[Any], snapshots: list[Any], *given: str, **settings: Any) -> list[str]:
    """Return the codes of the warnings of this history.

    Args:
        epoch_numbers: from ``epochs``.
        snapshots: from ``snapshot``.
        given: codes of earlier warnings.
        settings: of the run.
    """
    return [finding.code for finding in new_warnings(history(epoch_numbers, snapshots, **settings), given)]


def test_no_warning_of_a_network_that_learns() -> None:
    """Neither before the first step, nor later."""
    losses = [0.7, 0.6, 0.5, 0.4, 0.35, 0.3, 0.28, 0.27, 0.26, 0.25, 0.24]
    assert codes([], [snapshot()]) == []
    assert all(codes(epochs(losses[:n]), [snapshot(), snapshot(n)]) == [] for n in range(1, 12))


CONSTANT = {"lowest": 0.5, "highest": 0.5, "lowest_p_sad": 0.5, "highest_p_sad": 0.5}
LEARNED = [snapshot(), snapshot(6, loss=0.1)]
NOTHING = {"auc": 0.5, "validation_auc": 0.5}
OVERFITTED = epochs([0.6, 0.5, 0.4, 0.3, 0.2, 0.1], [0.5] + [0.6] * 5)
CASES: dict[str, tuple[list[Any], list[Any], dict[str, Any]]] = {
    "nan": (epochs([0.7, math.nan]), [], {}),
    "born_dead": ([], [snapshot(norms=(0, 0, 0))], {}),
    "dead_output": (epochs([0.7], spread=0.0), [snapshot(), snapshot(1, (0, 0.1, 0.1), **CONSTANT)], {}),
    "outside_range": ([], [snapshot(lowest=-0.3, highest=-0.1)], {"output_activation": "relu"}),
    "constant_output": (epochs([0.693] * 10, spread=0.0005), [], {}),
    "stuck": (epochs([0.7, *[0.693] * 9], [0.693] * 10, **NOTHING), [], {}),
    "batch_norm_lag": (epochs([0.3] * 5), [snapshot(), snapshot(5, loss=0.9)], {"batch_normalization": True}),
    "vanishing_gradient": ([], [snapshot(norms=(0.0001, 0.01, 1))], {}),
    "exploding_gradient": ([], [snapshot(norms=(200, 20, 1))], {}),
    "diverging": (epochs([1.2, 1.3, 1.4]), [snapshot()], {}),
    "learning_rate_too_high": (epochs([0.6, 0.9, 0.5, 0.8, 0.4, 0.7]), [], {}),
    "overfitting": (OVERFITTED, LEARNED, {}),
}


@pytest.mark.parametrize("code", CASES)
def test_each_fault_is_given_once_with_its_evidence(code: str) -> None:
    """The warning names the fault, has all its texts, is read back as it was, and is not repeated."""
    epoch_numbers, snapshots, settings = CASES[code]
    [finding] = new_warnings(history(epoch_numbers, snapshots, **settings))
    assert (finding.code, finding.epoch) == (code, len(epoch_numbers))
    assert all((finding.sentence, finding.evidence, finding.advice))
    assert finding.record()["event"] == "warning"
    assert Finding.from_record(finding.record()) == finding
    assert code not in codes(epoch_numbers, snapshots, code, **settings)


CONSTANT_APART = epochs([0.693] * 10, spread=0.0005)[:9] + epochs([0.693] * 10, spread=0.0006)[9:]
NEARLY: dict[str, tuple[list[Any], list[Any], dict[str, Any]]] = {
    "a gradient left in one layer": ([], [snapshot(norms=(0, 0, 0.1))], {}),
    "constant, but with a gradient": (
        epochs([0.7], spread=0.0),
        [snapshot(), snapshot(1, (0.1, 0.1, 0.1), **CONSTANT)],
        {},
    ),
    "constant on the probe photos alone": (epochs([0.7]), [snapshot(), snapshot(1, (0, 0.1, 0.1), **CONSTANT)], {}),
    "answers come apart": (CONSTANT_APART, [], {}),
    "constant for nine epochs": (epochs([0.693] * 9, spread=0.0), [], {}),
    "constant, and the loss falls": (epochs([0.7 - 0.01 * n for n in range(10)], spread=0.0), [], {}),
    "partly inside": ([], [snapshot(lowest=-0.3, highest=0.1)], {"output_activation": "relu"}),
    "a logit may be anything": ([], [snapshot(lowest=-3, highest=-1)], {"output_activation": "linear"}),
    "vanished once, later": (epochs([0.6]), [snapshot(), snapshot(1, (0.0001, 0.01, 1))], {}),
    "two epochs above": (epochs([0.6, 1.3, 1.4]), [snapshot()], {}),
    "two jumps": (epochs([0.6, 0.9, 0.5, 0.8, 0.4]), [], {}),
    "jumps close to zero": (epochs([0.6, 0.01, 0.05, 0.01, 0.06, 0.01, 0.05]), [], {}),
    "stuck for nine epochs": (epochs([0.693] * 9, [0.693] * 9, **NOTHING), [], {}),
    "a loss at chance with an AUC of .8": (epochs([0.693] * 10, [0.693] * 10), [], {}),
    "a batch's statistics a little better": (
        epochs([0.6] * 5),
        [snapshot(), snapshot(5, loss=0.7)],
        {"batch_normalization": True},
    ),
    "validation not yet a tenth above": (
        epochs([0.6, 0.5, 0.4, 0.3, 0.2, 0.1], [0.5] + [0.54] * 5),
        LEARNED,
        {},
    ),
    "a tenth of almost nothing": (epochs([0.6, 0.05, 0.04, 0.03, 0.02, 0.01], [0.09] + [0.12] * 5), LEARNED, {}),
    "four epochs after the best": (epochs([0.6, 0.5, 0.4, 0.3, 0.2], [0.5] + [0.6] * 4), LEARNED, {}),
    "predicts its training photos no better": (OVERFITTED, [snapshot(), snapshot(6, loss=0.65)], {}),
}


@pytest.mark.parametrize("case", NEARLY)
def test_no_warning_of_what_is_not_certain(case: str) -> None:
    """Just short of each fault, or where another reading is possible, there is no warning of it."""
    epoch_numbers, snapshots, settings = NEARLY[case]
    expected = ["stuck"] if case == "answers come apart" else []
    assert [code for code in codes(epoch_numbers, snapshots, **settings) if code not in expected] == []


def test_dead_network_has_no_other_warning() -> None:
    """Once a network was called dead, other faults are not given, even if its last snapshot is some epochs old."""
    dead = [snapshot(), snapshot(1, (0, 0.1, 0.1), **CONSTANT)]
    epoch_numbers = epochs([1.6] * 10, spread=0.0)
    assert codes(epoch_numbers, dead, "dead_output") == []
    assert codes(epoch_numbers, dead, "vanishing_gradient") == ["dead_output"]
    assert codes([], [snapshot(norms=(0, 0, 0))], "born_dead") == []


def test_the_worst_layer_is_named() -> None:
    """A vanishing gradient is that of the layer that gets least of it."""
    [finding] = new_warnings(history([], [snapshot(norms=(0.0001, 0.001, 1))]))
    assert finding.layer == "conv1"
    assert "that of conv1 is 0.0001 times" in finding.sentence
    assert finding.evidence == "Gradient norms before the first step: conv1 0.0001, dense1 0.001, output 1."


def test_warnings_of_earlier_versions_are_read() -> None:
    """A record without a layer, with other texts or of a code that is not given any more is a finding all the same."""
    record = {"event": "warning", "time": 1.0, "code": "constant_output", "epoch": 10, "sentence": "s", "advice": "a"}
    assert Finding.from_record(record) == Finding("constant_output", 10, "s", "", "a")
    assert Finding.from_record({"event": "warning", "code": "gone"}).severity == "warning"
