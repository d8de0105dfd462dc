"""Gradient descent: the slopes belong to the heights, the steps are Keras' own, and divergence is reported."""

import numpy as np
import pytest

from emotion_core.teaching.activations import LANDSCAPES, descend
from emotion_core.teaching.activations.descent import FAR_AWAY, Landscape
from emotion_core.teaching.activations.figures import contour_segments

every_landscape = pytest.mark.parametrize("landscape", LANDSCAPES.values(), ids=LANDSCAPES)


@every_landscape
def test_the_slope_is_that_of_the_height(landscape: Landscape) -> None:
    """Differences of the drawn heights agree with the gradient that is walked down."""
    left, right, low, high = landscape.span
    for x, y in np.random.default_rng(0).uniform((left, low), (right, high), (20, 2)):
        around = [
            (landscape.height(x + dx, y + dy) - landscape.height(x - dx, y - dy)) / 2e-5
            for dx, dy in ((1e-5, 0), (0, 1e-5))
        ]
        np.testing.assert_allclose(landscape.slope(np.array([x, y])), around, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_walk_takes_the_steps_of_keras(momentum: float) -> None:
    """SGD with momentum as Keras has it, on the double well."""
    import keras
    import tensorflow as tf

    landscape = LANDSCAPES["wells"]
    position = keras.Variable(np.array(landscape.start), dtype="float64")
    optimizer = keras.optimizers.SGD(0.1, momentum=momentum)
    points = [position.numpy()]
    for _ in range(10):
        optimizer.apply([tf.constant(landscape.slope(position.numpy()))], [position])
        points.append(position.numpy())
    walk = descend(landscape, 0.1, momentum, steps=10)
    np.testing.assert_allclose(walk.points, points, rtol=1e-6)


def test_a_walk_that_runs_away_ends_early() -> None:
    """Beyond twice the inverse of the curvature every step goes further; just below it none does."""
    away = descend(LANDSCAPES["bowl"], 2.5)
    assert away.diverged
    assert len(away.points) < 60
    assert np.abs(away.points[-2]).max() < FAR_AWAY <= np.abs(away.points[-1]).max()
    safe = descend(LANDSCAPES["bowl"], 1.9)
    assert not safe.diverged
    assert (np.diff(safe.heights) < 0).all()


@every_landscape
def test_every_walk_starts_on_the_drawn_part_and_gets_lower(landscape: Landscape) -> None:
    """At the learning rate that is offered first there is something to see."""
    left, right, low, high = landscape.span
    walk = descend(landscape, landscape.learning_rate)
    assert left < walk.points[0, 0] < right
    assert low < walk.points[0, 1] < high
    assert not walk.diverged
    assert walk.heights[-1] < walk.heights[0]


def test_the_loss_that_fits_the_unit_has_no_plateau() -> None:
    """From the same wrong start, twenty steps of cross-entropy do what twenty of squared error hardly begin."""
    walks = {name: descend(LANDSCAPES[name], 2.0, steps=20) for name in ("plateau", "matched")}
    left = {name: walk.heights[-1] / walk.heights[0] for name, walk in walks.items()}
    assert left["matched"] < 0.05
    assert left["plateau"] > 0.5


@pytest.mark.parametrize("name", LANDSCAPES)
def test_contour_lines_are_where_the_landscape_has_their_height(name: str) -> None:
    """Both ends of each piece are at its height, as far as a landscape is straight within a cell of the grid."""
    landscape = LANDSCAPES[name]
    pieces = contour_segments(landscape)
    ends = np.array([[piece[key] for key in ("x", "y", "x2", "y2", "height")] for piece in pieces])
    left, right, low, high = landscape.span
    heights = landscape.height(*np.meshgrid(np.linspace(left, right, 200), np.linspace(low, high, 200)))
    for x, y in ((0, 1), (2, 3)):
        apart = np.abs(landscape.height(ends[:, x], ends[:, y]) - ends[:, 4])
        assert np.median(apart) < 0.01 * np.ptp(heights)
    assert len({piece["level"] for piece in pieces}) > 8
