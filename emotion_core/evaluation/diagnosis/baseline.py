"""The strongest shortcut of a study, and whether a network does better than it on the same test photos."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotion_core.dataset import PhotoNumbers
from emotion_core.evaluation.diagnosis.shortcuts import Shortcut, scores_learned_from, shortcuts
from emotion_core.evaluation.statistics import (
    SIGNIFICANCE,
    DelongTest,
    FloatArray,
    IntArray,
    auc_interval,
    delong_test,
)


@dataclass(frozen=True, eq=False)
class Baseline:
    """A shortcut learned from training photos and measured on test photos.

    Attributes:
        shortcut: the result on the test photos.
        photo_ids: the test photos for which it is known, length n.
        labels: 0 (happy) or 1 (sad), shape ``(n,)``.
        scores: larger where the training photos suggest sad, shape ``(n,)``.
    """

    shortcut: Shortcut
    photo_ids: tuple[str, ...]
    labels: IntArray
    scores: FloatArray


@dataclass(frozen=True, eq=False)
class BaselineTest:
    """A network against the shortcut, on the test photos for which the shortcut is known.

    Attributes:
        p_sad: of the network for these photos, in the order of ``Baseline.photo_ids``.
        delong: the paired test of the two AUCs, the network first.
    """

    p_sad: FloatArray
    delong: DelongTest

    @property
    def is_better(self) -> bool:
        """Whether the network's AUC is larger, and chance alone would rarely make it so."""
        return self.delong.difference > 0 and self.delong.p_value < SIGNIFICANCE


def strongest_baseline(train: Sequence[PhotoNumbers], test: Sequence[PhotoNumbers]) -> Baseline | None:
    """Return the number that separates the training photos best, measured on the test photos.

    The test photos are used for this one number only, so its interval needs no adjustment.

    Args:
        train: photos that choose the number and its direction.
        test: photos that play no part in that choice.

    Returns:
        None where no number is known for enough of them.
    """
    for shortcut in shortcuts(train):
        scored = scores_learned_from(shortcut.name, train, test)
        if scored is not None:
            photos, labels, scores = scored
            area = auc_interval(labels, scores)
            on_test = Shortcut(shortcut.name, area.auc, area.low, area.high, len(photos), shortcut.direction)
            return Baseline(on_test, tuple(photo.photo_id for photo in photos), labels, scores)
    return None


def against_baseline(baseline: Baseline, photo_ids: Sequence[str], p_sad: FloatArray) -> BaselineTest | None:
    """Test whether a network does better than the shortcut: the one test of that question.

    Args:
        baseline: of the study.
        photo_ids: test photos of the network, length n.
        p_sad: what the network predicts for them, shape ``(n,)``.

    Returns:
        None where the network was not tested on all photos of the baseline.
    """
    row = {photo_id: number for number, photo_id in enumerate(photo_ids)}
    if not row.keys() >= set(baseline.photo_ids):
        return None
    same = np.asarray(p_sad)[[row[photo_id] for photo_id in baseline.photo_ids]]
    return BaselineTest(same, delong_test(baseline.labels, same, baseline.scores))
