"""Figures of scores show the numbers of their records."""

import numpy as np
import pytest

from emotion_core.evaluation import precision_recall, reliability, roc_points
from emotion_core.evaluation.figures import (
    MAX_CALIBRATIONS,
    alt_text,
    precision_recall_figure,
    reliability_figure,
    score_histograms,
)
from emotion_core.evaluation.figures.learning_curves import NamedHistory, learning_curves_figure
from emotion_core.evaluation.figures.roc_figure import NamedCurve, roc_figure
from emotion_core.evaluation.figures.score_figures import NamedScores
from emotion_core.formatting import share_text

LABELS = np.array([0, 0, 0, 1, 1, 1])
SCORES = np.array([0.1, 0.2, 0.6, 0.3, 0.7, 0.8])
RUN = NamedScores("relu", "relu", LABELS, SCORES, 0.45)


def test_precision_and_recall_are_those_of_the_curve():
    """The area under the steps is the average precision; guessing is drawn at the share of sad photos."""
    guessing, line = precision_recall_figure([RUN]).data
    curve = precision_recall(LABELS, SCORES)

    assert np.array_equal(line.x, curve.recall)
    assert np.array_equal(line.y, curve.precision)
    assert line.line.shape == "vh"
    widths, heights = np.diff(line.x), np.asarray(line.y)[1:]
    assert float(widths @ heights) == pytest.approx(curve.average_precision)
    assert list(guessing.y) == [0.5, 0.5]


def test_reliability_has_a_point_for_each_bin_with_its_interval():
    """Point and bar are share and Wilson interval of each bin, and the legend has Brier score and calibration error."""
    line = reliability_figure([RUN]).data[1]
    calibration = reliability(LABELS, SCORES)

    assert list(line.y) == [bin.share_sad for bin in calibration.bins]
    assert np.allclose(line.y + line.error_y.array, [bin.share_high for bin in calibration.bins])
    assert np.allclose(line.y - line.error_y.arrayminus, [bin.share_low for bin in calibration.bins])
    assert line.name == f"relu — Brier .17, ECE {share_text(calibration.expected_calibration_error)}"


def test_histograms_count_every_photo_once():
    """Each run has a panel, whose bars add up to the photos of either label, and a line at its threshold."""
    figure = score_histograms([RUN, RUN._replace(name="tanh", threshold=0.2)])

    assert [sum(bars.y) for bars in figure.data] == [3, 3, 3, 3]
    assert [bars.showlegend for bars in figure.data] == [True, True, False, False]
    assert [line.x0 for line in figure.layout.shapes] == [0.45, 0.2]
    assert [title.text for title in figure.layout.annotations] == ["relu", "tanh"]


def test_all_histograms_have_the_scale_that_the_highest_bar_asks_for():
    """Where panels do not fill the last row, too, the axis holds the highest bar of all panels, and is named."""
    many = RUN._replace(name="many", labels=np.repeat(LABELS, 16), p_sad=np.full(96, 0.975))
    figure = score_histograms([many, *[RUN] * 4])
    axes = list(figure.select_yaxes())

    assert max(max(bars.y) for bars in figure.data) == 48
    assert {tuple(axis.range) for axis in axes} == {(0, 1.06 * 48)}
    assert [axis.visible for axis in axes] == [None] * 5 + [False]
    assert (figure.layout.yaxis.title.text, figure.layout.xaxis.title.text) == ("Photos", "P(sad)")


def test_runs_of_a_group_share_a_panel_with_their_mean_counts():
    """The bars of two runs are means, so that panels of groups of different size share one scale."""
    figure = score_histograms([RUN._replace(group="relu"), RUN._replace(p_sad=SCORES[::-1], group="relu")])

    assert [sum(bars.y) for bars in figure.data] == [3, 3]
    assert figure.layout.annotations[0].text == "relu, mean of 2"
    assert not figure.layout.shapes


def test_precision_of_a_group_is_a_mean_within_its_band():
    """Without its single curves, a group has one line and a band of its lowest and highest precision at each recall."""
    other = RUN._replace(p_sad=np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9]), group="relu")
    group = [RUN._replace(group="relu"), other]
    _, band, mean = precision_recall_figure(group, draw_single=False).data

    assert (min(band.y), max(band.y)) == (0.75, 1)
    assert all(0.75 < value <= 1 for value in mean.y)
    assert mean.name == "relu — mean AP .96, 2 networks .92–1.00"
    assert len(precision_recall_figure(group).data) == 5


def test_at_most_three_calibrations_are_drawn():
    """The intervals of more networks cover each other."""
    assert len(reliability_figure([RUN] * 9).data) == 1 + MAX_CALIBRATIONS == 4


def test_a_figure_is_told_in_words():
    """The text for screen readers holds the title and what the legend says, as plain text."""
    figure = precision_recall_figure([RUN._replace(name="a < b")])

    assert alt_text(figure, "Precision over recall") == "Precision over recall: guessing — .50; a < b — AP .92"


def test_names_are_shown_as_text():
    """Plotly reads HTML in names and placeholders in hover texts; a network's name holds neither."""
    name = "<a href='http://evil.example'>%{x}</a>"
    run, curve = RUN._replace(name=name), NamedCurve(name, "relu", roc_points(LABELS, SCORES), 0.1, 0.9, name)
    past = NamedHistory(name, "relu", [1], [0.5], [0.5])
    figures = [draw([run]) for draw in (precision_recall_figure, reliability_figure, score_histograms)]
    figures += [roc_figure([curve, curve], draw_single=single) for single in (True, False)]
    figures += [learning_curves_figure({"loss": [past]}, draw_single=single) for single in (True, False)]
    for figure in figures:
        texts = str([*figure.data, figure.layout.annotations])
        assert "&lt;a href=" in texts
        assert "<a " not in texts
        assert "%{x}<" not in texts.replace("%{x}<br>", "")
