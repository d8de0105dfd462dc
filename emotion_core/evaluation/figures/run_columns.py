"""A run's records as columns for the charts that are redrawn once a second.

Columns are plain lists of equal length, keyed by name: building a data frame would take longer than drawing them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from emotion_core.jobs import Record
from emotion_core.training import Run

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
    "dead": Metric("Dead units", "Share of units whose output is positive for none of the probe photos.", 0, 1),
    "saturated": Metric("Saturated units", "Share of units where the slope of the activation is below 0.01.", 0, 1),
    "weight_norm": Metric("Weight norm", "Norm of the weights in each layer.", 0),
    "update_norm": Metric("Update norm", "How far the weights have moved since the previous probe.", log=True),
}


def warnings_of(run: Run) -> list[Record]:
    """Return the latest warning of each code, with ``epoch``, ``sentence`` and ``advice``.

    The advice fits the run's state: "Stop it" is left out for a run that has ended.
    """
    warnings = {str(record.get("code")): record for record in run.records("warning")}.values()
    if run.state.active:
        return list(warnings)
    return [{**record, "advice": _without_stopping(str(record.get("advice", "")))} for record in warnings]


def _without_stopping(advice: str) -> str:
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
            points = [(epoch["epoch"], epoch[key]) for epoch in run.epochs if epoch.get(key) is not None]
            columns["network"] += [names[run.run_id]] * len(points)
            columns["part"] += [part] * len(points)
            columns["epoch"] += [epoch for epoch, _ in points]
            columns["value"] += [float(value) for _, value in points]
    return columns


def has_metric(runs: Sequence[Run], metric: str) -> bool:
    """Return whether any run has recorded a metric, on training or validation photos.

    Args:
        runs: runs to search.
        metric: a key of ``METRICS``.
    """
    keys = (metric, f"validation_{metric}")
    return any(epoch.get(key) is not None for run in runs for epoch in reversed(run.epochs) for key in keys)


def probes(run: Run) -> list[Record]:
    """Return the run's probe records, oldest first, one per epoch."""
    return list({record["epoch"]: record for record in run.records("probe") if _is_probe(record)}.values())


def _is_probe(record: Record) -> bool:
    return isinstance(record.get("epoch"), int) and isinstance(record.get("layers"), list)


def layer_columns(records: Sequence[Record], measure: str) -> Columns:
    """Return a measure of every layer over the epochs.

    Args:
        records: probe records, from ``probes``.
        measure: a key of ``LAYER_MEASURES``; layers without it are left out.

    Returns:
        Columns ``layer``, ``epoch`` and ``value``. Values that are not finite are left out; on a logarithmic axis zero
        becomes ``LOG_FLOOR``.
    """
    floor = LOG_FLOOR if LAYER_MEASURES[measure].log else -np.inf
    rows = [
        (str(layer["name"]), record["epoch"], max(float(layer[measure]), floor))
        for record in records
        for layer in record["layers"]
        if layer.get(measure) is not None
    ]
    finite = [row for row in rows if np.isfinite(row[2])]
    return {name: [row[index] for row in finite] for index, name in enumerate(("layer", "epoch", "value"))}


def histogram_columns(record: Record) -> Columns:
    """Return the histogram of each layer's activations in one probe record.

    Returns:
        Columns ``layer``, ``low`` and ``high`` (edges of a bin), and ``share`` of the layer's values in it, 0 to 1.
    """
    columns: Columns = {"layer": [], "low": [], "high": [], "share": []}
    for layer in record["layers"]:
        counts, edges = layer.get("histogram"), layer.get("edges")
        total = sum(counts or ())
        if not total:
            continue
        columns["layer"] += [str(layer["name"])] * len(counts)
        columns["low"] += edges[:-1]
        columns["high"] += edges[1:]
        columns["share"] += [count / total for count in counts]
    return columns


def layer_names(records: Sequence[Record]) -> list[str]:
    """Return the layer names in probe records of networks of any depth, from the first layer to the last."""
    # The deepest network sets the order: the layers of a shallower one are among its layers.
    deepest_first = sorted(records, key=lambda record: len(record["layers"]), reverse=True)
    return list(dict.fromkeys(str(layer["name"]) for record in deepest_first for layer in record["layers"]))


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
