"""Checks on the learning curves: divergence, a learning rate too high, overfitting, an end too early."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from emotion_core.formatting import count_text, share_text
from emotion_core.training.checks.finding import Finding
from emotion_core.training.checks.history import BEYOND_CHANCE, MATERIAL_FALL, RunHistory
from emotion_core.training.checks.output_checks import UNBOUNDED, lower_learning_rate
from emotion_core.training.engine import EpochNumbers

# A loss has a natural unit, that of predicting 0.5 for every photo: changes are material from a share of it.
MATERIAL_RISE = 0.1
DIVERGED_FACTOR, DIVERGED_EPOCHS = 1.5, 3
JUMP, JUMPS, JUMP_EPOCHS = 0.25, 3, 10  # rises of the training loss from one epoch to the next
OVERFIT_RISE, OVERFIT_EPOCHS = 0.1, 5
OVERFIT_GAP, SAME_AUC = 0.15, 0.05
FEW_EPOCHS, WINDOW_EPOCHS, LAST_FALL, TREND_ERRORS = 3, 5, 0.01, 3.0
LEARNED_ALL = 0.999  # an AUC on training photos: what falls after it is only how sure the network is
LAG, SNAPSHOT_LAG, LAG_EPOCHS = 0.1, 0.25, 5


def batch_norm_lag(history: RunHistory) -> Finding | None:
    """Find batch normalization whose statistics do not fit the network: it predicts worse than it trains."""
    now = history.training_loss
    # A snapshot has few photos, so its loss may be a high one by chance.
    limit = (SNAPSHOT_LAG if history.train is None else LAG) * history.chance_loss
    if not history.config.batch_normalization or not history.epochs or now is None:
        return None
    # Moving averages lag in the first epochs of any run.
    if not history.ended and len(history.epochs) < LAG_EPOCHS:
        return None
    then = history.epochs[-1] if history.train is not None else _epoch_of_last_snapshot(history)
    if then is None or now - then.loss <= limit:
        return None
    accuracy = ""
    if history.train is not None and then.accuracy is not None:
        accuracy = f" Training accuracy {share_text(then.accuracy)} and {share_text(history.train.rates.accuracy)}."
    worse = "the network predicts its training photos worse than it did while it trained"
    is_renewed = history.has_renewed_statistics
    return history.finding(
        "batch_norm_lag",
        f"Batch by batch it was better: {worse}." if is_renewed else f"Batch normalization lags: {worse}.",
        f"Training loss {then.loss:.3f} in epoch {then.epoch}, with the statistics of each batch; {now:.3f} as the "
        f"network predicts, with {'those of all batches' if is_renewed else 'moving averages'}.{accuracy}",
        "Use larger batches, whose statistics differ less, or lower the learning rate."
        if is_renewed
        else "Train it again: these statistics are now renewed after each epoch.",
    )


def _epoch_of_last_snapshot(history: RunHistory) -> EpochNumbers | None:
    last = history.snapshots[-1].epoch if history.snapshots else 0
    return next((epoch for epoch in history.epochs if epoch.epoch == last), None)


def diverging(history: RunHistory) -> Finding | None:
    """Find a training loss that is larger than before the first step."""
    before, recent = _first_loss(history), _losses(history)[-DIVERGED_EPOCHS:]
    if before is None or not _has_diverged(recent, before):
        return None
    # While it trains, dropout and the statistics of each batch may cost more than the network loses by them.
    if history.train is not None and history.train.loss(history.config.loss) <= DIVERGED_FACTOR * before:
        return None
    return history.finding(
        "diverging",
        "The training diverges: its loss is larger than before the first step.",
        f"Training loss {before:.3g} before the first step, {', '.join(f'{loss:.3g}' for loss in recent)} in the last "
        f"{DIVERGED_EPOCHS} epochs.",
        lower_learning_rate(history),
    )


def learning_rate_too_high(history: RunHistory) -> Finding | None:
    """Find a training loss that goes up and down, in the last epochs or, once the run has ended, in any of it."""
    evidence = _jumps(history) or _early_divergence(history)
    if evidence is None:
        return None
    return history.finding(
        "learning_rate_too_high",
        "Learning rate too high: the training loss jumped up and down, or grew.",
        evidence,
        lower_learning_rate(history),
    )


def _jumps(history: RunHistory) -> str | None:
    losses, least = _losses(history), MATERIAL_RISE * history.chance_loss
    ends = range(min(JUMP_EPOCHS, len(losses)), len(losses) + 1) if history.ended else [len(losses)]
    for end in ends:
        window = losses[max(end - JUMP_EPOCHS, 0) : end]
        jumps = sum(after - before > max(JUMP * before, least) for before, after in pairwise(window))
        if jumps >= JUMPS:
            last = history.epochs[end - 1].epoch
            return f"It rose by more than {JUMP:.0%} in {jumps} of the {len(window) - 1} epochs up to epoch {last}."
    return None


def _early_divergence(history: RunHistory) -> str | None:
    """Return the evidence of a loss that grew at first, in a run that has ended."""
    before, first = _first_loss(history), _losses(history)[:DIVERGED_EPOCHS]
    # An output that is cut off at 0 and 1 has a large loss as soon as it is dead, at any learning rate.
    if not history.ended or before is None or history.config.output_activation in UNBOUNDED:
        return None
    if not _has_diverged(first, before):
        return None
    losses = ", ".join(f"{loss:.3g}" for loss in first)
    return f"Training loss {before:.3g} before the first step, {losses} in the first {DIVERGED_EPOCHS} epochs."


def overfitting(history: RunHistory) -> Finding | None:
    """Find a network that does better on its training photos than on others, and worse on others than it did."""
    if history.config.leaks or not history.epochs:
        return None
    best = min(history.epochs, key=lambda epoch: epoch.validation_loss)
    gap, rise = _gap_text(history), _loss_rise(history, best)
    if gap is None and rise is None:
        return None
    is_worse = history.epochs[-1].validation_loss - best.validation_loss > MATERIAL_FALL * history.chance_loss
    # A network that gets no worse on new photos does not overfit, however well it knows the others.
    gap = gap and f"{'Overfitting' if is_worse else 'Generalization gap'}: {gap}"
    stopping = ", or use early stopping" if is_worse else ""
    evidence = [_gap_evidence(history)] if history.train is not None and history.validation is not None else []
    evidence.append(rise or f"The validation loss was lowest in epoch {best.epoch} of {len(history.epochs)}.")
    return history.finding(
        "overfitting",
        gap or f"Overfitting since epoch {best.epoch}: the validation loss rises while the training loss falls.",
        " ".join(evidence),
        f"Collect more photos, or turn on augmentation or dropout{stopping}.",
    )


def _gap_text(history: RunHistory) -> str | None:
    """Say how much better the finished network is on training photos than on others, where that is more than chance."""
    train, validation = history.train, history.validation
    if train is None or validation is None:
        return None
    high, low = train.rates.accuracy, validation.rates.accuracy
    error = math.sqrt(high * (1 - high) / len(train.labels) + low * (1 - low) / len(validation.labels))
    known = train.rates.auc is not None and validation.rates.auc is not None
    difference = (train.rates.auc or 0.0) - (validation.rates.auc or 0.0)
    # Where both parts are ranked alike, what differs is on which side of the threshold they lie.
    if _is_gap(high - low, error) and (not known or difference > SAME_AUC):
        more = share_text(high - low)
        return f"the network is right {more} more often on photos it trained on than on new ones."
    # Whatever the threshold; the standard error of chance is the largest there is.
    if known and _is_gap(difference, math.hypot(train.chance_auc_error, validation.chance_auc_error)):
        return f"the AUC on photos it trained on is {share_text(difference)} higher than on new ones."
    return None


def _is_gap(difference: float, error: float) -> bool:
    # Rounded, so that a gap of exactly .15 is not one of .15000000000000002.
    return round(difference, 9) > OVERFIT_GAP and difference > BEYOND_CHANCE * error


def _gap_evidence(history: RunHistory) -> str:
    parts = [
        f"{part} accuracy {share_text(split.rates.accuracy)}"
        + (f" and AUC {share_text(split.rates.auc)}" if split.rates.auc is not None else "")
        for part, split in (("training", history.train), ("validation", history.validation))
        if split is not None
    ]
    return f"Of the finished network: {', '.join(parts)}."


def _loss_rise(history: RunHistory, best: EpochNumbers) -> str | None:
    """Return the evidence of a validation loss that has risen for several epochs while the training loss fell."""
    last, waited = history.epochs[-1], max(OVERFIT_EPOCHS, history.config.epochs // 10)
    since = [epoch.validation_loss for epoch in history.epochs if epoch.epoch > best.epoch][-OVERFIT_EPOCHS:]
    limit = best.validation_loss + max(OVERFIT_RISE * best.validation_loss, MATERIAL_RISE * history.chance_loss)
    if last.epoch - best.epoch < waited or min(since) <= limit or last.loss >= best.loss:
        return None
    if not _predicts_training_photos_better(history, best):
        return None
    return (
        f"Since epoch {best.epoch} the validation loss rose from {best.validation_loss:.3f} to "
        f"{last.validation_loss:.3f}, while the mean loss of the training steps fell from {best.loss:.3f} to "
        f"{last.loss:.3f}."
    )


def _predicts_training_photos_better(history: RunHistory, best: EpochNumbers) -> bool:
    """Whether the network, as it predicts, got better on training photos and is now better on them than on others."""
    before = [snapshot.loss for snapshot in history.snapshots if snapshot.epoch <= best.epoch]
    now, last = history.training_loss, history.epochs[-1].validation_loss
    if history.train is None:
        # The snapshot's loss belongs beside the validation loss of the same epoch.
        at_snapshot = _epoch_of_last_snapshot(history)
        last = at_snapshot.validation_loss if at_snapshot else last
    if now is None:
        return True
    is_better_than_before = not before or before[-1] is None or now < before[-1] / (1 + OVERFIT_RISE)
    return is_better_than_before and now < last / (1 + OVERFIT_RISE)


def undertrained(history: RunHistory) -> Finding | None:
    """Return a finding if the run ended while both losses were still falling."""
    epochs = history.epochs
    if not history.ended or not epochs or history.kept_epoch is not None:
        return None
    if len(epochs) < FEW_EPOCHS:
        return history.finding(
            "undertrained",
            f"Training has only begun: {count_text(len(epochs), 'epoch')} cannot show a trend.",
            f"{count_text(len(epochs), 'epoch')}, validation loss {epochs[-1].validation_loss:.3f}.",
            "Train for more epochs.",
        )
    if history.train is not None and (history.train.rates.auc or 0.0) > LEARNED_ALL:
        return None
    n = min(WINDOW_EPOCHS, len(epochs) // 2)
    best = min(epochs, key=lambda epoch: epoch.validation_loss)
    if best.epoch <= epochs[-1].epoch - n:
        return None
    falls = [_fall(epochs, name, n) for name in ("loss", "validation_loss")]
    if any(fall is None or fall[0] - fall[1] <= LAST_FALL * history.chance_loss for fall in falls):
        return None
    training, validation = (f"from {fall[0]:.3f} to {fall[1]:.3f}" for fall in falls if fall is not None)
    return history.finding(
        "undertrained",
        "Training ended while both losses were still falling.",
        f"From the {count_text(n, 'epoch')} before to the last {n}, the mean training loss fell {training} and the "
        f"mean validation loss {validation}.",
        "Train for more epochs.",
    )


def _fall(epochs: Sequence[EpochNumbers], name: str, n: int) -> tuple[float, float] | None:
    """Return a loss's mean in the n epochs before the last n and in those, where its trend is clear of its scatter."""
    values: npt.NDArray[np.float64] = np.array([getattr(epoch, name) for epoch in epochs[-2 * n :]])
    position = np.arange(2 * n) - (2 * n - 1) / 2
    slope = float(position @ values / (position @ position))
    if n > 1:
        residuals = values - values.mean() - slope * position
        error = math.sqrt(residuals @ residuals / (2 * n - 2) / (position @ position))
        slope += TREND_ERRORS * error
    return (float(values[:n].mean()), float(values[n:].mean())) if slope < 0 else None


def _losses(history: RunHistory) -> list[float]:
    return [epoch.loss for epoch in history.epochs]


def _first_loss(history: RunHistory) -> float | None:
    first = history.snapshots[0] if history.snapshots else None
    return first.loss if first and first.epoch == 0 else None


def _has_diverged(losses: Sequence[float], before: float) -> bool:
    return len(losses) >= DIVERGED_EPOCHS and min(losses) > DIVERGED_FACTOR * before
