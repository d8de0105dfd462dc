"""ROC curves, the threshold chosen on them, and the counts at a threshold."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import ConfusionCounts, auc, confusion, cost_threshold, roc_points, youden_threshold

# A photo each: happy and sad scores that overlap once.
LABELS, SCORES = [0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.6, 0.9]


@st.composite
def photos(draw):
    """Draw labels with both classes and scores in [0, 1], ties common."""
    labels = draw(st.permutations([0, 1, *draw(st.lists(st.integers(0, 1), max_size=16))]))
    values = st.one_of(st.integers(0, 8).map(lambda eighth: eighth / 8), st.floats(0, 1))
    scores = draw(st.lists(values, min_size=len(labels), max_size=len(labels)))
    return np.array(labels), np.array(scores)


def gain(labels, scores, threshold):
    """Return true positive rate minus false positive rate."""
    return np.mean(scores[labels == 1] >= threshold) - np.mean(scores[labels == 0] >= threshold)


class TestRocPoints:
    """The curve itself."""

    @given(photos())
    def test_ordered_and_complete(self, drawn):
        """The curve climbs from (0, 0) to (1, 1), and the area under it is the AUC."""
        curve = roc_points(*drawn)
        x, y = curve.false_positive_rate, curve.true_positive_rate

        assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
        assert np.all(np.diff(x) >= 0)
        assert np.all(np.diff(y) >= 0)
        assert np.all(np.diff(curve.thresholds) < 0)
        assert curve.auc == pytest.approx(np.trapezoid(y, x))

    @given(photos())
    def test_each_point_is_its_threshold(self, drawn):
        """Element i is the point reached by calling sad what scores at or above threshold i."""
        labels, scores = drawn
        curve = roc_points(labels, scores)
        expected = [
            (np.mean(scores[labels == 0] >= cut), np.mean(scores[labels == 1] >= cut)) for cut in curve.thresholds
        ]

        assert np.allclose(np.transpose([curve.false_positive_rate, curve.true_positive_rate]), expected)

    def test_every_score_has_a_point_unless_dropped(self):
        """All distinct scores are there for hovering; dropping leaves out what lies on a straight line."""
        assert len(roc_points(LABELS, SCORES).thresholds) == 7
        assert len(roc_points(LABELS, SCORES, drop_intermediate=True).thresholds) == 6

    def test_starts_above_all_scores(self):
        """The first threshold calls no photo sad."""
        assert roc_points(LABELS, SCORES).thresholds[0] == math.inf

    def test_auc(self):
        """The curve carries its AUC."""
        assert roc_points(LABELS, SCORES).auc == auc(LABELS, SCORES)

    def test_one_class(self):
        """One class has no curve."""
        with pytest.raises(StatisticsError, match="One class is missing"):
            roc_points([1, 1], [0.2, 0.3])

    def test_importing_the_package_is_cheap(self):
        """Neither Plotly, SciPy, scikit-learn, Streamlit nor TensorFlow is loaded with the package."""
        code = (
            "import sys, emotion_core.evaluation; "
            "print({'plotly', 'scipy', 'sklearn', 'streamlit', 'tensorflow'} & sys.modules.keys())"
        )

        assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


class TestYoudenThreshold:
    """The threshold chosen on validation photos."""

    def test_midway(self):
        """The threshold lies midway between the two photos it parts."""
        assert youden_threshold([0, 0, 1, 1], [0.1, 0.2, 0.7, 0.8]) == pytest.approx(0.45)

    @given(photos())
    def test_no_threshold_does_better(self, drawn):
        """Its gain is the largest of all thresholds, wherever one does better than guessing."""
        labels, scores = drawn
        best = max(gain(labels, scores, cut) for cut in scores)
        threshold = youden_threshold(labels, scores)

        if best > 1e-9:
            assert gain(labels, scores, threshold) == pytest.approx(best)
        else:
            assert threshold == 0.5

    @given(photos())
    def test_within_the_scores(self, drawn):
        """The threshold never leaves [0, 1] where the scores are in it."""
        assert 0 <= youden_threshold(*drawn) <= 1

    def test_equal_scores(self):
        """A constant predictor leaves the threshold at a half."""
        assert youden_threshold([0, 1, 1], [0.2, 0.2, 0.2]) == 0.5

    def test_wrong_way_round(self):
        """Scores that rise with happiness leave nothing to choose."""
        assert youden_threshold([0, 1], [0.9, 0.1]) == 0.5

    def test_nearest_to_a_half_among_equals(self):
        """Of two equally good thresholds the one nearer to a half wins."""
        assert youden_threshold([0, 1, 0, 1], [0.1, 0.5, 0.6, 0.9]) == pytest.approx(0.3)
        assert youden_threshold([0, 1, 0, 1], [0.1, 0.3, 0.4, 0.9]) == pytest.approx(0.65)

    def test_neighbouring_floats(self):
        """Between neighbouring floats the photos are still parted rightly."""
        low, high = 0.7, math.nextafter(0.7, 1)

        assert youden_threshold([0, 1], [low, high]) == high

    def test_one_class(self):
        """One class has no best threshold."""
        with pytest.raises(StatisticsError, match="Received: 2 happy, 0 sad"):
            youden_threshold([0, 0], [0.2, 0.3])


class TestCost:
    """The threshold of least cost."""

    @given(photos(), st.sampled_from([0.1, 0.5, 1, 3, 20]))
    def test_no_threshold_costs_less(self, drawn, cost_ratio):
        """Calling all or none sad included, no other cut between the photos is cheaper."""
        labels, scores = drawn

        def cost(threshold):
            found = confusion(labels, scores, threshold)
            return cost_ratio * found.false_happy + found.false_sad

        cuts = np.append(np.unique(scores), scores.max() + 1)
        least = min(cost(float(cut)) for cut in cuts)
        assert cost(cost_threshold(labels, scores, cost_ratio)) == pytest.approx(least)

    def test_dear_errors_move_it(self):
        """The dearer a sad photo called happy, the lower the threshold, down to calling all photos sad."""
        found = [cost_threshold(LABELS, SCORES, ratio) for ratio in (0.01, 1, 100)]

        assert found == sorted(found, reverse=True)
        assert confusion(LABELS, SCORES, found[0]).false_sad == 0
        assert confusion(LABELS, SCORES, found[2]).false_happy == 0

    def test_is_youdens_where_the_ratio_is_that_of_the_classes(self):
        """With n_happy / n_sad as ratio it is Youden's, with 1 it need not be."""
        labels, scores = [0] * 6 + [1] * 2, [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.6, 0.8]

        assert cost_threshold(labels, scores, 3) == youden_threshold(labels, scores) == 0.55
        assert cost_threshold([0, 0, 1, 0, 0], [0.1, 0.2, 0.3, 0.4, 0.5], 1) == 0.75
        assert youden_threshold([0, 0, 1, 0, 0], [0.1, 0.2, 0.3, 0.4, 0.5]) == pytest.approx(0.25)

    @pytest.mark.parametrize(("scores", "ratio"), [([1.0, 1.0], 0.1), ([0.0, 0.0], 10), ([5.0, 5.0], 0.1)])
    def test_all_alike(self, scores, ratio):
        """Photos with one score are all called what is cheaper, by a finite threshold."""
        found = confusion([0, 1], scores, cost_threshold([0, 1], scores, ratio))

        assert (found.false_sad, found.false_happy) == ((0, 1) if ratio < 1 else (1, 0))

    @pytest.mark.parametrize("ratio", [0, -1, math.nan, math.inf])
    def test_refuses(self, ratio):
        """A ratio that is no positive number is refused."""
        with pytest.raises(StatisticsError, match="Received: cost_ratio="):
            cost_threshold([0, 1], [0.1, 0.2], ratio)


