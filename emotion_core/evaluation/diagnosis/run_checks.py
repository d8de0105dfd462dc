"""The findings about a run that has ended: those of its history, and those that its test photos add."""

import math

import numpy as np

from emotion_core.evaluation.diagnosis.baseline import Baseline, against_baseline
from emotion_core.evaluation.records import RunScores
from emotion_core.evaluation.statistics import (
    FloatArray,
    IntArray,
    expected_standard_error,
    is_constant,
    midranks,
)
from emotion_core.formatting import count_text, p_text, share_text
from emotion_core.training import Run
from emotion_core.training.checks import CODES, Finding, RunHistory, findings

WIDE_REACH = 0.1  # of the interval of an AUC to either side; 48 + 48 photos just do
USUAL_AUC = 0.75
ALIKE, ALIKE_ERRORS = 0.3, 2.0  # a correlation, and how many of its standard errors it has to be
UNTRAINED = ("not_trained", "nan")


def diagnoses(run: Run, scores: RunScores | None, *, baseline: Baseline | None = None) -> tuple[Finding, ...]:
    """Return every finding about a run, the most serious first, and ``ok`` where its training has no fault.

    Args:
        run: one that is not under way.
        scores: its predictions, None where it ended before there were any.
        baseline: the strongest shortcut on its test photos; without it shortcuts are not looked for.
    """
    parts = (scores.train, scores.validation, scores.test) if scores else ()
    history = run.history_with(*parts)
    known = list(findings(history))
    if not any(finding.code in UNTRAINED for finding in known):
        known += filter(None, [_leaking_split(history), _shortcut(history, scores, baseline)])
    known = known or [no_fault(history.of_kept_network(), scores)]
    known += filter(None, [_small_test_set(history, scores.test.labels) if scores else None])
    return tuple(sorted(known, key=lambda finding: CODES.index(finding.code)))


def _leaking_split(history: RunHistory) -> Finding | None:
    if not history.config.leaks:
        return None
    return history.finding(
        "leaking_split",
        "Leaking split: the network was trained on photos that it was tested on, so its figures say nothing of others.",
        f"Each of {count_text(len(history.epochs), 'epoch')} drew its training photos from all photos, as the source "
        "study's notebook does.",
        "Train it once more with the fixed split: the difference is the effect of the leak.",
    )


def no_fault(history: RunHistory, scores: RunScores | None) -> Finding:
    """Return the finding about a network whose training has no fault.

    Args:
        history: up to the epoch whose weights the network has.
        scores: its predictions, None where there are none.
    """
    advice = "Repeat the run with other seeds before you trust a small difference."
    n_test = len(scores.test.labels) if scores else 0
    if n_test >= 2:
        reach = 1.96 * expected_standard_error(USUAL_AUC, n_test // 2, n_test - n_test // 2)
        advice += f" On {n_test} test photos an AUC is known to about ± {share_text(min(reach, 0.5))}."
    answers = [
        f", {part} loss {split.loss(history.config.loss):.3f} and accuracy {share_text(split.rates.accuracy)}"
        for part, split in (("training", history.train), ("validation", history.validation))
        if split is not None
    ]
    return history.finding(
        "ok",
        f"Nothing in the learning curves points to a fault{_doubt(history)}.",
        f"{count_text(len(history.epochs), 'epoch')}{''.join(answers)}.",
        advice,
    )


def _doubt(history: RunHistory) -> str:
    """Return the limits of a network that is told apart from guessing by its training photos alone."""
    parts = {auc.part: auc for auc in history.aucs}
    known, split = parts.get("validation"), history.validation
    if known is None or known.is_beyond_chance or split is None or history.is_ranking_test:
        return ""
    return (
        f", but its validation AUC of {share_text(known.value)} is one that guessing reaches on "
        f"{count_text(len(split.labels), 'photo')}, up to {share_text(known.limit)}"
    )


def _shortcut(history: RunHistory, scores: RunScores | None, baseline: Baseline | None) -> Finding | None:
    if scores is None or baseline is None or scores.leaks or baseline.shortcut.low <= 0.5:
        return None
    against = against_baseline(baseline, scores.photo_ids, scores.test.p_sad)
    if against is None:
        return None
    p_sad, test = against.p_sad, against.delong
    correlation = _correlation_within_classes(baseline.labels, p_sad, baseline.scores)
    is_alike = correlation >= max(ALIKE, ALIKE_ERRORS / math.sqrt(max(len(p_sad) - 2, 1)))
    if is_constant(p_sad) or not is_alike or against.is_better:
        return None
    name = baseline.shortcut.name
    return history.finding(
        "shortcut_suspected",
        f"Shortcut suspected: the network's predictions go along with the {name} of a photo and are not clearly "
        "better than it.",
        f"On the test photos {name} alone reaches AUC {share_text(baseline.shortcut.auc)}, the network "
        f"{share_text(test.auc_a)} ({p_text(test.p_value)}); within each class the two correlate by "
        f"{share_text(correlation)}.",
        f"Collect happy and sad photos that do not differ in {name}, cut out the faces, or turn on augmentation.",
    )


def _correlation_within_classes(labels: IntArray, scores: FloatArray, others: FloatArray) -> float:
    """Return the rank correlation within the classes, 0 where there is nothing to correlate."""
    centered = []
    for values in (scores, others):
        ranks = np.zeros(len(labels))
        for label in (0, 1):
            ranks[labels == label] = midranks(values[labels == label])
            ranks[labels == label] -= ranks[labels == label].mean()
        centered.append(ranks)
    size = np.linalg.norm(centered[0]) * np.linalg.norm(centered[1])
    return float(centered[0] @ centered[1] / size) if size else 0.0


def _small_test_set(history: RunHistory, labels: IntArray) -> Finding | None:
    n_sad = int(labels.sum())
    n_happy = len(labels) - n_sad
    if n_happy and n_sad:
        reach = 1.96 * expected_standard_error(USUAL_AUC, n_happy, n_sad)
        if reach <= WIDE_REACH:
            return None
        known = f"an AUC of {share_text(USUAL_AUC)} is known to about ± {share_text(min(reach, 0.5))} on so few"
    else:
        known = "without both happy and sad ones there is no AUC"
    return history.finding(
        "small_test_set",
        "The test set is small: its figures are uncertain.",
        f"{n_happy} happy and {n_sad} sad test photos: {known}.",
        "Add photos: 48 + 48 test photos halve the uncertainty of 12 + 12. Or use cross-validation, which tests on "
        "all photos.",
    )
