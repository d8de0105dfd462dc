"""ROC and confusion figures show the numbers of their records, on transparent backgrounds."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from emotion_core.evaluation import ConfusionCounts, auc_interval, roc_points
from emotion_core.evaluation.figures import LineStyle, confusion_figure, style_of
from emotion_core.evaluation.figures.live_charts import LAYER_COLORS
from emotion_core.evaluation.figures.roc_figure import AXIS_STEPS, NamedCurve, roc_figure
from emotion_core.evaluation.figures.theme import ACTIVATION_STYLE, NEUTRAL
from emotion_core.network import HIDDEN_ACTIVATIONS

LABELS, SCORES = [0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.6, 0.3, 0.7, 0.8]


ROOT = Path(__file__).parents[3]


def _contrast(first, second):
    """Return the contrast of two colors as WCAG defines it."""
    low, high = sorted(map(_luminance, (first, second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color):
    shares = np.array([int(color[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def build_curve(name="relu · depth 3 · seed 0", activation="relu"):
    """Build a curve of six photos with its interval."""
    interval = auc_interval(LABELS, SCORES)
    return NamedCurve(name, activation, roc_points(LABELS, SCORES), interval.low, interval.high)


class TestStyle:
    """Colors and dashes."""

    def test_the_three_of_the_study_differ(self):
        """ReLU, tanh and sigmoid differ both in color and in dash."""
        styles = [style_of(name) for name in ("relu", "tanh", "sigmoid")]

        assert len({style.color for style in styles}) == len({style.dash for style in styles}) == 3

    def test_other_activations_never_look_like_the_three(self):
        """No other activation has the color of one of the three."""
        taken = {style_of(name).color for name in ("relu", "tanh", "sigmoid")}
        others = [*(ACTIVATION_STYLE.keys() - {"relu", "tanh", "sigmoid"}), "mish", "hard_swish", "my_own"]

        assert not taken & {style_of(name).color for name in others}

    def test_what_is_no_network_is_grey_and_dashed(self):
        """A curve without an activation looks like none of the networks, and not like the dotted diagonal."""
        style = style_of("")

        assert style.dash == "dash"
        assert style.color not in {other.color for other in ACTIVATION_STYLE.values()}

    def test_unknown_activations_keep_their_style(self):
        """An unknown name always gets the same style."""
        assert style_of("my_own") == style_of("my_own") == LineStyle("#CC6FA6", "longdashdot")

    def test_each_activation_has_a_look_of_its_own(self):
        """No two of the activations share both color and dash; none looks like an unknown one or like a leak."""
        styles = [style_of(name) for name in HIDDEN_ACTIVATIONS]

        assert len(set(styles)) == len(HIDDEN_ACTIVATIONS) == 20
        assert {style.dash for style in styles} == {"solid", "dash", "dashdot"}

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_every_color_stands_out_from_the_page(self, theme):
        """Lines have a contrast of at least 3 to 1 on the background of either theme (WCAG 2.2, 1.4.11)."""
        page = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"][theme]["backgroundColor"]
        drawn = {style.color for style in ACTIVATION_STYLE.values()} | {NEUTRAL, *LAYER_COLORS}

        assert {color: contrast for color in drawn if (contrast := _contrast(color, page)) < 3} == {}


class TestRocFigure:
    """The overlay of ROC curves."""

    def test_legend_gives_auc_and_interval(self):
        """The legend names the run, its AUC and the interval."""
        assert roc_figure([build_curve()]).data[1].name == "relu · depth 3 · seed 0 — AUC .89 [.26–.99]"

    def test_legend_without_interval(self):
        """Where the interval is unknown only the AUC is given."""
        figure = roc_figure([build_curve()._replace(low=None, high=None)])

        assert figure.data[1].name.endswith("AUC .89")

    def test_points_are_those_of_the_curve(self):
        """Nothing is smoothed, and the hover text of the first point has no infinite threshold."""
        curve = build_curve()
        trace = roc_figure([curve]).data[1]

        assert np.array_equal(trace.x, curve.curve.false_positive_rate)
        assert np.array_equal(trace.y, curve.curve.true_positive_rate)
        assert [row[0] for row in trace.customdata[:2]] == ["above all scores", "0.800"]

    def test_a_curve_of_many_photos_is_drawn_as_it_looks(self):
        """Only some of 40,001 points are drawn: all on the curve, from corner to corner, at most a step apart."""
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 2, 40_000)
        curve = roc_points(labels, labels + rng.normal(size=len(labels)))
        drawn = roc_figure([NamedCurve("many", "relu", curve, None, None)]).data[1]

        assert len(drawn.x) <= 2 * AXIS_STEPS + 1 < len(curve.thresholds) == 40_001
        assert (drawn.x[0], drawn.y[0], drawn.x[-1], drawn.y[-1]) == (0, 0, 1, 1)
        steps = np.abs(np.diff([drawn.x, drawn.y]))
        assert steps.max() < 1.5 / AXIS_STEPS
        assert {*zip(drawn.x, drawn.y, strict=True)} <= {
            *zip(curve.false_positive_rate, curve.true_positive_rate, strict=True)
        }

    def test_axes(self):
        """Both axes show 0 to 1 on one scale, with the usual titles."""
        layout = roc_figure([]).layout

        assert (layout.xaxis.title.text, layout.yaxis.title.text) == ("False positive rate", "True positive rate")
        assert layout.xaxis.range == layout.yaxis.range == (-0.01, 1.01)
        assert layout.yaxis.scaleanchor == "x"

    def test_guessing_is_there_without_curves(self):
        """An empty figure shows the diagonal."""
        figure = roc_figure([])

        assert [trace.name for trace in figure.data] == ["guessing — AUC .50"]
        assert figure.data[0].line.dash == "dot"

    def test_networks_of_one_activation_differ(self):
        """Three seeds of one activation share color and dash and differ in width and opacity."""
        traces = roc_figure([build_curve(name=f"seed {seed}") for seed in range(3)]).data[1:]

        assert len({trace.line.color for trace in traces}) == 1
        assert len({(trace.line.width, trace.opacity) for trace in traces}) == 3

    def test_seeds_of_a_network_are_thin_lines_with_one_entry_for_their_mean(self):
        """Three seeds have a band, three thin lines without entry, and a thick mean with the range of their AUCs."""
        other = NamedCurve("seed 1", "relu", roc_points(LABELS, [0.1, 0.2, 0.3, 0.7, 0.8, 0.9]), None, None, "relu")
        first = build_curve()._replace(group="relu")
        band, *seeds, mean = roc_figure([first, other]).data[1:]

        assert band.fill == "toself"
        assert [line.showlegend for line in (band, *seeds, mean)] == [False, False, False, None]
        assert mean.name == "relu — mean AUC .94, 2 networks .89–1.00"
        assert mean.line.width > seeds[0].line.width
        assert {line.legendgroup for line in (band, *seeds, mean)} == {"relu"}

    def test_a_group_without_its_single_curves_is_a_mean_and_a_band(self):
        """Hundreds of thin lines would be a gray block, so they are left out on request."""
        curves = [build_curve()._replace(group="relu")] * 200

        assert len(roc_figure(curves, draw_single=False).data) == 3

    def test_points_tell_how_many_photos_are_called_what(self):
        """At each point the four counts add up to the photos, and are those of its threshold."""
        trace = roc_figure([build_curve()._replace(photos=(3, 3))]).data[1]

        assert [row[1] + row[2] for row in trace.customdata] == [3] * len(trace.x)
        assert ["0.600", 2, 1, 1, 2] in [list(row) for row in trace.customdata]
        assert "3 happy photos: %{customdata[1]} called happy, %{customdata[2]} sad" in trace.hovertemplate
        assert "3 sad photos: %{customdata[3]} called happy, %{customdata[4]} sad" in trace.hovertemplate

    def test_grows_with_the_legend(self):
        """The figure is taller with more curves, so that the legend takes nothing from the plot."""
        heights = [roc_figure([build_curve()] * n).layout.height for n in (3, 9)]

        assert heights[1] - heights[0] == 6 * 22


class TestConfusionFigure:
    """The four counts."""

    def test_numbers_in_their_cells(self):
        """Rows are true labels, columns predicted labels."""
        figure = confusion_figure(ConfusionCounts(39, 9, 14, 34), "relu")
        cells = {(note.y, note.x): note.text for note in figure.layout.annotations}

        assert cells == {
            ("happy", "happy"): "39",
            ("happy", "sad"): "9",
            ("sad", "happy"): "14",
            ("sad", "sad"): "34",
        }
        assert figure.layout.title.text == "relu"

    def test_no_photos(self):
        """Four zeros are drawn without a division by zero."""
        assert [note.text for note in confusion_figure(ConfusionCounts(0, 0, 0, 0), "").layout.annotations] == ["0"] * 4


@pytest.mark.parametrize(
    "figure",
    [
        roc_figure([build_curve()]),
        confusion_figure(ConfusionCounts(1, 2, 3, 4), "title"),
    ],
)
def test_backgrounds_are_clear(figure):
    """No figure paints its own background, and all of them can be written."""
    assert figure.layout.paper_bgcolor is figure.layout.plot_bgcolor is None
    assert figure.layout.template.layout.paper_bgcolor == figure.layout.template.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert "<div" in figure.to_html(full_html=False, include_plotlyjs=False)
