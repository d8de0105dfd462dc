"""Warnings of runs under way: said when they are certain, and not of networks that learn slowly."""

from typing import Any

import pytest

from emotion_core.training import RunConfig
from emotion_core.training.monitor.live_warnings import RunHistory, RunWarning, warning_of

LAYERS = ("conv1", "dense1", "output")


def look(epoch: int = 0, norms: tuple[float | None, ...] = (0.2, 0.2, 0.1), **seen: Any) -> dict[str, Any]:
    """Return the record of a look at a network without fault, unless told otherwise."""
    ratios = [norm / norms[-1] if norm is not None and norms[-1] else None for norm in norms]
    layers = [
        {"name": name, "gradient_norm": norm, "gradient_ratio": ratio, "dead": 0.0}
        for name, norm, ratio in zip(LAYERS, norms, ratios, strict=True)
    ]
    ends = {"lowest": 0.4, "highest": 0.6, "lowest_p_sad": 0.4, "highest_p_sad": 0.6}
    return {"epoch": epoch, "loss": 0.7, "layers": layers, **ends, **seen}


def epochs(losses: list[float | None], validation: list[float] | None = None, spread: float = 0.5) -> list[Any]:
    """Return records of epochs with these losses."""
    validation = validation or [0.6] * len(losses)
    ends = {"validation_lowest": 0.4, "validation_highest": 0.4 + spread}
    rows = zip(losses, validation, strict=True)
    return [
        {"epoch": number, "loss": loss, "validation_loss": other, **ends}
        for number, (loss, other) in enumerate(rows, start=1)
    ]


def warned(epochs: list[Any], looks: list[Any], *given: str, **settings: Any) -> RunWarning | None:
    """Return what is said of these records."""
    return warning_of(RunHistory(RunConfig(**settings), epochs, looks), given)


def test_nothing_is_said_of_a_network_that_learns() -> None:
    """Neither before the first step, nor later."""
    losses = [0.7, 0.6, 0.5, 0.4, 0.35, 0.3, 0.28, 0.27, 0.26, 0.25, 0.24]
    assert warned([], [look()]) is None
    assert all(warned(epochs(losses[:n]), [look(), look(n)]) is None for n in range(1, 12))


CONSTANT = {"lowest": 0.5, "highest": 0.5, "lowest_p_sad": 0.5, "highest_p_sad": 0.5}
CASES: dict[str, tuple[list[Any], list[Any], dict[str, Any]]] = {
    "nan": (epochs([0.7, None]), [], {}),
    "born_dead": ([], [look(norms=(0, 0, 0))], {}),
    "dead_output": (epochs([0.7]), [look(), look(1, (0, 0.1, 0.1), **CONSTANT)], {}),
    "outside_range": ([], [look(lowest=-0.3, highest=-0.1)], {"output_activation": "relu"}),
    "constant_output": (epochs([0.693] * 10, spread=0.0005), [], {}),
    "vanishing_gradient": ([], [look(norms=(0.0001, 0.01, 1))], {}),
    "exploding_gradient": ([], [look(norms=(200, 20, 1))], {}),
    "diverging": (epochs([1.2, 1.3, 1.4]), [look()], {}),
    "learning_rate_too_high": (epochs([0.6, 0.9, 0.5, 0.8, 0.4, 0.7]), [], {}),
    "overfitting": (epochs([0.6, 0.5, 0.4, 0.3, 0.2, 0.1], [0.5] + [0.6] * 5), [], {}),
}


@pytest.mark.parametrize("code", CASES)
def test_each_fault_is_said_once_with_its_evidence(code: str) -> None:
    """The warning names the fault, has all its texts, and is not repeated."""
    seen, looks, settings = CASES[code]
    found = warned(seen, looks, **settings)
    assert found is not None
    assert (found.code, found.epoch) == (code, len(seen))
    assert all((found.sentence, found.evidence, found.advice))
    assert found.record()["event"] == "warning"
    assert (again := warned(seen, looks, code, **settings)) is None or again.code != code


NEARLY: dict[str, tuple[list[Any], list[Any], dict[str, Any]]] = {
    "a gradient left in one layer": ([], [look(norms=(0, 0, 0.1))], {}),
    "constant, but with a gradient": (epochs([0.7]), [look(), look(1, (0.1, 0.1, 0.1), **CONSTANT)], {}),
    "answers come apart": (epochs([0.693] * 10, spread=0.0005)[:9] + epochs([0.693] * 10, spread=0.0006)[9:], [], {}),
    "constant for nine epochs": (epochs([0.693] * 9, spread=0.0), [], {}),
    "constant, and the loss falls": (epochs([0.7 - 0.01 * n for n in range(10)], spread=0.0), [], {}),
    "partly inside": ([], [look(lowest=-0.3, highest=0.1)], {"output_activation": "relu"}),
    "a logit may be anything": ([], [look(lowest=-3, highest=-1)], {"output_activation": "linear"}),
    "vanished once, later": (epochs([0.6]), [look(), look(1, (0.0001, 0.01, 1))], {}),
    "two epochs above": (epochs([0.6, 1.3, 1.4]), [look()], {}),
    "two jumps": (epochs([0.6, 0.9, 0.5, 0.8, 0.4]), [], {}),
    "validation not yet a tenth above": (epochs([0.6, 0.5, 0.4, 0.3, 0.2, 0.1], [0.5] + [0.54] * 5), [], {}),
    "four epochs after the best": (epochs([0.6, 0.5, 0.4, 0.3, 0.2], [0.5] + [0.6] * 4), [], {}),
}


@pytest.mark.parametrize("case", NEARLY)
def test_what_is_not_certain_is_not_said(case: str) -> None:
    """Just short of each fault, there is no warning."""
    seen, looks, settings = NEARLY[case]
    assert warned(seen, looks, **settings) is None


def test_nothing_is_added_to_the_last_word() -> None:
    """Of a network that was called dead, its other faults are not told."""
    seen, looks, _ = CASES["constant_output"]
    assert warned(seen, looks, "dead_output") is None
    assert warned(seen, looks, "vanishing_gradient") is not None


def test_the_worst_layer_is_named() -> None:
    """A vanishing gradient is told of the layer that gets least of it."""
    found = warned([], [look(norms=(0.0001, 0.001, 1))])
    assert found is not None
    assert "conv1 gets 0.0001 times" in found.sentence
    assert found.evidence == "Gradient norms after epoch 0: conv1 0.0001, dense1 0.001, output 1."
