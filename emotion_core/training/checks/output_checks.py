"""Checks on the output: numbers that are not finite, dead and constant outputs, values outside 0 to 1."""

import math

from emotion_core.formatting import count_text, share_text
from emotion_core.training.checks.finding import Finding
from emotion_core.training.checks.history import SMALLEST_PROBABILITY, RunHistory
from emotion_core.training.checks.layer_snapshot import LayerSnapshot

CONSTANT_SPREAD = 1e-3  # predictions that differ by less are one prediction for every photo
CONSTANT_EPOCHS = 10
CONSTANT_FALL = 0.02  # of the training loss over these epochs; a network that learns slowly is not constant
NO_GRADIENT = 1e-9
# Outputs without bounds at 0 and 1, which are cut off there.
UNBOUNDED = ("relu", "tanh")
SIGMOID = "Use a sigmoid output with binary cross-entropy"
# What a sad photo that gets P(sad) = 0 costs.
CROSS_ENTROPY_OF_ZERO = -math.log(SMALLEST_PROBABILITY)


def lower_learning_rate(history: RunHistory) -> str:
    """Return the advice to lower the run's learning rate, with the value to try."""
    rate = history.config.learning_rate
    return f"Lower the learning rate tenfold, from {rate:g} to {rate / 10:g}."


def not_trained(history: RunHistory) -> Finding | None:
    """Find that a run ended before its first epoch did."""
    if history.epochs or not history.ended:
        return None
    return history.finding(
        "not_trained",
        "The network has not been trained: no epoch was finished.",
        "0 epochs recorded.",
        "Start the run again, and read its log if it ends at once.",
    )


def not_finite(history: RunHistory) -> Finding | None:
    """Find losses, gradients or predictions that are not finite numbers."""
    broken = _broken_epoch(history) or _broken_gradients(history.newest_snapshot) or _broken_predictions(history)
    if broken is None:
        return None
    sentence = "The training broke down: its numbers are no longer finite."
    return history.finding("nan", sentence, broken, lower_learning_rate(history))


def _broken_epoch(history: RunHistory) -> str | None:
    for epoch in history.epochs:
        broken = [name for name in ("loss", "validation_loss") if not math.isfinite(getattr(epoch, name))]
        if broken:
            return f"Not finite in epoch {epoch.epoch}: {', '.join(broken).replace('_', ' ')}."
    return None


def _broken_gradients(snapshot: LayerSnapshot | None) -> str | None:
    if snapshot is None:
        return None
    # Snapshots of earlier versions have fewer numbers, but all have this one.
    broken = [layer.name for layer in snapshot.layers if layer.gradient_norm is None]
    return f"Gradients not finite after epoch {snapshot.epoch}: {', '.join(broken)}." if broken else None


def _broken_predictions(history: RunHistory) -> str | None:
    p_sad = history.validation.p_sad if history.validation else ()
    broken = sum(not math.isfinite(value) for value in p_sad)
    return f"{broken} of {len(p_sad)} validation predictions are not finite." if broken else None


def born_dead(history: RunHistory) -> Finding | None:
    """Find a network in which no layer has a gradient before the first step."""
    first = history.snapshots[0] if history.snapshots else None
    if first is None or first.epoch:
        return None
    # Photos that are not the probe's may have had a gradient and brought the network to life since.
    if any(layer.gradient_norm != 0 for snapshot in (first, history.snapshots[-1]) for layer in snapshot.layers):
        return None
    sentence = "Born dead: before the first step no layer has a gradient, so training changes nothing."
    advice = f"{SIGMOID}, or try another seed."
    return history.finding("born_dead", sentence, f"{_output_range(history, first)}; every gradient norm is 0.", advice)


def dead_output(history: RunHistory) -> Finding | None:
    """Find a network that predicts the same for every photo and cannot change, for lack of a gradient."""
    if not history.epochs or not _is_constant(history) or not _is_without_gradient(history):
        return None
    value, evidence = _constant_evidence(history)
    snapshot = history.snapshots[-1] if history.snapshots else None
    if snapshot is not None:
        shares = [f"{layer.name} {layer.dead:.0%}" for layer in snapshot.layers if layer.dead]
        evidence += f" Gradient norm of the first layer: {snapshot.layers[0].gradient_norm:.1g}."
        evidence += f" Dead units: {', '.join(shares)}." if shares else ""
    if value < CONSTANT_SPREAD and history.config.output_activation == "relu":
        return history.finding(
            "dead_output",
            "Dead output: the network predicts 0 (happy) for every photo, always.",
            evidence + _zero_loss_evidence(history),
            "This is not a vanishing gradient. A ReLU output unit that is negative for all photos passes no gradient "
            f"back and cannot recover. {SIGMOID}.",
        )
    return history.finding(
        "dead_output",
        f"Dead: the network predicts {share_text(value)} for every photo, and no gradient reaches its first layer.",
        evidence,
        f"{SIGMOID}." if history.config.output_activation in UNBOUNDED else lower_learning_rate(history),
    )


