"""The heatmap of the test AUC: each mean is in the row and column of its networks."""

import pytest

from emotion_core.evaluation.figures.grid_figure import GridCell, grid_figure


def test_grid_has_mean_and_range_in_the_cell_of_each_pair():
    """Rows are activations, columns depths in order; a pair that was not trained is empty."""
    cells = [GridCell("relu", 3, [0.8, 0.9]), GridCell("relu", 2, [0.7]), GridCell("tanh", 3, [0.6])]
    (shades,) = grid_figure(cells).data

    assert (list(shades.y), list(shades.x)) == (["relu", "tanh"], ["2", "3"])
    assert shades.z[0] == pytest.approx((0.7, 0.85))
    assert list(shades.z[1]) == [None, 0.6]
    assert [list(row) for row in shades.text] == [["<b>.70</b>", "<b>.85</b><br>.80–.90, 2 runs"], ["", "<b>.60</b>"]]
