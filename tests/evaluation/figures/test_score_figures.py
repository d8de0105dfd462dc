"""Figures of scores show the numbers of their records."""

import numpy as np
import pytest

from emotion_core.evaluation import precision_recall, reliability, roc_points
from emotion_core.evaluation.figures import precision_recall_figure, reliability_figure, score_histograms
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
