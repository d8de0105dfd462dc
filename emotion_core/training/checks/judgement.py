"""The one judgment of a run: while it trains, and of the network that it leaves."""

from collections.abc import Callable, Collection, Iterable

from emotion_core.training.checks.finding import CODES, Finding, FindingCode
from emotion_core.training.checks.history import RunHistory
from emotion_core.training.checks.layer_checks import (
    dead_units,
    exploding_gradient,
    saturated_units,
    vanishing_gradient,
)
from emotion_core.training.checks.learning_checks import (
    batch_norm_lag,
    diverging,
    learning_rate_too_high,
    overfitting,
    undertrained,
)
from emotion_core.training.checks.output_checks import (
    born_dead,
    constant_output,
    dead_output,
    not_finite,
    not_trained,
    outside_range,
)
from emotion_core.training.checks.ranking_checks import stuck, threshold_off

CHECKS: dict[FindingCode, Callable[[RunHistory], Finding | None]] = {
    "not_trained": not_trained,
    "nan": not_finite,
    "dead_output": dead_output,
    "born_dead": born_dead,
    "constant_output": constant_output,
    "outside_range": outside_range,
    "stuck": stuck,
    "batch_norm_lag": batch_norm_lag,
    "threshold_off": threshold_off,
    "diverging": diverging,
    "learning_rate_too_high": learning_rate_too_high,
    "overfitting": overfitting,
    "undertrained": undertrained,
    "exploding_gradient": exploding_gradient,
    "vanishing_gradient": vanishing_gradient,
    "dead_units": dead_units,
    "saturated_units": saturated_units,
}
# What a finding makes pointless to say: of a network that predicts one value, curves say nothing more.
_LEARNING: frozenset[FindingCode] = frozenset({"stuck", "threshold_off", "overfitting", "undertrained"})
HIDES: dict[FindingCode, Collection[FindingCode]] = {
    "not_trained": CODES,
    "nan": CODES,
    "dead_output": {*_LEARNING, "constant_output", "outside_range", "diverging", "vanishing_gradient"},
    "born_dead": {*_LEARNING, "constant_output", "outside_range"},
    "constant_output": _LEARNING,
    "stuck": {"threshold_off", "overfitting", "undertrained"},
    # What lags is why the predictions lie on one side.
    "batch_norm_lag": {"threshold_off"},
    "diverging": {"learning_rate_too_high", "undertrained"},
    "overfitting": {"undertrained"},
}
# Of such a network no AUC is asked: it answers alike, or not at all.
_NOT_LEARNED: frozenset[FindingCode] = frozenset({"not_trained", "nan", "dead_output", "born_dead", "constant_output"})
# A network of which one of these is true does not change any more.
_FINAL_CODES: tuple[FindingCode, ...] = ("nan", "born_dead", "dead_output")


def findings(history: RunHistory) -> tuple[Finding, ...]:
    """Return everything that is true of the run now, the most serious first.

    Of a run that early stopping took back to an earlier epoch, the epochs after it are left out.
    """
    history = history.of_kept_network()
    listed: list[Finding] = []
    hidden: set[FindingCode] = set()
    for code, check in CHECKS.items():
        finding = None if code in hidden else check(history)
        if finding is not None:
            listed.append(finding)
            hidden |= set(HIDES.get(code, ()))
    return tuple(listed)


def has_learned(history: RunHistory, known: Iterable[Finding] | None = None) -> bool:
    """Return whether a run's network ranks photos better than chance.

    It does not where no epoch has ended, where its numbers are not finite, where its output is dead or the same for
    every photo, or where its AUC is beyond chance neither on the training nor on the validation photos: more than 1.96
    standard errors above 0.5 (Mann & Whitney 1947), which a network that guesses reaches in one of 40 cases on each
    part. A network whose threshold alone is off has learned, and so has one whose loss diverged while it still ranks.
    The test photos have no say: to choose networks by them would bias what the test photos then show.

    Args:
        history: ``Run.history``, with the finished network's predictions. Without them the AUCs of the last epoch
            count, from 0.6.
        known: the history's ``findings``, and others beside them, where they have been computed already.
    """
    judged = findings(history) if known is None else known
    if not history.epochs or any(finding.code in _NOT_LEARNED for finding in judged):
        return False
    return any(auc.is_beyond_chance for auc in history.of_kept_network().aucs)


def new_warnings(history: RunHistory, given: Collection[str] = ()) -> tuple[Finding, ...]:
    """Return the findings about a run under way that its user has not been warned of.

    Args:
        history: up to now.
        given: codes of earlier warnings; of a dead network nothing more is said.
    """
    now = findings(history)
    if any(finding.code in given for finding in now if finding.code in _FINAL_CODES):
        return ()
    return tuple(finding for finding in now if finding.code not in given)
