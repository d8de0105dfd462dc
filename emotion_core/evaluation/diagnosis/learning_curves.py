"""What went wrong, or right, in the training of one run: one sentence, the numbers behind it, and what to try.

The checks on learning curves and scores run in order of precedence, and of `diagnose` the first that applies speaks:
`not_trained`, `nan`, `leaking_split`, `dead_output`, `stuck`, `overfit`, `undertrained`, `ok`. The other codes are
those of `emotion_core.evaluation.diagnosis.run_checks`, which looks inside the network too.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from emotion_core.evaluation.statistics import CONSTANT_SPREAD, FloatArray, expected_standard_error, is_constant
from emotion_core.formatting import count_text, share_text

DiagnosisCode = Literal[
    "not_trained",
    "nan",
    "leaking_split",
    "dead_output",
    "stuck",
    "overfit",
    "undertrained",
    "learning_rate_too_high",
    "exploding_gradient",
    "vanishing_gradient",
    "dead_units",
    "saturated_units",
    "shortcut_suspected",
    "ok",
    "small_test_set",
]

STUCK_ACCURACY_MARGIN = 0.05
STUCK_LOSS_FALL = 0.02
OVERFIT_GAP = 0.15
FALLING_PER_FIVE_EPOCHS = 0.01
# Keras clips probabilities at 1e-7, so a sad photo that gets P(sad) = 0 costs this much cross-entropy.
CROSS_ENTROPY_OF_AN_ERROR = -math.log(1e-7)


@dataclass(frozen=True)
class Diagnosis:
    """One finding about a run; all texts are for a person. `layer` names the layer that it is about, if it is."""

    code: DiagnosisCode
    sentence: str
    evidence: str
    advice: str
    layer: str | None = None


@dataclass(frozen=True, eq=False)
class _Curves:
    """The four series of a run, shape (n_epochs,) each, NaN where an epoch lacks the value."""

    loss: FloatArray
    accuracy: FloatArray
    validation_loss: FloatArray
    validation_accuracy: FloatArray


def diagnose(
    epochs: Sequence[Mapping[str, float | None]],
    validation_scores: ArrayLike,
    validation_labels: ArrayLike,
    *,
    n_test: int | None = None,
    kept_epoch: int | None = None,
    leaks: bool = False,
) -> Diagnosis:
    """Say what the learning curves and the validation scores of a run show.

    Args:
        epochs: One mapping an epoch, in order, with `loss`, `accuracy`, `validation_loss` and `validation_accuracy`;
            a key may be absent where there was nothing to measure, a loss of NaN or None is one that is not finite.
        validation_scores: P(sad) of the validation photos after training, shape (n,); may be empty.
        validation_labels: Their labels, shape (n,), happy 0 and sad 1. Splits are stratified, so that their shares
            stand for those of the training photos too.
        n_test: Number of test photos; with it the advice says how sure a test AUC on them can be.
        kept_epoch: The epoch, from 1, whose weights the network has, where early stopping went back; None for the last.
        leaks: Whether the parts were drawn anew in each epoch, test photos among the training photos.

    Returns:
        The first finding that applies.

    >>> epoch = {"loss": 0.5, "accuracy": 0.5, "validation_loss": 0.5, "validation_accuracy": 0.5}
    >>> diagnose([epoch] * 3, [0.0] * 4, [0, 0, 1, 1]).sentence
    'Dead output: the network answers 0 (happy) to every photo, always.'
    """
    return curve_findings(
        epochs, validation_scores, validation_labels, n_test=n_test, kept_epoch=kept_epoch, leaks=leaks
    )[0]


def curve_findings(
    epochs: Sequence[Mapping[str, float | None]],
    validation_scores: ArrayLike,
    validation_labels: ArrayLike,
    *,
    n_test: int | None = None,
    kept_epoch: int | None = None,
    leaks: bool = False,
) -> list[Diagnosis]:
    """Return all that `diagnose` could say, the first first; `ok` where there is nothing else.

    A network that was not trained, or broke down, has nothing else; of one whose output is constant the curves say
    nothing more.
    """
    scores = np.asarray(validation_scores, dtype=np.float64).ravel()
    labels = np.asarray(validation_labels, dtype=np.float64).ravel()
    curves = _Curves(*(_series(epochs, name) for name in _Curves.__dataclass_fields__))
    share_sad = float(labels.mean()) if len(labels) else 0.5
    broken = _not_trained(epochs) or _not_finite(epochs, scores)
    if broken:
        return [broken]
    dead = _dead_output(curves, scores, share_sad)
    learning = (
        _stuck(curves, max(share_sad, 1 - share_sad)),
        _overfit(curves, (kept_epoch or len(epochs)) - 1),
        _undertrained(curves),
    )
    found = [_leaking_split(len(epochs), leaks), dead, *(learning if dead is None else ())]
    return [one for one in found if one is not None] or [_ok(curves, n_test)]


def _series(epochs: Sequence[Mapping[str, float | None]], name: str) -> FloatArray:
    return np.array([math.nan if epoch.get(name) is None else epoch[name] for epoch in epochs], dtype=np.float64)


def _not_trained(epochs: Sequence[Mapping[str, float | None]]) -> Diagnosis | None:
    if len(epochs):
        return None
    return Diagnosis(
        "not_trained",
        "The network has not been trained: no epoch was finished.",
        "0 epochs recorded.",
        "Start the run again, and read its log if it ends at once.",
    )


def _not_finite(epochs: Sequence[Mapping[str, float | None]], scores: FloatArray) -> Diagnosis | None:
    for number, epoch in enumerate(epochs, start=1):
        for name in ("loss", "validation_loss"):
            value = epoch.get(name, 0.0)
            if value is None or not math.isfinite(value):
                return _broken(f"{name} is not a finite number in epoch {number} of {len(epochs)}.")
    broken = int((~np.isfinite(scores)).sum())
    return _broken(f"{broken} of {len(scores)} validation scores are not finite.") if broken else None


def _broken(evidence: str) -> Diagnosis:
    return Diagnosis(
        "nan",
        "The training broke down: its numbers grew until they were no longer numbers.",
        evidence,
        "Lower the learning rate tenfold.",
    )


def _leaking_split(n_epochs: int, leaks: bool) -> Diagnosis | None:
    if not leaks:
        return None
    return Diagnosis(
        "leaking_split",
        "Leaking split: the network was trained on photos that it was tested on, so its figures say nothing of others.",
        f"Each of {count_text(n_epochs, 'epoch')} drew its training photos from all photos, as the source study's "
        "notebook does.",
        "Train it once more with the fixed split: the difference is what the leak pretends.",
    )


def _dead_output(curves: _Curves, scores: FloatArray, share_sad: float) -> Diagnosis | None:
    if not is_constant(scores):
        return None
    value = float(scores.mean())
    evidence = (
        f"All {len(scores)} validation photos get P(sad) = {value:.3f}, "
        f"with a spread of {np.ptp(scores):.1g}; the validation AUC says nothing."
    )
    if value < CONSTANT_SPREAD:
        return Diagnosis(
            "dead_output",
            "Dead output: the network answers 0 (happy) to every photo, always.",
            evidence + _zero_loss_evidence(curves.validation_loss[-1], share_sad),
            "This is not a vanishing gradient. A ReLU output unit that is negative for all photos passes no gradient "
            "back and cannot recover. Use a sigmoid output with binary cross-entropy; "
            "if the output is a sigmoid already, lower the learning rate.",
        )
    return Diagnosis(
        "dead_output",
        f"Constant output: the network gives the same answer, {share_text(value)}, to every photo.",
        evidence,
        "The photo no longer reaches the output: units before it died or are saturated. "
        "Lower the learning rate (0.001 with Adam is a good start), or try another seed.",
    )


def _zero_loss_evidence(loss: float, share_sad: float) -> str:
    share = share_text(share_sad, digits=3)
    if math.isclose(loss, share_sad, rel_tol=0.02):
        return (
            f" The validation loss {share_text(loss, digits=3)} is the share of sad photos {share}, as a squared error."
        )
    if math.isclose(loss, CROSS_ENTROPY_OF_AN_ERROR * share_sad, rel_tol=0.02):
        return f" The validation loss {loss:.2f} is 16.1 times the share of sad photos {share}, as a cross-entropy."
    return ""


def _stuck(curves: _Curves, majority: float) -> Diagnosis | None:
    accuracy, first, last = float(curves.accuracy[-1]), float(curves.loss[0]), float(curves.loss[-1])
    fell = (first - last) / first if first else 0.0
    # One epoch has nothing to fall from; a missing accuracy compares false.
    if len(curves.loss) < 2 or not accuracy <= majority + STUCK_ACCURACY_MARGIN or not fell <= STUCK_LOSS_FALL:
        return None
    return Diagnosis(
        "stuck",
        "The network did not start to learn: it does no better than giving every photo the more common label.",
        f"Training accuracy {share_text(accuracy)}, more common label {share_text(majority)}; "
        f"the training loss went from {first:.3f} to {last:.3f} in {count_text(len(curves.loss), 'epoch')}.",
        "Look at the gradients: where those of the first layers are far smaller than those of the last, they vanish, "
        "and ReLU or fewer blocks help. Otherwise change the learning rate, or try another seed.",
    )


def _overfit(curves: _Curves, kept: int) -> Diagnosis | None:
    gap = float(curves.accuracy[kept]) - float(curves.validation_accuracy[kept])
    # Rounded, so that a gap of exactly .15 is not one of .15000000000000002.
    if not round(gap, 9) > OVERFIT_GAP:
        return None
    best = ""
    if not np.isnan(curves.validation_loss).all():
        epoch = np.nanargmin(curves.validation_loss) + 1
        best = f" The validation loss was lowest in epoch {epoch} of {len(curves.loss)}."
    return Diagnosis(
        "overfit",
        f"Overfitting: the network is right {share_text(gap)} more often on photos it trained on than on new ones.",
        f"Training accuracy {share_text(curves.accuracy[kept])}, "
        f"validation accuracy {share_text(curves.validation_accuracy[kept])}.{best}",
        "Collect more photos, turn on augmentation or dropout, or stop at the epoch of the lowest validation loss.",
    )


def _undertrained(curves: _Curves) -> Diagnosis | None:
    n_epochs = len(curves.loss)
    if n_epochs < 2:
        return Diagnosis(
            "undertrained",
            "Training has only begun: a single epoch shows no direction.",
            f"1 epoch, training loss {curves.loss[-1]:.3f}.",
            "Train for more epochs.",
        )
    window = min(5, n_epochs - 1)
    before, last = float(curves.loss[-1 - window]), float(curves.loss[-1])
    fall = (before - last) / before * 5 / window if before else 0.0
    if np.isnan(curves.validation_loss).all():
        return None
    best_epoch = int(np.nanargmin(curves.validation_loss)) + 1
    if best_epoch <= n_epochs - math.ceil(0.05 * n_epochs) or not fall > FALLING_PER_FIVE_EPOCHS:
        return None
    return Diagnosis(
        "undertrained",
        "Training ended too early: both losses were still falling.",
        f"The validation loss was lowest in epoch {best_epoch} of {n_epochs}, "
        f"and the training loss fell by {100 * fall:.0f} % per five epochs at the end.",
        "Train for more epochs.",
    )


def _ok(curves: _Curves, n_test: int | None) -> Diagnosis:
    advice = "Repeat the run with other seeds before you trust a small difference."
    if n_test is not None and n_test >= 2:
        reach = 1.96 * expected_standard_error(0.75, n_test // 2, n_test - n_test // 2)
        advice += f" On {n_test} test photos an AUC is known to about ± {share_text(min(reach, 0.5))}."
    return Diagnosis(
        "ok",
        "Nothing in the learning curves points to a fault.",
        f"{count_text(len(curves.loss), 'epoch')}, training loss {curves.loss[-1]:.3f}"
        f"{_if_known(', training accuracy ', curves.accuracy[-1])}"
        f"{_if_known(', validation accuracy ', curves.validation_accuracy[-1])}.",
        advice,
    )


def _if_known(words: str, share: float) -> str:
    return "" if math.isnan(share) else words + share_text(share)
