"""Columns and Vega-Lite specifications of a run's records."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import altair as alt
import pytest

from emotion_core.evaluation.figures import (
    LAYER_MEASURES,
    METRICS,
    color_of,
    has_metric,
    histogram_columns,
    histogram_spec,
    layer_columns,
    layer_names,
    layer_spec,
    mean_metric_columns,
    metric_columns,
    metric_spec,
    opacities_of,
    roc_columns,
    roc_spec,
    warnings_of,
)
from emotion_core.evaluation.figures.run_columns import LOG_FLOOR, ROC_EPOCHS
from emotion_core.jobs import JobFolder
from emotion_core.training import Run, RunConfig
from emotion_core.training.checks import LayerSnapshot
from emotion_core.training.engine import EPOCH_FIELDS, REQUIRED_EPOCH_FIELDS
from emotion_core.training.store import runs_by_network, short_labels

EPOCH = dict.fromkeys(EPOCH_FIELDS, 0.5)
LAYER = {"name": "conv_1", "gradient_norm": 0.0, "dead": None, "histogram": [1, 3], "edges": [-1.0, 0.0, 1.0]}

MakeRun = Callable[..., Run]


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Return a function that makes a numbered run with records and settings."""

    def make(number: int, *records: dict[str, Any], **settings: Any) -> Run:
        folder = JobFolder(tmp_path / f"run-{number}")
        config = RunConfig(epochs=8, **settings).model_dump(mode="json")
        folder.create({"study": "s", "snapshot": "p", "config": config})
        for record in records:
            folder.append(record)
        return Run(folder)

    return make


def _epoch(number: int, **values: float | None) -> dict[str, Any]:
    return {"event": "epoch", **EPOCH, "epoch": number, **values}


def _snapshot(layers: list[dict[str, Any]]) -> LayerSnapshot:
    snapshot = LayerSnapshot.from_record({"epoch": 0, "layers": layers})
    assert snapshot is not None
    return snapshot


def test_a_metric_has_both_parts_and_a_missing_value_leaves_a_gap(make_run: MakeRun) -> None:
    """An epoch without a precision has no point; the others keep theirs, training and validation apart."""
    run = make_run(1, _epoch(1, precision=None, validation_precision=0.25), _epoch(2, precision=0.75))
    columns = metric_columns([run], {run.run_id: "mine"}, "precision")
    points = list(zip(columns["part"], columns["epoch"], columns["value"], strict=True))
    assert points == [("training", 2, 0.75), ("validation", 1, 0.25), ("validation", 2, 0.5)]
    assert columns["network"] == ["mine"] * 3


def test_a_metric_that_is_not_recorded_is_not_offered(make_run: MakeRun) -> None:
    """A metric is offered only if some epoch has a value of it: otherwise its chart would be empty."""
    run = make_run(1, _epoch(1), _epoch(2, precision=None, validation_precision=None))
    unknown = make_run(3, _epoch(1, precision=None, validation_precision=None))
    assert has_metric([unknown, run], "precision")
    assert not has_metric([make_run(2), unknown], "precision")
    assert {name for name in METRICS if has_metric([run], name)} == set(METRICS)


def test_epochs_of_an_earlier_version_are_counted(make_run: MakeRun) -> None:
    """Where only loss, accuracy and time were recorded, the epochs count, and the other metrics are not offered."""
    record = _epoch(1)
    for name in set(EPOCH_FIELDS) - REQUIRED_EPOCH_FIELDS:
        del record[name]
    run = make_run(1, record, {"event": "epoch", "epoch": 2, "loss": 0.5})
    assert [epoch.epoch for epoch in run.epochs] == [1]
    assert vars(run.epochs[0]).keys() == set(EPOCH_FIELDS)
    assert {name for name in METRICS if has_metric([run], name)} == {"loss", "accuracy"}
    assert metric_columns([run], {run.run_id: "mine"}, "loss")["value"] == [0.5, 0.5]


def test_a_gradient_of_zero_has_a_place_on_the_logarithmic_axis(make_run: MakeRun) -> None:
    """Zero is drawn at the floor, a number that is missing or not finite is not drawn."""
    run = make_run(
        1,
        {"event": "probe", "epoch": 0, "layers": [LAYER]},
        {"event": "probe", "epoch": 1, "layers": [{**LAYER, "gradient_norm": float("nan")}]},
        {"event": "probe", "epoch": "damaged"},
    )
    snapshots = run.layer_snapshots
    assert layer_columns(snapshots, "gradient_norm") == {"layer": ["conv_1"], "epoch": [0], "value": [LOG_FLOOR]}
    assert layer_columns(snapshots, "dead")["value"] == []
    assert layer_names(snapshots) == ["conv_1"]


def test_layers_of_networks_of_differing_depth_are_in_their_order() -> None:
    """A deeper network that comes second does not put its convolutions behind the output."""
    shallow, deep = (
        [{"name": name} for name in names] for names in (("conv1", "output"), ("conv1", "conv2", "output"))
    )
    assert layer_names([_snapshot(shallow), _snapshot(deep)]) == ["conv1", "conv2", "output"]


def test_a_histogram_has_shares_between_edges() -> None:
    """Counts become shares of their layer; a layer without a histogram has no bins."""
    columns = histogram_columns(_snapshot([LAYER, {"name": "dense_1", "histogram": [], "edges": []}]))
    assert columns == {"layer": ["conv_1"] * 2, "low": [-1.0, 0.0], "high": [0.0, 1.0], "share": [0.25, 0.75]}


