"""What a person should know about a run while it trains, said as soon as its records leave no doubt."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Literal

from emotion_core.jobs import Record
from emotion_core.training.config import RunConfig

WarningCode = Literal[
    "nan",
    "born_dead",
    "dead_output",
    "outside_range",
    "constant_output",
    "vanishing_gradient",
    "exploding_gradient",
    "diverging",
    "learning_rate_too_high",
    "overfitting",
]

CONSTANT_SPREAD = 1e-3  # answers that differ by less are one answer to every photo
CONSTANT_EPOCHS = 10
NO_GRADIENT = 1e-9
CONSTANT_FALL = 0.02  # of the training loss over these epochs; a network that learns slowly is not dead
VANISHED_RATIO, EXPLODED_RATIO = 0.01, 100.0  # of a layer's gradient to the output layer's
DIVERGED_FACTOR, DIVERGED_EPOCHS = 1.5, 3
JUMP, JUMPS, JUMP_EPOCHS = 0.25, 3, 10  # rises of the training loss from one epoch to the next
OVERFIT_RISE, OVERFIT_EPOCHS = 0.1, 5
SLOWER = "Stop it and lower the learning rate tenfold; 0.001 is a good start with Adam."
SIGMOID = "Stop it and use a sigmoid output with binary cross-entropy"


@dataclass(frozen=True)
class RunWarning:
    """One thing that is wrong with a run that may still be under way; all texts are for a person.

    Attributes:
        code: what it is; a run is warned of each once.
        epoch: after which it was certain, 0 for before the first step.
        sentence: what happens.
        evidence: the numbers behind it.
        advice: what to do.
    """

    code: WarningCode
    epoch: int
    sentence: str
    evidence: str
    advice: str

    def record(self) -> Record:
        """Return it as a record of the run."""
        return {"event": "warning", **asdict(self)}


@dataclass(frozen=True)
class RunHistory:
    """What is recorded of a run so far.

    Attributes:
        config: its settings.
        epochs: records of the epochs, oldest first.
        looks: records of the looks inside, oldest first.
    """

    config: RunConfig
    epochs: Sequence[Record]
    looks: Sequence[Record]

    @property
    def epoch(self) -> int:
        """The epoch that has just ended, 0 before the first."""
        return int(self.epochs[-1]["epoch"]) if self.epochs else 0

    @property
    def fresh_look(self) -> Record | None:
        """The look at the end of this epoch, where there was one."""
        return self.looks[-1] if self.looks and self.looks[-1]["epoch"] == self.epoch else None

    def warning(self, code: WarningCode, sentence: str, evidence: str, advice: str) -> RunWarning:
        """Return a warning that became certain with the newest record."""
        return RunWarning(code, self.epoch, sentence, evidence, advice)


def warning_of(evidence: RunHistory, given: Sequence[str] = ()) -> RunWarning | None:
    """Return the gravest thing that is certain now and has not been said.

    Args:
        evidence: what is recorded so far.
        given: codes of the warnings that were given before; after one of a dead network nothing more is said.
    """
    for code, check in _CHECKS.items():
        found = None if code in given else check(evidence)
        if found is not None:
            return found
        if code in given and code in _LAST_WORDS:
            return None
    return None


def _nan(seen: RunHistory) -> RunWarning | None:
    losses = {name: seen.epochs[-1].get(name) for name in ("loss", "validation_loss")} if seen.epochs else {}
    look = seen.fresh_look
    norms = {layer["name"]: layer["gradient_norm"] for layer in look["layers"]} if look else {}
    broken = [name for name, value in {**losses, **norms}.items() if value is None or not math.isfinite(value)]
    if not broken:
        return None
    sentence = "The training broke down: its numbers are no longer numbers."
    return seen.warning("nan", sentence, f"Not finite after epoch {seen.epoch}: {', '.join(broken)}.", SLOWER)


def _zero_gradient_at_init(seen: RunHistory) -> RunWarning | None:
    look = seen.fresh_look
    if look is None or seen.epoch or any(layer["gradient_norm"] for layer in look["layers"]):
        return None
    sentence = "Born dead: before the first step no layer has a gradient, so that training will change nothing."
    advice = f"{SIGMOID}, or try another seed."
    return seen.warning("born_dead", sentence, f"{_output(seen, look)}; every gradient norm is 0.", advice)


def _dead_output(seen: RunHistory) -> RunWarning | None:
    look = seen.fresh_look
    if look is None or not seen.epoch or look["highest_p_sad"] - look["lowest_p_sad"] >= CONSTANT_SPREAD:
        return None
    if look["layers"][0]["gradient_norm"] > NO_GRADIENT:
        return None
    sentence = "Dead: every photo gets the same answer, and the first layer has no gradient that could change it."
    advice = f"{SIGMOID}." if seen.config.output_activation in ("relu", "tanh") else SLOWER
    shares = [f"{layer['name']} {layer['dead']:.0%}" for layer in look["layers"] if layer["dead"]]
    dead = f"; dead units: {', '.join(shares)}" if shares else ""
    return seen.warning("dead_output", sentence, f"{_output(seen, look)}{dead}.", advice)


def _outside_range(seen: RunHistory) -> RunWarning | None:
    look = seen.fresh_look
    if look is None or seen.epoch or seen.config.output_activation not in ("relu", "tanh"):
        return None
    if look["lowest"] < 1 and look["highest"] > 0:
        return None
    sentence = "The output lies outside 0 to 1 for every photo, so that it says no probability."
    return seen.warning("outside_range", sentence, f"{_output(seen, look)}.", f"{SIGMOID}.")


def _constant_output(seen: RunHistory) -> RunWarning | None:
    recent = seen.epochs[-CONSTANT_EPOCHS:]
    spreads = [epoch["validation_highest"] - epoch["validation_lowest"] for epoch in recent]
    # Answers that come apart, however slowly, are those of a network that has begun to learn.
    if len(recent) < CONSTANT_EPOCHS or max(spreads) >= CONSTANT_SPREAD or spreads[-1] > spreads[0]:
        return None
    first, last = recent[0]["loss"], recent[-1]["loss"]
    if last < first * (1 - CONSTANT_FALL):
        return None
    return seen.warning(
        "constant_output",
        f"The network gives every validation photo the same answer, and has done so for {CONSTANT_EPOCHS} epochs.",
        f"P(sad) = {recent[-1]['validation_lowest']:.3f}, with a spread of {spreads[-1]:.1g}; "
        f"training loss {first:.3f} and then {last:.3f}.",
        "Look at the gradients below: where they vanish on the way back, take ReLU or fewer blocks; otherwise lower "
        "the learning rate, or try another seed.",
    )


def _vanishing(seen: RunHistory) -> RunWarning | None:
    return _gradients(
        seen,
        lambda ratio: ratio < VANISHED_RATIO,
        "vanishing_gradient",
        "The gradient vanishes on its way back: {name} gets {ratio:.1g} times that of the output layer.",
        "The first layers will learn late or never: take ReLU, fewer blocks, batch normalisation or another "
        "initialiser.",
    )


def _exploding(seen: RunHistory) -> RunWarning | None:
    return _gradients(
        seen,
        lambda ratio: ratio > EXPLODED_RATIO,
        "exploding_gradient",
        "The gradient grows on its way back: {name} gets {ratio:.0f} times that of the output layer.",
        "Steps that suit the last layers are too large for the first: lower the learning rate, or take another "
        "initialiser or batch normalisation.",
    )


def _gradients(
    seen: RunHistory, beyond: Callable[[float], bool], code: WarningCode, sentence: str, advice: str
) -> RunWarning | None:
    """Return a warning of the layer whose gradient is furthest from the output layer's, twice in a row or at first."""
    if seen.fresh_look is None:
        return None
    looks = [{layer["name"]: layer["gradient_ratio"] for layer in look["layers"]} for look in seen.looks[-2:]]
    names = [name for name in looks[-1] if all(look[name] and beyond(look[name]) for look in looks)]
    if not names:
        return None
    worst = max(names, key=lambda name: abs(math.log(looks[-1][name])))
    norms = ", ".join(f"{layer['name']} {layer['gradient_norm']:.2g}" for layer in seen.fresh_look["layers"])
    text = sentence.format(name=worst, ratio=looks[-1][worst])
    return seen.warning(code, text, f"Gradient norms after epoch {seen.epoch}: {norms}.", advice)


