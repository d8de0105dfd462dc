"""Checks on the layers: gradients that vanish or explode on their way back, dead and saturated units."""

import math
from collections.abc import Callable, Sequence

from emotion_core.training.checks.finding import Finding, FindingCode
from emotion_core.training.checks.history import RunHistory
from emotion_core.training.checks.layer_snapshot import LayerState

VANISHED_RATIO, EXPLODED_RATIO = 0.01, 100.0  # of a layer's gradient to the output layer's
SNAPSHOTS = 2  # the same in two snapshots in a row is no accident
# Shares of a layer's units or values.
MANY, GROWN = 0.5, 0.1


def vanishing_gradient(history: RunHistory) -> Finding | None:
    """Find a layer whose gradient is far smaller than the output layer's."""
    return _gradient(
        history,
        lambda ratio: ratio < VANISHED_RATIO,
        "vanishing_gradient",
        "Vanishing gradient: that of {name} is {ratio} times the output layer's.",
        "The first layers learn late or never: use ReLU, fewer blocks, batch normalization or another initializer.",
    )


def exploding_gradient(history: RunHistory) -> Finding | None:
    """Find a layer whose gradient is far larger than the output layer's."""
    return _gradient(
        history,
        lambda ratio: ratio > EXPLODED_RATIO,
        "exploding_gradient",
        "Exploding gradient: that of {name} is {ratio} times the output layer's.",
        "Steps that suit the last layers are too large for the first: lower the learning rate, or use batch "
        "normalization or another initializer.",
    )


def _gradient(
    history: RunHistory, is_beyond: Callable[[float], bool], code: FindingCode, sentence: str, advice: str
) -> Finding | None:
    """Name the layer whose gradient is furthest from the output layer's, where it was so in the last snapshots."""
    newest = history.newest_snapshot
    if newest is None:
        return None
    recent = [
        {layer.name: layer.gradient_ratio for layer in snapshot.layers} for snapshot in history.snapshots[-SNAPSHOTS:]
    ]
    ratios = {
        name: ratio
        for name, ratio in recent[-1].items()
        if ratio and all((earlier := layers.get(name)) and is_beyond(earlier) for layers in recent)
    }
    if not ratios:
        return None
    name = max(ratios, key=lambda name: abs(math.log(ratios[name])))
    norms = ", ".join(f"{layer.name} {layer.gradient_norm or 0:.2g}" for layer in newest.layers)
    evidence = f"Gradient norms {_when(newest.epoch)}: {norms}."
    return history.finding(code, sentence.format(name=name, ratio=f"{ratios[name]:.2g}"), evidence, advice, name)


def dead_units(history: RunHistory) -> Finding | None:
    """Find a hidden layer of an ended run with many units that no probe photo makes positive."""
    return _units(
        history,
        _hidden(history),
        "dead",
        "dead_units",
        "Dead units: {share} of {name} are zero for every probe photo.",
        "Lower the learning rate, try another seed, or use leaky ReLU or ELU, which have a slope below zero.",
    )


def saturated_units(history: RunHistory) -> Finding | None:
    """Find a hidden layer of an ended run with many values where the activation is flat."""
    return _units(
        history,
        # An activation that is zero below zero is flat there by nature; its units are judged by whether they are dead.
        [layer for layer in _hidden(history) if layer.dead is None],
        "saturated",
        "saturated_units",
        "Saturated units: {share} of the values of {name} lie where the activation is flat and passes hardly any "
        "gradient.",
        "Lower the learning rate, or use batch normalization or an activation that is not flat at both ends.",
    )


def _hidden(history: RunHistory) -> list[LayerState]:
    newest = history.newest_snapshot
    # While a run goes on, its curves say more than this, which is common in networks that learn.
    return [layer for layer in newest.layers if layer.name != "output"] if newest and history.ended else []


def _units(
    history: RunHistory, layers: Sequence[LayerState], measure: str, code: FindingCode, sentence: str, advice: str
) -> Finding | None:
    """Return a finding on the layer with the largest share, if that is large and has grown since the start."""
    shares = {layer.name: getattr(layer, measure) or 0.0 for layer in layers}
    first = history.snapshots[0].layers if history.snapshots and history.snapshots[0].epoch == 0 else ()
    before = {layer.name: getattr(layer, measure) or 0.0 for layer in first}
    # On few photos many units of a new dense layer are zero; only those that training added are its fault.
    faulty = [name for name, share in shares.items() if share >= MANY and share > before.get(name, 0.0) + GROWN]
    if not faulty:
        return None
    worst = max(faulty, key=shares.__getitem__)
    listed = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    evidence = f"Share {measure} {_when(history.snapshots[-1].epoch)}, on the probe photos: {listed}."
    text = sentence.format(share=f"{shares[worst]:.0%}", name=worst)
    return history.finding(code, text, evidence, advice, worst)


def _when(epoch: int) -> str:
    return f"after epoch {epoch}" if epoch else "before the first step"
