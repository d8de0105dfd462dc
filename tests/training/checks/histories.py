"""Histories of runs for the tests of the checks."""

from typing import Any

import numpy as np

from emotion_core.training import RunConfig
from emotion_core.training.checks import LayerSnapshot, RunHistory, SplitPredictions
from emotion_core.training.engine import EpochNumbers

LAYERS = ("conv1", "dense1", "output")


def snapshot(epoch: int = 0, norms: tuple[float | None, ...] = (0.2, 0.2, 0.1), **values: Any) -> LayerSnapshot:
    """Return a snapshot of a network without fault, unless other values are given.

    Args:
        epoch: after which it was taken.
        norms: of the gradients of ``LAYERS``.
        values: of its record.
    """
    ratios = [norm / norms[-1] if norm is not None and norms[-1] else None for norm in norms]
    layers = [
        {"name": name, "gradient_norm": norm, "gradient_ratio": ratio, "dead": values.get("dead", 0.0)}
        for name, norm, ratio in zip(LAYERS, norms, ratios, strict=True)
    ]
    ends = {"lowest": 0.4, "highest": 0.6, "lowest_p_sad": 0.4, "highest_p_sad": 0.6}
    record = LayerSnapshot.from_record({"epoch": epoch, "loss": 0.7, "layers": layers, **ends, **values})
    assert record is not None
    return record


def epochs(
    loss: list[float], validation_loss: list[float] | None = None, spread: float = 0.5, **values: Any
) -> list[EpochNumbers]:
    """Return epochs with these losses.

    Args:
        loss: one for each epoch.
        validation_loss: one for each epoch; 0.6 in all of them by default.
        spread: of the validation photos' P(sad).
        values: of the records, each one number or a list with one for each epoch.
    """
    records = [
        {
            "epoch": number,
            "loss": training_loss,
            "accuracy": 0.8,
            "auc": 0.85,
            "validation_loss": validation_loss[number - 1] if validation_loss else 0.6,
            "validation_accuracy": 0.75,
            "validation_auc": 0.8,
            "seconds": 1.0,
            "validation_lowest": 0.4,
            "validation_highest": 0.4 + spread,
            **{name: value[number - 1] if isinstance(value, list) else value for name, value in values.items()},
        }
        for number, training_loss in enumerate(loss, start=1)
    ]
    return [epoch for epoch in map(EpochNumbers.from_record, records) if epoch is not None]


def predictions(accuracy: float, *, n: int = 96, auc: float | None = None, seed: int = 0) -> SplitPredictions:
    """Return predictions with this share of photos on the right side of 0.5.

    Args:
        accuracy: share of the photos.
        n: number of photos, half of them sad.
        auc: where it is given, all P(sad) are moved below 0.5, so that the accuracy is a half and the AUC about this.
        seed: of the noise.
    """
    labels = np.arange(n) % 2
    rng = np.random.default_rng(seed)
    if auc is not None:
        distance = {0.5: 0.0, 0.7: 0.74, 0.75: 0.95, 0.99: 3.3}[auc]
        return SplitPredictions(labels, 0.4 / (1 + np.exp(-rng.normal(distance * labels, 1.0))))
    margin = rng.uniform(0.1, 0.4, n)
    is_right = np.ones(n, dtype=bool)
    for label in (0, 1):
        rows = np.flatnonzero(labels == label)
        is_right[rows[: round((1 - accuracy) * len(rows))]] = False
    return SplitPredictions(labels, 0.5 + np.where((labels == 1) == is_right, margin, -margin))


def history(
    epoch_numbers: list[EpochNumbers], snapshots: list[LayerSnapshot] | None = None, **values: Any
) -> RunHistory:
    """Return a history.

    Args:
        epoch_numbers: from ``epochs``.
        snapshots: from ``snapshot``; none by default.
        values: fields of the history, or else settings of the run.
    """
    fields = {name: values.pop(name) for name in list(values) if name in RunHistory.__dataclass_fields__}
    return RunHistory(RunConfig(**values), epoch_numbers, snapshots or [], **fields)
