"""What is known of a run at one moment: everything that a check may rest on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.formatting import share_text
from emotion_core.training.checks.finding import Finding, FindingCode
from emotion_core.training.checks.layer_snapshot import LayerSnapshot
from emotion_core.training.config import RunConfig
from emotion_core.training.engine import EpochNumbers, Metrics

CHANCE_LOSS = {"binary_crossentropy": math.log(2), "mean_squared_error": 0.25}
BEYOND_CHANCE = 1.96  # standard errors
# A loss has a natural unit, that of predicting 0.5 for every photo: it falls materially from a share of it.
MATERIAL_FALL = 0.01
RUNNING_AUC = 0.6  # is better than chance, where the labels and so the standard error are not known
SMALLEST_PROBABILITY = 1e-7  # Keras clips probabilities at it


class SplitPredictions(NamedTuple):
    """What a trained network predicts for the photos of one split; without photos it has no rates and no loss.

    Attributes:
        labels: 0 (happy) or 1 (sad), int64 of shape ``(n,)``.
        p_sad: of the same photos, float64 of shape ``(n,)``, 0 to 1.
    """

    labels: npt.NDArray[np.int64]
    p_sad: npt.NDArray[np.float64]

    @property
    def rates(self) -> Metrics:
        """Accuracy at 0.5, AUC and the like."""
        return Metrics.of(self.labels, self.p_sad.astype(np.float32))

    def loss(self, kind: str) -> float:
        """Return the mean loss of these predictions, without class weights and label smoothing.

        Args:
            kind: ``binary_crossentropy`` or ``mean_squared_error``.
        """
        errors = np.abs(self.labels - self.p_sad)
        if kind == "mean_squared_error":
            return float((errors**2).mean())
        return float(-np.log(np.clip(1 - errors, SMALLEST_PROBABILITY, 1)).mean())

    @property
    def spread(self) -> float:
        """The largest P(sad) less the smallest."""
        return float(np.ptp(self.p_sad))

    @property
    def chance_auc_error(self) -> float:
        """Standard error of the AUC on this many photos where P(sad) says nothing (Mann & Whitney 1947)."""
        n_happy, n_sad = np.bincount(self.labels, minlength=2).tolist()
        return math.sqrt((n_happy + n_sad + 1) / (12 * n_happy * n_sad)) if n_happy and n_sad else math.inf


class Auc(NamedTuple):
    """An AUC.

    Attributes:
        part: ``training``, ``validation`` or ``test``.
        value: 0 to 1.
        limit: that it has to exceed to be clearly above 0.5.
    """

    part: str
    value: float
    limit: float

    @property
    def is_beyond_chance(self) -> bool:
        """Whether it is clearly above 0.5."""
        return self.value > self.limit


@dataclass(frozen=True, eq=False)
class RunHistory:
    """A run's records up to now and, once it has finished, the predictions of its network.

    Attributes:
        config: settings of the run.
        epochs: those that have ended, oldest first.
        snapshots: of the layers, oldest first.
        ended: whether no epoch will follow.
        kept_epoch: the epoch whose weights the network has, where early stopping went back to it; else None.
        train: the finished network's predictions for the photos it was trained on; None where they are not known.
        validation: its predictions for the validation photos; None where they are not known.
        test: its predictions for the test photos, by which no network is judged: they only keep it from being called a
            guess where it is none.
        has_renewed_statistics: whether batch normalization predicts with statistics that were renewed after each epoch,
            not with the moving averages of an earlier version.
    """

    config: RunConfig
    epochs: Sequence[EpochNumbers]
    snapshots: Sequence[LayerSnapshot]
    ended: bool = False
    kept_epoch: int | None = None
    train: SplitPredictions | None = None
    validation: SplitPredictions | None = None
    test: SplitPredictions | None = None
    has_renewed_statistics: bool = False

    @property
    def epoch(self) -> int:
        """The last epoch that has ended, 0 before the first."""
        return self.epochs[-1].epoch if self.epochs else 0

    @property
    def newest_snapshot(self) -> LayerSnapshot | None:
        """The snapshot after the last epoch; a run that has ended has its last one, however old."""
        last = self.snapshots[-1] if self.snapshots else None
        return last if last and (self.ended or last.epoch == self.epoch) else None

    @property
    def chance_loss(self) -> float:
        """The loss of P(sad) = 0.5 for every photo, in whose shares changes of the loss are measured."""
        return CHANCE_LOSS[self.config.loss]

    @property
    def constant_loss(self) -> float:
        """The loss of the best constant prediction: the share of sad photos, 0.5 where the labels are not known."""
        split = self.train or self.validation
        if split is None:
            return self.chance_loss
        share = float(split.labels.mean())
        return SplitPredictions(split.labels, np.full(len(split.labels), share)).loss(self.config.loss)

    @property
    def training_loss(self) -> float | None:
        """The loss on training photos of the network as it predicts: after the run's end, or in the last snapshot.

        The loss of an epoch is another one: it is measured during the epoch's steps, with dropout, augmentation and the
        statistics of each batch.
        """
        if self.train is not None:
            return self.train.loss(self.config.loss)
        return self.snapshots[-1].loss if self.snapshots else None

    @property
    def aucs(self) -> list[Auc]:
        """The known AUCs on training and validation photos: the finished network's, or else those of the last epoch."""
        if self.validation is not None:
            return [auc for auc in (_auc("training", self.train), _auc("validation", self.validation)) if auc]
        last = self.epochs[-1]
        values = (("training", last.auc), ("validation", last.validation_auc))
        return [Auc(part, value, RUNNING_AUC) for part, value in values if value is not None]

    @property
    def is_ranking(self) -> bool:
        """Whether the network ranks photos of any part better than chance, the test photos included."""
        return self.is_ranking_test or any(auc.is_beyond_chance for auc in self.aucs)

    @property
    def is_ranking_test(self) -> bool:
        """Whether it ranks the test photos better than chance."""
        test = _auc("test", self.test)
        return test is not None and test.is_beyond_chance

    @property
    def auc_text(self) -> str:
        """A sentence with the known AUCs, after a space; empty where none is known."""
        text = ", ".join(f"{auc.part} AUC {share_text(auc.value)}" for auc in self.aucs)
        return f" {text[0].upper()}{text[1:]}." if text else ""

    @property
    def validation_spread(self) -> float | None:
        """The largest P(sad) of a validation photo less the smallest: the finished network's, or of the last epoch."""
        if self.validation is not None:
            return self.validation.spread
        high, low = self.epochs[-1].validation_highest, self.epochs[-1].validation_lowest
        return None if high is None or low is None else high - low

    @property
    def losses(self) -> list[float]:
        """The known losses of the network: those of the last epoch and, once it has finished, those of its predictions.

        The training loss of an epoch is a mean over its steps, so it alone would not be that of the network.
        """
        last = self.epochs[-1]
        delivered = [split.loss(self.config.loss) for split in (self.train, self.validation) if split is not None]
        return [last.loss, last.validation_loss, *delivered]

    def of_kept_network(self) -> "RunHistory":
        """Return the part of the history that made the network: up to the epoch that early stopping went back to."""
        kept = self.kept_epoch
        if kept is None:
            return self
        epochs = [epoch for epoch in self.epochs if epoch.epoch <= kept]
        snapshots = [snapshot for snapshot in self.snapshots if snapshot.epoch <= kept]
        return replace(self, epochs=epochs, snapshots=snapshots)

    def finding(
        self, code: FindingCode, sentence: str, evidence: str, advice: str, layer: str | None = None
    ) -> Finding:
        """Return a finding that is true after the last epoch.

        Args:
            code: of the check.
            sentence: what is the case.
            evidence: the numbers behind it.
            advice: what to do.
            layer: the layer that it is about.
        """
        return Finding(code, self.epoch, sentence, evidence, advice, layer)


def _auc(part: str, split: SplitPredictions | None) -> Auc | None:
    """Return the AUC of a part's predictions, or None where there are none of both labels."""
    value = split.rates.auc if split is not None and len(split.labels) else None
    if split is None or value is None:
        return None
    return Auc(part, value, 0.5 + BEYOND_CHANCE * split.chance_auc_error)
