"""A run's records as columns for the charts that are redrawn once a second.

Columns are plain lists of equal length, keyed by name: building a data frame would take longer than drawing them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from emotion_core.training import Run
from emotion_core.training.checks import Finding, LayerSnapshot

Columns = dict[str, list[Any]]
PARTS = ("training", "validation")
ROC_EPOCHS = 5
# Zero cannot be drawn on a logarithmic axis; it is drawn here, below every gradient that occurs.
LOG_FLOOR = 1e-12


class Metric(NamedTuple):
    """A quantity recorded every epoch.

    Attributes:
        title: heading of its chart.
        help: one-sentence definition.
        low: lower end of the axis; None for the data's.
        high: upper end of the axis; None for the data's.
        log: whether the axis is logarithmic.
    """

    title: str
    help: str
    low: float | None = None
    high: float | None = None
    log: bool = False

    @property
    def axis_title(self) -> str:
        """Title of its axis; without a unit, as all of them are numbers or shares."""
        return f"{self.title}, log scale" if self.log else self.title


METRICS = {
    "loss": Metric("Loss", "The quantity that training minimizes.", 0),
    "accuracy": Metric("Accuracy", "Share of photos classified correctly at a threshold of P(sad) = 0.5.", 0, 1),
    "auc": Metric("AUC", "Probability that a sad photo gets a higher P(sad) than a happy one.", 0, 1),
    "precision": Metric("Precision", "Share of the photos called sad that are sad.", 0, 1),
    "recall": Metric("Recall", "Share of the sad photos that are called sad.", 0, 1),
    "learning_rate": Metric("Learning rate", "Size of each training step, as set by the schedule.", 0),
}
LAYER_MEASURES = {
    "gradient_norm": Metric(
        "Gradient norm",
        "Norm of the gradient in each layer. If it is far smaller in the first layers than in the last, it vanishes.",
        log=True,
    ),
    "gradient_ratio": Metric(
        "Gradient ratio", "Norm of the gradient in each layer, divided by that in the last layer.", log=True
    ),
    "dead": Metric("Dead units", "Share of units whose output is never above zero on the probe photos.", 0, 1),
    "saturated": Metric(
        "Saturated units", "Share of the values at which the slope of the activation is below 0.01.", 0, 1
    ),
    "weight_norm": Metric("Weight norm", "Norm of the weights in each layer.", 0),
    "update_norm": Metric("Update norm", "How far the weights have moved since the previous probe.", log=True),
}


class RunWarning(NamedTuple):
    """A warning as it stands now.

    Attributes:
        finding: as it was recorded.
        is_past: whether it is no longer true of the run.
    """

    finding: Finding
    is_past: bool


def warnings_of(run: Run) -> list[RunWarning]:
    """Return the run's warnings, oldest first, only the latest one of each code."""
    codes = {finding.code for finding in run.findings} if run.warnings else set()
    return [
        RunWarning(replace(warning, advice=_without_stopping(warning.advice)), warning.code not in codes)
        for warning in run.warnings
    ]


def _without_stopping(advice: str) -> str:
    """Return the advice without the words with which earlier versions began it."""
    rest = re.sub("^Stop it,? and ", "", advice)
    return rest[:1].upper() + rest[1:]


def metric_columns(runs: Sequence[Run], names: Mapping[str, str], metric: str) -> Columns:
    """Return a metric of all runs over the epochs.

    Args:
        runs: runs in legend order.
        names: network names by run id.
        metric: a key of ``METRICS``; epochs without it are left out.

    Returns:
        Columns ``network``, ``part``, ``epoch`` and ``value``, one row per point.
    """
    columns: Columns = {"network": [], "part": [], "epoch": [], "value": []}
    for run in runs:
        for part, key in zip(PARTS, (metric, f"validation_{metric}"), strict=True):
            values = [(epoch.epoch, getattr(epoch, key, None)) for epoch in run.epochs]
            points = [(epoch, value) for epoch, value in values if value is not None]
            columns["network"] += [names[run.run_id]] * len(points)
            columns["part"] += [part] * len(points)
            columns["epoch"] += [epoch for epoch, _ in points]
            columns["value"] += [float(value) for _, value in points]
    return columns