def _diverging(seen: RunHistory) -> RunWarning | None:
    recent = [epoch["loss"] for epoch in seen.epochs[-DIVERGED_EPOCHS:]]
    before = seen.looks[0]["loss"] if seen.looks and seen.looks[0]["epoch"] == 0 else None
    if before is None or len(recent) < DIVERGED_EPOCHS or min(recent) <= DIVERGED_FACTOR * before:
        return None
    losses = ", ".join(f"{loss:.3g}" for loss in recent)
    return seen.warning(
        "diverging",
        "The training diverges: its loss is larger than before the first step.",
        f"Training loss {before:.3g} before the first step, {losses} in the last {DIVERGED_EPOCHS} epochs.",
        SLOWER,
    )


def _learning_rate_too_high(seen: RunHistory) -> RunWarning | None:
    losses = [epoch["loss"] for epoch in seen.epochs[-JUMP_EPOCHS:]]
    jumps = sum(after > before * (1 + JUMP) for before, after in pairwise(losses))
    if jumps < JUMPS or losses[-1] < 0.1:  # close to zero, a jump is nothing
        return None
    return seen.warning(
        "learning_rate_too_high",
        "The learning rate is too high: the training loss jumps up and down.",
        f"It rose by more than {JUMP:.0%} in {jumps} of the last {len(losses) - 1} epochs.",
        SLOWER,
    )


