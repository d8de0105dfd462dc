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
