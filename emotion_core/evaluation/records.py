"""What a comparison is made of: the scores of runs, and what is found in them."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from emotion_core.evaluation.answer import StudyAnswer
from emotion_core.evaluation.statistics import ConfusionCounts, IntArray
from emotion_core.training.checks import SplitPredictions

NO_PHOTOS = SplitPredictions(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float64))


@dataclass(frozen=True, eq=False)
class RunScores:
    """What one run predicts, read from disk once and handed on to tests, diagnosis, figures and tables.

    The test photos are the same, in the same order, for all runs of a study, except for runs that leak: those were
    trained on photos that they were tested on.

    Attributes:
        run_id: opaque id.
        activation: of the hidden layers.
        depth: number of convolution blocks.
        seed: of the run.
        validation: labels and P(sad) of the validation photos; a split may be empty.
        test: the same of the test photos.
        train: the same of the training photos, predicted by the finished network.
        photo_ids: of the test photos, in the order of ``test``; empty where they are not known.
        name: for a person.
        leaks: whether test photos were trained on.
        validation_auc: where it is not the AUC of ``validation``: over folds it is the mean of the folds'.
        folds: of a cross-validated network, the number of the fold that tested each photo of ``test``, shape ``(n,)``;
            ``test`` then holds all photos, each scored by that fold's run, and scores compare within a fold only. None
            without folds.
        validation_folds: the fold of each row of ``validation``; None without folds.
        validation_rows: which photo of ``test`` each row of ``validation`` is; None without folds.
    """

    run_id: str
    activation: str
    depth: int
    seed: int
    validation: SplitPredictions
    test: SplitPredictions
    train: SplitPredictions = field(default=NO_PHOTOS, kw_only=True)
    photo_ids: tuple[str, ...] = field(default=(), kw_only=True)
    name: str = field(default="", kw_only=True)
    leaks: bool = field(default=False, kw_only=True)
    validation_auc: float | None = field(default=None, kw_only=True)
    folds: IntArray | None = field(default=None, kw_only=True)
    validation_folds: IntArray | None = field(default=None, kw_only=True)
    validation_rows: IntArray | None = field(default=None, kw_only=True)

    @property
    def title(self) -> str:
        """The run's name, or its settings in words where it has none."""
        return self.name or f"{self.activation}, depth {self.depth}, seed {self.seed}"


@dataclass(frozen=True)
class RunComparison:
    """One run's numbers; an AUC is None where the split cannot answer, and `note` says why.

    `threshold` is chosen on validation photos (.5 where they cannot answer); accuracy, precision, recall, F1 and counts
    are those of the test photos at that threshold, None where there is nothing to divide by. Over folds the AUCs are
    the means of the folds', `threshold` is that of the fold whose run classifies new photos, and the counts add up the
    folds, each at its own threshold.
    """

    run_id: str
    name: str
    activation: str
    depth: int
    seed: int
    validation_auc: float | None
    test_auc: float | None
    test_auc_low: float | None
    test_auc_high: float | None
    diagnosis: str
    threshold: float
    test_accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    confusion: ConfusionCounts | None
    note: str


@dataclass(frozen=True)
class PairComparison:
    """Test AUC of run `a` minus that of run `b`, by DeLong's paired test.

    `p_value` is that of this pair alone, and `p_holm` the same after Holm over all pairs of the comparison. `low` and
    `high` are the interval at `confidence`, the one at which Holm's method tests this pair: it leaves 0 out exactly
    where `p_holm` is below .05.
    """

    a: str
    b: str
    difference: float
    low: float
    high: float
    confidence: float
    standard_error: float
    p_value: float
    p_holm: float


@dataclass(frozen=True)
class ChampionDifference:
    """Test AUC of a run minus the champion's: the numbers of their `PairComparison`, turned to this direction.

    `mcnemar_p` compares how many photos the two call rightly, each at its threshold; it is not adjusted.
    """

    run_id: str
    difference: float
    low: float
    high: float
    confidence: float
    p_value: float
    p_holm: float
    mcnemar_p: float


@dataclass(frozen=True)
class ChosenInFolds:
    """What a cross-validated champion reaches when it is chosen inside each fold, by that fold's validation photos.

    The test AUC of the champion itself is too high, because it was chosen by validation photos of all folds, and those
    of one fold are test photos of another. Here, in each fold, the network with the highest validation AUC of that fold
    is tested in that fold. Networks are candidates for one another where they share their folds: those of one seed.

    Attributes:
        auc: mean test AUC over the folds, and over the sets of folds.
        low: lower end of the 95 % interval, over photos, and over seeds where there are several sets of folds; None
            where it cannot be had.
        high: upper end of it.
        sets_of_folds: number of ways in which the photos were divided: one for each seed, or one for all.
        chosen: name of the network chosen in each fold, set after set.
    """

    auc: float
    low: float | None
    high: float | None
    sets_of_folds: int
    chosen: tuple[str, ...]

    @property
    def luck(self) -> str:
        """What its interval counts."""
        return "luck in photos" if self.sets_of_folds == 1 else "luck in training and in photos"


@dataclass(frozen=True)
class BaselineComparison:
    """What one number alone reaches on the test photos, with its 95 % interval, and whether the champion does better.

    `difference` is the champion's AUC minus that of the number on the same photos, `p_value` that of DeLong's paired
    test; both None without a champion that was tested on these photos.
    """

    name: str
    auc: float
    low: float
    high: float
    sentence: str
    difference: float | None = None
    p_value: float | None = None


@dataclass(frozen=True)
class Comparison:
    """The runs in the order given, the pairs tested, two texts for a person, and each run against the champion.

    `answer` is what the runs say of activations and other settings, over seeds; None where `no_answer` says why.
    `runner_up` is the run with the next-highest validation AUC that could have been champion, and `lead_p` the p-value
    of both being equally good on the validation photos (exchange test; DeLong's over folds), before any adjustment
    for the champion's being the best of several. `chosen_in_folds` is None without folds, or without a choice.
    `baseline` belongs to the conclusion: a champion that is no better than brightness has shown nothing about faces.
    It is None where no number was measured.
    """

    champion: str | None
    reason: str
    runs: list[RunComparison]
    pairs: list[PairComparison]
    conclusion: str
    against_champion: tuple[ChampionDifference, ...] = ()
    answer: StudyAnswer | None = None
    no_answer: str = ""
    runner_up: str | None = None
    lead_p: float | None = None
    chosen_in_folds: ChosenInFolds | None = None
    baseline: BaselineComparison | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain dicts, lists, numbers and strings, ready for `json.dumps`; what is unknown is None."""
        none: dict[str, Any] = {"sentence": self.no_answer, "contrasts": [], "cells": [], "notes": []}
        return {**asdict(replace(self, answer=None)), "answer": self.answer.as_json() if self.answer else none}