def constant_output(history: RunHistory) -> Finding | None:
    """Find a network that predicts practically the same for every photo."""
    if not history.epochs or not _is_constant(history) or not (history.ended or _is_constant_for_long(history)):
        return None
    value, evidence = _constant_evidence(history)
    if any(auc.is_beyond_chance for auc in history.aucs):
        evidence += f" Their tiny differences still follow the labels.{history.auc_text}"
    return history.finding(
        "constant_output",
        f"Constant output: the network predicts practically the same, {share_text(value)}, for every photo.",
        evidence,
        "Look at the gradients: if those of the first layers are far smaller than those of the last, use ReLU, batch "
        "normalization or fewer blocks. Otherwise lower the learning rate, train for longer or try another seed.",
    )


def outside_range(history: RunHistory) -> Finding | None:
    """Find an output that lies outside 0 to 1 for every probe photo, where it is no probability."""
    snapshot = history.newest_snapshot
    if snapshot is None or history.config.output_activation not in UNBOUNDED:
        return None
    lowest, highest = snapshot.lowest, snapshot.highest
    if lowest is None or highest is None or (lowest <= 1 and highest >= 0):
        return None
    return history.finding(
        "outside_range",
        "The output lies outside 0 to 1 for every probe photo, so it is no probability.",
        f"{_output_range(history, snapshot)}.",
        f"{SIGMOID}.",
    )


def _is_constant(history: RunHistory) -> bool:
    """Whether all validation photos get one prediction: the finished network's, or else that of the last epoch."""
    spread = history.validation_spread
    return spread is not None and spread < CONSTANT_SPREAD


def _is_constant_for_long(history: RunHistory) -> bool:
    recent = history.epochs[-CONSTANT_EPOCHS:]
    spreads = [(epoch.validation_highest or 0) - (epoch.validation_lowest or 0) for epoch in recent]
    # Predictions that come apart, however slowly, are those of a network that has begun to learn.
    if len(recent) < CONSTANT_EPOCHS or max(spreads) >= CONSTANT_SPREAD or spreads[-1] > spreads[0]:
        return False
    return recent[-1].loss >= recent[0].loss * (1 - CONSTANT_FALL)


def _is_without_gradient(history: RunHistory) -> bool:
    # The last snapshot, even if it is not of the last epoch: without a gradient nothing has changed since.
    if history.snapshots and history.snapshots[-1].layers:
        norm = history.snapshots[-1].layers[0].gradient_norm
        return norm is not None and norm <= NO_GRADIENT
    # Without a snapshot, only a ReLU output that is 0 for every photo is known to have none.
    zero = history.validation is not None and not history.validation.p_sad.any()
    return zero and history.config.output_activation == "relu"


def _constant_evidence(history: RunHistory) -> tuple[float, str]:
    """Return the one prediction, and a sentence with it."""
    if history.validation is not None:
        value, spread = float(history.validation.p_sad.mean()), history.validation.spread
        return value, (
            f"All {count_text(len(history.validation.p_sad), 'validation photo')} get P(sad) = {value:.3f}, "
            f"with a spread of {spread:.1g}."
        )
    last = history.epochs[-1]
    low, high = last.validation_lowest or 0.0, last.validation_highest or 0.0
    return low, f"All validation photos get P(sad) = {low:.3f}, with a spread of {high - low:.1g}."


def _zero_loss_evidence(history: RunHistory) -> str:
    if history.validation is None:
        return ""
    loss, share_sad = history.epochs[-1].validation_loss, float(history.validation.labels.mean())
    share = share_text(share_sad, digits=3)
    if math.isclose(loss, share_sad, rel_tol=0.02):
        return (
            f" The validation loss {share_text(loss, digits=3)} is the share of sad photos {share}, as a squared error."
        )
    if math.isclose(loss, CROSS_ENTROPY_OF_ZERO * share_sad, rel_tol=0.02):
        return f" The validation loss {loss:.2f} is 16.1 times the share of sad photos {share}, as a cross-entropy."
    return ""


def _output_range(history: RunHistory, snapshot: LayerSnapshot) -> str:
    activation = history.config.output_activation
    return f"The {activation} output lies between {snapshot.lowest:.4g} and {snapshot.highest:.4g} on the probe photos"
