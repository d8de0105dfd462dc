"""Figures by activation and depth: cells and panels are in the row and column of their network."""

import math

import pytest

from emotion_core.evaluation.figures import style_of
from emotion_core.evaluation.figures.grid_figures import GridCell, grid_figure, small_multiples_figure
from emotion_core.evaluation.figures.roc_figure import NamedHistory


def history(activation):
    """Build a history with a gap."""
    return NamedHistory(f"{activation} · seed 0", activation, [1, 2, 3], [0.7, 0.5, 0.4], [0.7, None, math.nan])


def test_grid_has_mean_and_range_in_the_cell_of_each_pair():
    """Rows are activations, columns depths in order; a pair that was not trained is empty."""
    cells = [GridCell("relu", 3, [0.8, 0.9]), GridCell("relu", 2, [0.7]), GridCell("tanh", 3, [0.6])]
    (shades,) = grid_figure(cells).data

    assert (list(shades.y), list(shades.x)) == (["relu", "tanh"], ["2", "3"])
    assert shades.z[0] == pytest.approx((0.7, 0.85))
    assert list(shades.z[1]) == [None, 0.6]
    assert [list(row) for row in shades.text] == [["<b>.70</b>", "<b>.85</b><br>.80–.90, 2 runs"], ["", "<b>.60</b>"]]


def test_each_activation_has_a_column_on_shared_axes():
    """Training is dotted and validation solid, in the activation's color; all panels of a row share one scale."""
    figure = small_multiples_figure({"accuracy": [history("relu"), history("tanh")], "loss": [history("relu")] * 2})
    lines = [line for line in figure.data if line.showlegend is False]

    assert [line.line.dash for line in lines[:2]] == ["dot", None]
    assert [line.xaxis for line in lines[:4]] == ["x", "x", "x2", "x2"]
    assert [line.line.color for line in lines[1:4:2]] == [style_of("relu").color, style_of("tanh").color]
    assert figure.layout.yaxis2.matches == "y"
    assert figure.layout.yaxis3.title.text == "Loss"
    assert [title.text for title in figure.layout.annotations] == ["relu", "tanh"]