def mean_metric_columns(networks: Mapping[str, Sequence[Run]], metric: str) -> Columns:
    """Return a metric over the epochs as the mean over the runs of each network, with the lowest and the highest.

    Args:
        networks: runs that differ in the seed or fold only, by the name of their network.
        metric: a key of ``METRICS``; at each epoch the runs count that have recorded it.

    Returns:
        Columns ``network``, ``part``, ``epoch``, ``value``, ``low`` and ``high``, one row per point.
    """
    names = ("network", "part", "epoch", "value", "low", "high")
    rows = [
        (network, part, epoch, sum(values) / len(values), min(values), max(values))
        for network, runs in networks.items()
        for (part, epoch), values in _values_by_epoch(runs, metric).items()
    ]
    return {name: [row[index] for row in rows] for index, name in enumerate(names)}


def _values_by_epoch(runs: Sequence[Run], metric: str) -> dict[tuple[str, int], list[float]]:
    columns = metric_columns(runs, {run.run_id: "" for run in runs}, metric)
    values: dict[tuple[str, int], list[float]] = {}
    for part, epoch, value in zip(columns["part"], columns["epoch"], columns["value"], strict=True):
        values.setdefault((part, epoch), []).append(value)
    return dict(sorted(values.items()))


def has_metric(runs: Sequence[Run], metric: str) -> bool:
    """Return whether any run has recorded a metric, on training or validation photos.

    Args:
        runs: runs to search.
        metric: a key of ``METRICS``.
    """
    keys = (metric, f"validation_{metric}")
    return any(getattr(epoch, key, None) is not None for run in runs for epoch in reversed(run.epochs) for key in keys)


def layer_columns(snapshots: Sequence[LayerSnapshot], measure: str) -> Columns:
    """Return a measure of every layer over the epochs.

    Args:
        snapshots: of one run.
        measure: a key of ``LAYER_MEASURES``; layers without it are left out.

    Returns:
        Columns ``layer``, ``epoch`` and ``value``. Values that are not finite are left out; on a logarithmic axis zero
        becomes ``LOG_FLOOR``.
    """
    floor = LOG_FLOOR if LAYER_MEASURES[measure].log else -np.inf
    rows = [
        (layer.name, snapshot.epoch, max(float(value), floor))
        for snapshot in snapshots
        for layer in snapshot.layers
        if (value := getattr(layer, measure)) is not None
    ]
    finite = [row for row in rows if np.isfinite(row[2])]
    return {name: [row[index] for row in finite] for index, name in enumerate(("layer", "epoch", "value"))}


def histogram_columns(snapshot: LayerSnapshot) -> Columns:
    """Return the histogram of each layer's activations in one snapshot.

    Returns:
        Columns ``layer``, ``low`` and ``high`` (edges of a bin), and ``share`` of the layer's values in it, 0 to 1.
    """
    columns: Columns = {"layer": [], "low": [], "high": [], "share": []}
    for layer in snapshot.layers:
        total = sum(layer.histogram)
        if not total:
            continue
        columns["layer"] += [layer.name] * len(layer.histogram)
        columns["low"] += layer.edges[:-1]
        columns["high"] += layer.edges[1:]
        columns["share"] += [count / total for count in layer.histogram]
    return columns


def layer_names(snapshots: Sequence[LayerSnapshot]) -> list[str]:
    """Return the layer names in snapshots of networks of any depth, from the first layer to the last."""
    # The deepest network sets the order: the layers of a shallower one are among its layers.
    deepest_first = sorted(snapshots, key=lambda snapshot: len(snapshot.layers), reverse=True)
    return list(dict.fromkeys(layer.name for snapshot in deepest_first for layer in snapshot.layers))


def roc_columns(run: Run) -> Columns:
    """Return the validation ROC curves of up to ``ROC_EPOCHS`` evenly spaced epochs, including the newest.

    Returns:
        Columns ``epoch``, ``false_positive_rate``, ``true_positive_rate`` and ``step``, the order of a curve's points.
    """
    curves = list({record["epoch"]: record for record in run.records("roc")}.values())
    indices = np.linspace(0, len(curves) - 1, min(ROC_EPOCHS, len(curves)))
    columns: Columns = {"epoch": [], "false_positive_rate": [], "true_positive_rate": [], "step": []}
    for curve in (curves[int(index)] for index in indices):
        length = len(curve["false_positive_rate"])
        columns["epoch"] += [curve["epoch"]] * length
        columns["false_positive_rate"] += curve["false_positive_rate"]
        columns["true_positive_rate"] += curve["true_positive_rate"]
        columns["step"] += range(length)
    return columns