class TestConfusion:
    """The counts at a threshold."""

    def test_counts(self):
        """Each photo is counted once, by what it is and what it is called."""
        found = confusion(LABELS, SCORES, 0.35)

        assert found == ConfusionCounts(true_happy=2, false_sad=1, false_happy=1, true_sad=2)

    def test_at_the_threshold_is_sad(self):
        """A photo that scores exactly the threshold is called sad."""
        assert confusion([1], [0.5], 0.5).true_sad == 1

    def test_rates(self):
        """Accuracy, precision, recall and F1 follow from the counts."""
        counts = ConfusionCounts(true_happy=50, false_sad=10, false_happy=20, true_sad=30)

        assert counts.accuracy == pytest.approx(80 / 110)
        assert counts.precision == pytest.approx(0.75)
        assert counts.recall == pytest.approx(0.6)
        assert counts.f1 == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))

    def test_undefined_rates_are_none(self):
        """Where a rate divides by zero it is None, never NaN."""
        only_happy = ConfusionCounts(true_happy=4, false_sad=0, false_happy=0, true_sad=0)

        assert (only_happy.accuracy, only_happy.precision, only_happy.recall, only_happy.f1) == (1, None, None, None)
        assert ConfusionCounts(0, 0, 0, 0).accuracy is None

    def test_dead_network(self):
        """A network that answers 0 finds no sad photo: recall and F1 are 0, precision is undefined."""
        found = confusion([0, 1], [0, 0], 0.5)

        assert (found.recall, found.f1, found.precision) == (0, 0, None)

    @given(photos(), st.floats(-1, 2))
    def test_nothing_is_lost(self, drawn, threshold):
        """The counts add up to the photos of each label."""
        labels, scores = drawn
        found = confusion(labels, scores, threshold)

        assert found.true_happy + found.false_sad == np.sum(labels == 0)
        assert found.true_sad + found.false_happy == np.sum(labels == 1)

    @pytest.mark.parametrize("threshold", [math.nan, math.inf])
    def test_threshold_must_be_finite(self, threshold):
        """A threshold that is not a number is refused."""
        with pytest.raises(StatisticsError, match="Received: threshold="):
            confusion(LABELS, SCORES, threshold)

    def test_no_photos(self):
        """Nothing to count is refused."""
        with pytest.raises(StatisticsError, match="There are no photos"):
            confusion([], [], 0.5)