def _overfitting(seen: RunHistory) -> RunWarning | None:
    if not seen.epochs:
        return None
    best = min(seen.epochs, key=lambda epoch: epoch["validation_loss"])
    last = seen.epochs[-1]
    waited = max(OVERFIT_EPOCHS, seen.config.epochs // 10)
    since = [epoch for epoch in seen.epochs if epoch["epoch"] > best["epoch"]][-OVERFIT_EPOCHS:]
    rose = all(epoch["validation_loss"] > (1 + OVERFIT_RISE) * best["validation_loss"] for epoch in since)
    if last["epoch"] - best["epoch"] < waited or not rose or last["loss"] >= best["loss"]:
        return None
    return seen.warning(
        "overfitting",
        f"Over-fitting since epoch {best['epoch']}: it learns its training photos by heart.",
        f"Since then the validation loss rose from {best['validation_loss']:.3f} to {last['validation_loss']:.3f}, "
        f"while the training loss fell from {best['loss']:.3f} to {last['loss']:.3f}.",
        "Stop it, and collect more photos, turn on augmentation, dropout or early stopping.",
    )


def _output(seen: RunHistory, look: Record) -> str:
    answer = seen.config.output_activation
    return f"The {answer} output lies between {look['lowest']:.4g} and {look['highest']:.4g} on the probe photos"


# In order of gravity: of two that are certain at once, the first is said.
_CHECKS: dict[WarningCode, Callable[[RunHistory], RunWarning | None]] = {
    "nan": _nan,
    "born_dead": _zero_gradient_at_init,
    "dead_output": _dead_output,
    "outside_range": _outside_range,
    "constant_output": _constant_output,
    "diverging": _diverging,
    "learning_rate_too_high": _learning_rate_too_high,
    "vanishing_gradient": _vanishing,
    "exploding_gradient": _exploding,
    "overfitting": _overfitting,
}
_LAST_WORDS = ("nan", "born_dead", "dead_output")
