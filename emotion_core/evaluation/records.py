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
        validation_auc: where it is not the AUC of ``validation``: over folds it is their mean.
        folds: number of the fold that tested each photo of ``test``, shape ``(n,)``; None without cross-validation.
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

    @property
    def title(self) -> str:
        """The run's name, or its settings in words where it has none."""
        return self.name or f"{self.activation}, depth {self.depth}, seed {self.seed}"


@dataclass(frozen=True)
class RunComparison:
    """One run's numbers; an AUC is None where the split cannot answer, and `note` says why.

    `threshold` is chosen on validation photos (.5 where they cannot answer); accuracy, precision, recall, F1 and counts
    are those of the test photos at that threshold, None where there is nothing to divide by.
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
    """Test AUC of run `a` minus that of run `b`: DeLong's 95 % interval and p-value, before and after Holm.

    `p_exchange` is that of `exchange_test`, before and after Holm: the conclusion is drawn from it.
    """

    a: str
    b: str
    difference: float
    low: float
    high: float
    standard_error: float
    p_value: float
    p_value_adjusted: float
    p_exchange: float
    p_exchange_adjusted: float


@dataclass(frozen=True)
class ChampionDifference:
    """Test AUC of a run minus the champion's, with DeLong's 95 % interval and p-value.

    `p_exchange` is that of `exchange_test`, which keeps its rate of false alarms where DeLong's falls short of it (few
    photos, AUC .9 and more); `p_holm` is it after Holm over all runs compared with the champion. `mcnemar_p`
    compares how many photos the two call rightly, each at its threshold.
    """

    run_id: str
    difference: float
    low: float
    high: float
    p_value: float
    p_exchange: float
    p_holm: float
    mcnemar_p: float


@dataclass(frozen=True)
class Comparison:
    """The runs in the order given, the pairs tested, two texts for a person, and each run against the champion.

    `answer` is what the runs say of activations and other settings, over seeds; None where `no_answer` says why.
    """

    champion: str | None
    reason: str
    runs: list[RunComparison]
    pairs: list[PairComparison]
    conclusion: str
    against_champion: tuple[ChampionDifference, ...] = ()
    answer: StudyAnswer | None = None
    no_answer: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return plain dicts, lists, numbers and strings, ready for `json.dumps`; what is unknown is None."""
        answer = self.answer.as_json() if self.answer else None
        return {**asdict(replace(self, answer=None)), "answer": answer or {"sentence": self.no_answer}}