def test_roc_curves_are_spread_over_the_epochs_with_the_newest_among_them(make_run: MakeRun) -> None:
    """A few of many curves are drawn, always including the first and the newest."""
    rates = {"false_positive_rate": [0.0, 1.0], "true_positive_rate": [0.0, 1.0]}
    run = make_run(1, *({"event": "roc", "epoch": epoch, **rates} for epoch in range(1, 21)))
    drawn = sorted(set(roc_columns(run)["epoch"]))
    assert len(drawn) == ROC_EPOCHS
    assert (drawn[0], drawn[-1]) == (1, 20)
    assert roc_columns(make_run(2))["epoch"] == []


def test_the_same_warning_is_given_once(make_run: MakeRun) -> None:
    """Only the latest warning of each code is returned."""
    records = [{"event": "warning", "code": "nan", "epoch": epoch, "sentence": "s", "advice": "a"} for epoch in (1, 2)]
    assert [warning.finding.epoch for warning in warnings_of(make_run(1, *records))] == [2]


def test_a_warning_that_is_no_longer_true_is_past(make_run: MakeRun) -> None:
    """A network that was constant and has learned since is not constant any more; one that broke down is broken."""
    records = [{"event": "warning", "code": code, "epoch": 1} for code in ("constant_output", "nan")]
    run = make_run(1, _epoch(1), _epoch(2, loss=float("nan")), *records)
    assert [(warning.finding.code, warning.is_past) for warning in warnings_of(run)] == [
        ("constant_output", True),
        ("nan", False),
    ]


def test_runs_with_the_same_settings_are_told_apart(make_run: MakeRun) -> None:
    """Equal names are numbered, and runs with one activation share a color and differ in opacity."""
    runs = [make_run(1), make_run(2), make_run(3, hidden_activation="tanh")]
    assert len(set(short_labels(runs).values())) == 3
    assert color_of(runs[0]) == color_of(runs[1]) != color_of(runs[2])
    first, second, other = opacities_of(runs)
    assert first == other > second


def test_runs_of_a_network_are_a_mean_between_their_lowest_and_highest(make_run: MakeRun) -> None:
    """At each epoch the runs count that have recorded it; networks stay apart."""
    runs = [make_run(1, _epoch(1, loss=0.2), _epoch(2, loss=0.4)), make_run(2, _epoch(1, loss=0.6), seed=1)]
    other = make_run(3, _epoch(1, loss=0.9), hidden_activation="tanh")
    networks = runs_by_network([*runs, other])
    columns = mean_metric_columns(networks, "loss")
    rows = [row for row in zip(*columns.values(), strict=True) if row[1] == "training"]
    assert [(row[0], row[2]) for row in rows] == [("relu · depth 3", 1), ("relu · depth 3", 2), ("tanh · depth 3", 1)]
    assert [row[3:] for row in rows] == [pytest.approx(row) for row in ((0.4, 0.2, 0.6), (0.4,) * 3, (0.9,) * 3)]


def test_networks_that_differ_in_another_setting_are_apart(make_run: MakeRun) -> None:
    """Equal names are numbered where the learning rate differs; seeds of one network are together."""
    runs = [make_run(1), make_run(2, seed=1), make_run(3, learning_rate=0.1)]
    assert {name: len(group) for name, group in runs_by_network(runs).items()} == {
        "relu · depth 3 (1)": 2,
        "relu · depth 3 (2)": 1,
    }


def test_nothing_is_drawn_between_measurements(make_run: MakeRun) -> None:
    """Lines are straight, axes are named, and where values are sparse each has a dot."""
    short = make_run(1, _epoch(1))
    specs = [layer_spec(measure, ["conv_1"], short) for measure in LAYER_MEASURES]
    specs += [metric_spec([short], {short.run_id: "mine"}, metric) for metric in METRICS]
    for spec in specs:
        assert "interpolate" not in spec["mark"]
        assert spec["mark"]["point"]
        assert spec["encoding"]["x"]["title"] == "Epoch"
        assert spec["encoding"]["y"]["title"]


def test_every_specification_is_one_that_vega_lite_knows(make_run: MakeRun) -> None:
    """Altair's schema of Vega-Lite accepts each chart."""
    runs = [make_run(1, _epoch(1)), make_run(2, hidden_activation="tanh")]
    names = short_labels(runs)
    specs = [metric_spec(runs, names, metric, band=band) for metric in METRICS for band in (False, True)]
    specs += [layer_spec(measure, ["conv_1", "output"], runs[0]) for measure in LAYER_MEASURES]
    specs += [roc_spec(8, "#0072B2"), histogram_spec(["conv_1"], "#0072B2")]
    for spec in specs:
        alt.Chart.from_dict({"data": {"name": "columns"}, **spec}, validate=True)


def test_a_specification_stays_while_the_run_goes_on(make_run: MakeRun) -> None:
    """New epochs change only the data: a changed specification would make the browser redraw the chart and flicker."""
    run = make_run(1, *(_epoch(epoch) for epoch in (1, 2, 3)))
    names = {run.run_id: "mine"}
    before = metric_spec([run], names, "loss"), layer_spec("dead", ["conv_1"], run)
    run.folder.append(_epoch(4))
    later = Run(run.folder)
    assert len(later.epochs) == 4
    assert (metric_spec([later], names, "loss"), layer_spec("dead", ["conv_1"], later)) == before


def test_stopping_is_no_part_of_the_advice(make_run: MakeRun) -> None:
    """Earlier versions began with it; a button beside the advice stops a run that can be stopped."""
    advice = ("Stop it and use a sigmoid output.", "Stop it, and collect more photos.", "Wait. Stop it and rest.")
    records = [{"event": "warning", "code": str(number), "advice": text} for number, text in enumerate(advice)]
    expected = ["Use a sigmoid output.", "Collect more photos.", "Wait. Stop it and rest."]
    assert [warning.finding.advice for warning in warnings_of(make_run(1, *records))] == expected
