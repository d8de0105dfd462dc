"""What a run has recorded so far, as columns for a chart that is drawn anew once a second.

Columns are plain lists of one length, keyed by name: building a data frame of them would cost more than drawing them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from emotion_core.training import Run
from emotion_core.training.checks import Finding, LayerSnapshot, findings

Columns = dict[str, list[Any]]
PARTS = ("training", "validation")
ROC_EPOCHS = 5
# A gradient of zero has no place on a logarithmic axis; it is drawn where nothing real is.
LOG_FLOOR = 1e-12


class Metric(NamedTuple):
    """What is told of a network, epoch by epoch.

    Attributes:
        title: for a person.
        help: a sentence.
        low, high: the ends of its axis where they are known.
        log: whether its axis is logarithmic.
    """

    title: str
    help: str
    low: float | None = None
    high: float | None = None
    log: bool = False


METRICS = {
    "loss": Metric("Loss", "What training makes smaller.", 0),
    "accuracy": Metric("Accuracy", "Share of photos on the right side of P(sad) = 0.5.", 0, 1),
    "auc": Metric("AUC", "Chance that a sad photo gets a higher P(sad) than a happy one.", 0, 1),
    "precision": Metric("Precision", "Share of the photos called sad that are.", 0, 1),
    "recall": Metric("Recall", "Share of the sad photos that are called sad.", 0, 1),
    "learning_rate": Metric("Learning rate", "How far each step goes, as the schedule has it.", 0),
}
LAYER_MEASURES = {
    "gradient_norm": Metric(
        "Gradient norm",
        "Length of the gradient in each layer. Where the first layers' is far smaller than the last's, it vanishes.",
        log=True,
    ),
    "gradient_ratio": Metric(
        "Gradient ratio", "Length of the gradient in each layer, divided by that in the last layer.", log=True
    ),
    "dead": Metric("Dead units", "Share of units that no photo of the probe makes positive.", 0, 1),
    "saturated": Metric("Saturated units", "Share of units where the activation's slope is below 0.01.", 0, 1),
    "weight_norm": Metric("Weight norm", "Length of each layer's weights.", 0),
    "update_norm": Metric("Update norm", "How far the weights moved since the last look.", log=True),
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
    """Return the run's warnings, oldest first, the last of each code."""
    codes = {finding.code for finding in findings(run.history)} if run.warnings else set()
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
        runs: in the order of the legend.
        names: by run id.
        metric: one of ``METRICS``; epochs that lack it are left out.

    Returns:
        ``network``, ``part``, ``epoch`` and ``value``, one row for each point.
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


def has_metric(runs: Sequence[Run], metric: str) -> bool:
    """Whether any run has a value of that metric, of its training or validation photos."""
    keys = (metric, f"validation_{metric}")
    return any(getattr(epoch, key, None) is not None for run in runs for epoch in reversed(run.epochs) for key in keys)


def layer_columns(snapshots: Sequence[LayerSnapshot], measure: str) -> Columns:
    """Return a measure of every layer over the epochs.

    Args:
        snapshots: of one run.
        measure: one of ``LAYER_MEASURES``; layers that lack it are left out.

    Returns:
        ``layer``, ``epoch`` and ``value``; what is not finite is left out, and zero is ``LOG_FLOOR`` on a logarithmic
        axis.
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
    """Return how the activations of each layer are spread, in one snapshot.

    Returns:
        ``layer``, ``low`` and ``high`` (the ends of a bin), and ``share`` of the layer's values in it, 0 to 1.
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
    """Return the names of the layers in these snapshots, from input to output, those of every depth."""
    # The deepest network's come first, because each layer of the others has its position among them.
    deepest_first = sorted(snapshots, key=lambda snapshot: len(snapshot.layers), reverse=True)
    return list(dict.fromkeys(layer.name for snapshot in deepest_first for layer in snapshot.layers))


def roc_columns(run: Run) -> Columns:
    """Return the validation ROC curves of up to ``ROC_EPOCHS`` epochs, evenly spaced, the newest among them.

    Returns:
        ``epoch``, ``false_positive_rate``, ``true_positive_rate`` and ``step`` (the order of the points on a curve).
    """
    curves = list({record["epoch"]: record for record in run.records("roc")}.values())
    evenly = np.linspace(0, len(curves) - 1, min(ROC_EPOCHS, len(curves)))
    columns: Columns = {"epoch": [], "false_positive_rate": [], "true_positive_rate": [], "step": []}
    for curve in (curves[int(index)] for index in evenly):
        length = len(curve["false_positive_rate"])
        columns["epoch"] += [curve["epoch"]] * length
        columns["false_positive_rate"] += curve["false_positive_rate"]
        columns["true_positive_rate"] += curve["true_positive_rate"]
        columns["step"] += range(length)
    return columns
