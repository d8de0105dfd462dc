"""Two networks on the same photos: McNemar's test of their answers, and an exact test of their AUCs.

References:
    McNemar (1947), Psychometrika 12:153-157; the exact form is the sign test of the photos on which one errs.
    Venkatraman & Begg (1996), Biometrika 83:835-848: exchanging two ratings of a case, by their ranks.
    Bandos, Rockette & Gur (2005), Statistics in Medicine 24:2873-2893: the same for the difference of the AUCs.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from emotion_core.evaluation.statistics.auc import midranks
from emotion_core.evaluation.statistics.validation import FloatArray, IntArray, checked_classes, checked_photos

COUNTED_UP_TO = 200  # photos; counting takes a millisecond for 96 photos, and a hundred times as long for 480


@dataclass(frozen=True)
class McNemarTest:
    """Photos that one network alone calls rightly, and the two-sided p-value of both being right equally often."""

    only_a_right: int
    only_b_right: int
    p_value: float


def mcnemar(labels: ArrayLike, called_sad_a: ArrayLike, called_sad_b: ArrayLike) -> McNemarTest:
    """Test whether two networks at their thresholds are right equally often: paired, exact, two-sided.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1; one class alone is allowed.
        called_sad_a: Whether the first network calls each photo sad, shape (n,), truth values.
        called_sad_b: The same of the second network.

    Returns:
        The photos on which one network alone is right, and the binomial test of half of them for each; 1 without any.

    Raises:
        StatisticsError: Labels and answers do not fit together.

    >>> mcnemar([0, 0, 1, 1, 1, 1], [0, 0, 1, 1, 1, 0], [1, 1, 0, 0, 0, 0])
    McNemarTest(only_a_right=5, only_b_right=0, p_value=0.0625)
    """
    # Imported here: SciPy's statistics take half a second, and pages that test nothing need not wait for them.
    from scipy.stats import binomtest

    truth, first = checked_photos(labels, called_sad_a, name="called_sad_a")
    _, second = checked_photos(labels, called_sad_b, name="called_sad_b")
    a_right, b_right = (first != 0) == truth, (second != 0) == truth
    only_a, only_b = int((a_right & ~b_right).sum()), int((b_right & ~a_right).sum())
    discordant = only_a + only_b
    p_value = float(binomtest(only_a, discordant).pvalue) if discordant else 1.0
    return McNemarTest(only_a, only_b, p_value)


def exchange_test(labels: ArrayLike, scores_a: ArrayLike, scores_b: ArrayLike) -> float:
    """Return the two-sided p-value of two AUCs on the same photos being equal, for few photos too.

    If the networks are equally good, then for each photo it is as likely that the two ranks it got were the other way
    round. Over all 2 ** n ways the difference of the AUCs is a sum of one number for each photo with either sign, so
    that its distribution can be counted.
    The p-value is the share of ways that show a larger difference, those of the same size counting half (mid-p). Of
    more than 200 photos the sum is taken to be normal, which moves p by .005 at most.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1.
        scores_a: Scores of the first network, shape (n,), finite.
        scores_b: Scores of the second network for the same photos in the same order, shape (n,), finite.

    Returns:
        The p-value in [0, 1]; 1 where the difference is 0.

    Raises:
        StatisticsError: A class is missing, or labels and scores do not fit together.
    """
    truth, first = checked_classes(labels, scores_a, name="scores_a")
    _, second = checked_classes(labels, scores_b, name="scores_b")
    weights = _exchange_weights(truth, midranks(first), midranks(second))
    observed = abs(int(weights.sum()))
    if not observed:
        return 1.0
    if len(weights) > COUNTED_UP_TO:
        return math.erfc(observed / math.sqrt(2 * float(weights @ weights)))
    chances = _signed_sums(np.abs(weights))
    total = int(np.abs(weights).sum())
    sizes = np.abs(2 * np.arange(total + 1) - total)
    return float(chances[sizes > observed].sum() + chances[sizes == observed].sum() / 2)


def _exchange_weights(labels: IntArray, ranks_a: FloatArray, ranks_b: FloatArray) -> IntArray:
    """Return for each photo what it adds to the difference of the AUCs, or takes away when its ranks are exchanged.

    With w = [a_s > a_h] - [b_s > b_h] and v = [a_s > b_h] - [b_s > a_h] for a sad and a happy photo, ties half, a pair
    shows w where neither or both are exchanged, up to the sign, and v where one is: half of (w + v) goes with the
    sign of the sad photo, half of (w - v) with that of the happy one.
    """
    sad, happy = labels == 1, labels == 0
    a_sad, a_happy, b_sad, b_happy = ranks_a[sad], ranks_a[happy], ranks_b[sad], ranks_b[happy]
    # Each is summed over the other class.
    sad_within = _surplus(a_sad, a_happy) - _surplus(b_sad, b_happy)
    sad_across = _surplus(a_sad, b_happy) - _surplus(b_sad, a_happy)
    happy_within = _surplus(b_happy, b_sad) - _surplus(a_happy, a_sad)
    happy_across = _surplus(a_happy, b_sad) - _surplus(b_happy, a_sad)
    return np.append(sad_within + sad_across, happy_within - happy_across)


def _surplus(ranks: FloatArray, others: FloatArray) -> IntArray:
    """Return by how many more of the others lie below each rank than above it."""
    # Counted in the sorted others: a table of all pairs takes gigabytes of tens of thousands of photos.
    ordered = np.sort(others)
    return np.searchsorted(ordered, ranks, "left") + np.searchsorted(ordered, ranks, "right") - len(others)


def _signed_sums(weights: IntArray) -> FloatArray:
    """Return the chance of each sum of the weights with random signs, from minus their total upwards in twos."""
    chances = np.ones(1)
    for weight in weights[weights > 0]:
        longer = np.zeros(len(chances) + weight)
        longer[: len(chances)] += chances / 2
        longer[weight:] += chances / 2
        chances = longer
    return chances
