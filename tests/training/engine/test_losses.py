"""From outputs to P(sad), and how much each photo counts in the loss."""

from itertools import permutations

import numpy as np
import pytest

from emotion_core.training import RunConfig
from emotion_core.training.engine import losses, photo_weights, targets_of, to_probability, within_bounds


@pytest.mark.parametrize("output_activation", ["sigmoid", "relu", "tanh"])
def test_one_unit_gives_a_probability_within_bounds(output_activation: str) -> None:
    """Outputs outside 0 to 1 are clipped, and NaN becomes 0.5."""
    output = np.array([[-1.0], [0.25], [3.0], [np.nan], [np.inf], [-np.inf]], dtype=np.float32)
    assert to_probability(output, output_activation).tolist() == [0.0, 0.25, 1.0, 0.5, 1.0, 0.0]
    assert within_bounds(output).dtype == np.float32


def test_linear_output_is_a_logit() -> None:
    """Its sigmoid is P(sad), also far out."""
    output = np.array([[0.0], [np.log(3.0)], [-1e4], [1e4], [np.nan]], dtype=np.float32)
    np.testing.assert_allclose(to_probability(output, "linear"), [0.5, 0.75, 0.0, 1.0, 0.5], atol=1e-6)


def test_second_softmax_unit_is_p_sad() -> None:
    """The first unit stands for happy, the second for sad."""
    output = np.array([[0.9, 0.1], [0.2, 0.8]], dtype=np.float32)
    np.testing.assert_allclose(to_probability(output, "softmax"), [0.1, 0.8])


@pytest.mark.parametrize("labels", [[0, 0, 0, 1], [1, 1, 0], [0, 1], [1, 1]])
def test_balanced_labels_weigh_the_same(labels: list[int]) -> None:
    """The weights of both labels have one sum where both are there; unbalanced, each photo counts once."""
    array = np.array(labels)
    weights = photo_weights(array, RunConfig(class_weights="balanced"))
    assert weights.dtype == np.float32
    sums = [weights[array == label].sum() for label in set(labels)]
    np.testing.assert_allclose(sums, len(labels) / 2)
    assert photo_weights(array, RunConfig()).tolist() == [1.0] * len(labels)


@pytest.mark.parametrize("loss", ["binary_crossentropy", "mean_squared_error"])
@pytest.mark.parametrize("output_activation", ["sigmoid", "linear", "softmax"])
def test_smoothed_labels_are_moved_toward_a_half(loss: str, output_activation: str) -> None:
    """The loss with smoothing 0.2 is that of the label 0.1 for happy and 0.9 for sad, whatever the output is."""
    labels, p_sad = np.array([[0.0], [1.0], [1.0]], np.float32), np.array([[0.3], [0.6], [0.95]], np.float32)
    outputs = {"sigmoid": p_sad, "linear": np.log(p_sad / (1 - p_sad)), "softmax": np.hstack([1 - p_sad, p_sad])}
    config = RunConfig(loss=loss, output_activation=output_activation, label_smoothing=0.2)
    loss_value = float(losses.loss_of(config)(labels, outputs[output_activation], np.ones(3, np.float32)))
    y = 0.8 * labels + 0.1
    entropy, error = -(y * np.log(p_sad) + (1 - y) * np.log(1 - p_sad)), (y - p_sad) ** 2
    assert loss_value == pytest.approx(float((entropy if loss == "binary_crossentropy" else error).mean()), rel=1e-5)


def test_third_unit_leaves_p_sad_the_probability_between_the_labels() -> None:
    """What a network gives to neither takes nothing from sad against happy."""
    output = np.array([[0.3, 0.1, 0.6], [0.2, 0.8, 0.0]], dtype=np.float32)
    np.testing.assert_allclose(to_probability(output, "softmax"), [0.25, 0.8], rtol=1e-6)


def test_loss_of_three_kinds_is_least_where_each_has_its_unit() -> None:
    """Happy, sad and neither are the first, second and third unit."""
    config = RunConfig(output_activation="softmax", neither=True)
    targets, loss = targets_of(np.array([0, 1, 2]), config), losses.loss_of(config)
    one_each = np.full((3, 3), 0.05, dtype=np.float32) + 0.85 * np.eye(3, dtype=np.float32)
    ones = np.ones(3, dtype=np.float32)
    values = [float(loss(targets, one_each[:, list(order)], ones)) for order in permutations(range(3))]
    assert values[0] == pytest.approx(-np.log(0.9), abs=1e-5)
    assert min(values[1:]) > values[0] + 0.5
