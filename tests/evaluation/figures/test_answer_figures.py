"""Figures and tables of an answer show the numbers of its record."""

import numpy as np
import pytest

from emotion_core.evaluation import answer_study
from emotion_core.evaluation.answer import StudyAnswer
from emotion_core.evaluation.figures import (
    cell_table,
    contrast_details,
    contrast_table,
    forest_figure,
    has_interaction_figure,
    interaction_figure,
)

LABELS = np.repeat([0, 1], 30)


def answer(depths: tuple[int, ...] = (2, 3), seeds: int = 3) -> StudyAnswer:
    """Return the answer of a study of two activations that differ clearly."""
    rng = np.random.default_rng(5)
    shifts = {"relu": 2.5, "tanh": 0.5}
    cells = {
        (name, depth): LABELS * shift + rng.normal(size=(seeds, 60))
        for name, shift in shifts.items()
        for depth in depths
    }
    return answer_study(LABELS, cells)


def test_forest_has_each_cell_with_its_seeds_and_each_difference() -> None:
    """A diamond and its interval for each cell and each difference, and a dot for each seed."""
    of_study = answer()
    figure = forest_figure(of_study)
    means = [trace for trace in figure.data if trace.marker.symbol == "diamond" and trace.xaxis == "x"]
    seeds = [trace for trace in figure.data if trace.marker.symbol is None]
    differences = [trace for trace in figure.data if trace.xaxis == "x2"]

    assert [trace.x[0] for trace in means] == [cell.mean_auc for cell in of_study.cells]
    assert [tuple(trace.x) for trace in seeds] == [cell.aucs for cell in of_study.cells]
    assert [trace.y[0] for trace in differences] == ["relu − tanh", "depth 2 − depth 3"]
    first = of_study.contrasts[0]
    assert differences[0].x[0] - differences[0].error_x.arrayminus[0] == pytest.approx(first.low)


def test_band_of_differences_too_small_to_matter_is_as_wide_as_asked() -> None:
    """The gray band around zero ends at the difference that the reader calls negligible."""
    band = next(shape for shape in forest_figure(answer(), negligible=0.05).layout.shapes if shape.type == "rect")
    assert (band.x0, band.x1) == (-0.05, 0.05)


def test_single_seeds_have_no_interval_of_differences() -> None:
    """With one seed each the difference is a point, and its hover text says why."""
    difference = next(trace for trace in forest_figure(answer(seeds=1)).data if trace.xaxis == "x2")
    assert difference.error_x.array is None
    assert "one seed: no interval" in difference.hovertemplate


def test_one_cell_has_no_panel_of_differences() -> None:
    """A study of one setting shows its mean and seeds alone."""
    alone = answer_study(LABELS, {("relu", 3): np.random.default_rng(1).normal(size=(3, 60))})
    assert len(forest_figure(alone).data) == 2


def test_interaction_has_a_line_for_each_activation_over_depth() -> None:
    """Each line holds the means of its activation in the order of depth."""
    of_study = answer((4, 2))
    relu, _ = interaction_figure(of_study).data
    means = {(cell.activation, cell.depth): cell.mean_auc for cell in of_study.cells}
    assert list(relu.y) == [means["relu", 2], means["relu", 4]]
    assert list(relu.x) == sorted(relu.x)
    assert has_interaction_figure(of_study)
    alone = answer_study(LABELS, {("relu", depth): np.random.default_rng(1).normal(size=(3, 60)) for depth in (2, 3)})
    assert len(interaction_figure(alone).data) == has_interaction_figure(alone) == 1
    assert not has_interaction_figure(answer((2,)))


def test_tables_hold_every_contrast_and_cell() -> None:
    """Rows carry estimate, interval, both p-values and both kinds of luck."""
    of_study = answer()
    rows = contrast_table(of_study)
    assert [row["p (Holm)"] for row in rows] == [contrast.p_adjusted for contrast in of_study.contrasts]
    assert max(len(row) for rows in (rows, contrast_details(of_study), cell_table(of_study)) for row in rows) <= 8
    details = contrast_details(of_study)[0]
    assert details["variance from training"] + details["variance from photos"] == pytest.approx(1)
    assert [row["mean AUC"] for row in cell_table(of_study)] == [cell.mean_auc for cell in of_study.cells]
