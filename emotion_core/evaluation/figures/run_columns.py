"""What a run has recorded so far, as columns for a chart that is drawn anew once a second.

Columns are plain lists of one length, keyed by name: building a data frame of them would cost more than drawing them.
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


def warnings_of(run: Run) -> list[Record]:
    """Return the run's warnings, oldest first, the last of each code: its ``epoch``, ``sentence`` and ``advice``.

    The advice is what to do now: a run that has ended need not be stopped any more.
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
        runs: in the order of the legend.
        names: by run id.
        metric: one of ``METRICS``; epochs that lack it are left out.

    Returns:
        ``network``, ``part``, ``epoch`` and ``value``, one row for each point.
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
    """Whether any run has a value of that metric, of its training or validation photos."""
    keys = (metric, f"validation_{metric}")
    return any(epoch.get(key) is not None for run in runs for epoch in reversed(run.epochs) for key in keys)


def probes(run: Run) -> list[Record]:
    """Return the run's looks inside, oldest first, one for each epoch."""
    return list({record["epoch"]: record for record in run.records("probe") if _is_probe(record)}.values())


def _is_probe(record: Record) -> bool:
    return isinstance(record.get("epoch"), int) and isinstance(record.get("layers"), list)


def layer_columns(looks: Sequence[Record], measure: str) -> Columns:
    """Return a measure of every layer over the epochs.

    Args:
        looks: from ``probes``.
        measure: one of ``LAYER_MEASURES``; layers that lack it are left out.

    Returns:
        ``layer``, ``epoch`` and ``value``; what is not finite is left out, and zero is ``LOG_FLOOR`` on a logarithmic
        axis.
    """
    floor = LOG_FLOOR if LAYER_MEASURES[measure].log else -np.inf
    rows = [
        (str(layer["name"]), look["epoch"], max(float(layer[measure]), floor))
        for look in looks
        for layer in look["layers"]
        if layer.get(measure) is not None
    ]
    finite = [row for row in rows if np.isfinite(row[2])]
    return {name: [row[place] for row in finite] for place, name in enumerate(("layer", "epoch", "value"))}


def histogram_columns(look: Record) -> Columns:
    """Return how the activations of each layer are spread, in one look of ``probes``.

    Returns:
        ``layer``, ``low`` and ``high`` (the ends of a bin), and ``share`` of the layer's values in it, 0 to 1.
    """
    columns: Columns = {"layer": [], "low": [], "high": [], "share": []}
    for layer in look["layers"]:
        counts, edges = layer.get("histogram"), layer.get("edges")
        total = sum(counts or ())
        if not total:
            continue
        columns["layer"] += [str(layer["name"])] * len(counts)
        columns["low"] += edges[:-1]
        columns["high"] += edges[1:]
        columns["share"] += [count / total for count in counts]
    return columns


def layer_names(looks: Sequence[Record]) -> list[str]:
    """Return the names of the layers that were looked at, from the first to the last, those of every depth."""
    # The deepest network's first: of the others, each layer has its place among them.
    deepest_first = sorted(looks, key=lambda look: len(look["layers"]), reverse=True)
    return list(dict.fromkeys(str(layer["name"]) for look in deepest_first for layer in look["layers"]))


def roc_columns(run: Run) -> Columns:
    """Return the validation ROC curves of up to ``ROC_EPOCHS`` epochs, evenly spaced, the newest among them.

    Returns:
        ``epoch``, ``false_positive_rate``, ``true_positive_rate`` and ``step`` (the order of the points on a curve).
    """
    curves = list({record["epoch"]: record for record in run.records("roc")}.values())
    evenly = np.linspace(0, len(curves) - 1, min(ROC_EPOCHS, len(curves)))
    columns: Columns = {"epoch": [], "false_positive_rate": [], "true_positive_rate": [], "step": []}
    for curve in (curves[int(place)] for place in evenly):
        length = len(curve["false_positive_rate"])
        columns["epoch"] += [curve["epoch"]] * length
        columns["false_positive_rate"] += curve["false_positive_rate"]
        columns["true_positive_rate"] += curve["true_positive_rate"]
        columns["step"] += range(length)
    return columns
