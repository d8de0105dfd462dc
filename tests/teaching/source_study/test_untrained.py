"""Untrained networks: gradients compared with a run's layer probes, outputs with the networks themselves."""

import numpy as np
import pytest

from emotion_core.network import build
from emotion_core.teaching.source_study import VARIANTS, first_gradients, first_outputs
from emotion_core.training import RunConfig
from emotion_core.training.engine import PhotoDataset
from emotion_core.training.monitor.layer_probe import LayerProbe

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CHANCE = np.random.default_rng(0)
PIXELS = CHANCE.integers(0, 256, (12, 16, 16, 3), dtype=np.uint8)
LABELS = (np.arange(12) % 2).astype(np.int64)
TINY = RunConfig(image_size=16, filters=(4, 4), kernel_size=3, dense_units=(8,), hidden_activation="sigmoid")


def test_gradients_are_those_of_a_look_inside() -> None:
    """Without batch normalization training and prediction are one, so both ways of looking agree in every layer."""
    import keras

    [gradients] = first_gradients({"sigmoid": TINY}, PIXELS, LABELS, [3])
    keras.utils.set_random_seed(3)
    look = LayerProbe(build(TINY), TINY, PhotoDataset(PIXELS, LABELS)).probe(0)
    assert [name for name, _ in gradients.norms] == [layer.name for layer in look.layers]
    assert [norm for _, norm in gradients.norms] == pytest.approx(
        [layer.gradient_norm for layer in look.layers], rel=1e-3
    )
    assert gradients.first_layer_share == pytest.approx(gradients.norms[0][1] / gradients.norms[-1][1])


@pytest.mark.slow
def test_batch_normalisation_lets_more_of_the_gradient_through() -> None:
    """It is measured as in training: by the batch, where it counts."""
    configs = {name: RunConfig(**{**TINY.model_dump(), **changes}) for name, changes in VARIANTS.items()}
    gradients = {gradient.variant: gradient for gradient in first_gradients(configs, PIXELS, LABELS, range(3))}
    assert gradients.keys() == VARIANTS.keys()
    assert gradients["sigmoid, batch normalisation"].first_layer_share > 2 * gradients["sigmoid"].first_layer_share
    assert {gradient.depth for gradient in gradients.values()} == {2}


@pytest.mark.slow
def test_outputs_are_those_of_each_seeds_network() -> None:
    """Lowest and highest over the photos; a dead one says nothing but 0."""
    import keras

    config = RunConfig(**{**TINY.model_dump(), "output_activation": "relu", "loss": "mean_squared_error"})
    outputs = first_outputs(config, PIXELS, range(6))
    keras.utils.set_random_seed(4)
    output = np.asarray(build(config)(PIXELS.astype(np.float32)))
    assert (outputs.lowest[4], outputs.highest[4]) == pytest.approx((output.min(), output.max()), abs=1e-5)
    assert 0 < outputs.share_dead < 1
