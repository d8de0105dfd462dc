"""Learning curves: panels are in the column of their activation, lines are means or single runs."""

import math

from emotion_core.evaluation.figures import style_of
from emotion_core.evaluation.figures.learning_curves import NamedHistory, learning_curves_figure


def history(activation):
    """Build a history with a gap."""
    return NamedHistory(f"{activation} · seed 0", activation, [1, 2, 3], [0.7, 0.5, 0.4], [0.7, None, math.nan])


def test_each_activation_has_a_column_on_shared_axes():
    """Training is dotted and validation solid, in the activation's color; all panels of a row share one scale."""
    histories = {"accuracy": [history("relu"), history("tanh")], "loss": [history("relu")] * 2}
    figure = learning_curves_figure(histories, draw_single=True)
    lines = [line for line in figure.data if line.showlegend is False]

    assert [line.line.dash for line in lines[:2]] == ["dot", None]
    assert [line.xaxis for line in lines[:4]] == ["x", "x", "x2", "x2"]
    assert [line.line.color for line in lines[1:4:2]] == [style_of("relu").color, style_of("tanh").color]
    assert figure.layout.yaxis2.matches == "y"
    assert figure.layout.yaxis3.title.text == "Loss"
    assert [title.text for title in figure.layout.annotations] == ["relu", "tanh"]


def test_the_runs_of_an_activation_are_a_mean_and_a_band():
    """At each epoch the mean and the range are over the runs that recorded it; a shorter run ends earlier."""
    first = NamedHistory("relu · seed 0", "relu", [1, 2, 3], [0.7, 0.5, 0.4], [0.8, 0.6, 0.5])
    second = NamedHistory("relu · seed 1", "relu", [1, 2], [0.5, 0.3], [0.6, math.nan])
    band, training, validation = (
        line for line in learning_curves_figure({"loss": [first, second]}).data if line.showlegend is False
    )

    assert list(training.y) == [0.6, 0.4, 0.4]
    assert [round(value, 9) for value in validation.y] == [0.7, 0.6, 0.5]
    assert (list(band.x), list(band.y)) == ([1, 2, 3, 3, 2, 1], [0.6, 0.6, 0.5, 0.5, 0.6, 0.8])
    assert training.name == "relu, mean of 2 networks"


def test_each_network_of_an_activation_has_a_line_of_its_own():
    """Two depths of one activation are two means in its panel, told apart in the legend and by their strength."""
    runs = [history("relu")._replace(network=f"relu · depth {depth}") for depth in (2, 2, 3, 3)]
    figure = learning_curves_figure({"loss": runs})
    named = [line for line in figure.data if line.showlegend]

    assert [line.name for line in named] == [f"relu · depth {depth}, mean of 2 networks" for depth in (2, 3)]
    assert named[0].line.width > named[1].line.width
    assert named[0].mode == "lines+markers"
    assert named[0].line.shape is None


def test_many_activations_are_wrapped_into_rows_on_one_scale():
    """Six activations are two rows of panels for each metric, whose panels all have its scale."""
    names = ("relu", "tanh", "sigmoid", "elu", "gelu", "mish")
    figure = learning_curves_figure({metric: [history(name) for name in names] for metric in ("accuracy", "loss")})
    axes = list(figure.select_yaxes())

    assert [axis.matches for axis in axes] == ["y"] * 8 + ["y9"] * 8
    assert [title.text for title in figure.layout.annotations] == [*names, *names]
