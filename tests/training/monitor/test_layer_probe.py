"""Layer snapshots: norms against Keras' own gradients, dead and saturated units, and no effect on the training."""

from typing import Any

import numpy as np
import pytest

from emotion_core.network import HIDDEN_ACTIVATIONS, build
from emotion_core.training import RunConfig
from emotion_core.training.engine import PhotoDataset, loss_of, trainer_of
from emotion_core.training.monitor.layer_probe import LayerProbe, zero_below_zero

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

NAMES = ["conv1", "dense1", "output"]


def tiny(**settings: Any) -> RunConfig:
    """Return a network that trains in a moment."""
    base = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "epochs": 2, "batch_size": 8}
    return RunConfig(**{**base, **settings})


def photos(count: int = 21, channels: int = 3, side: int = 16) -> PhotoDataset:
    """Return photos of which every third is sad."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, side, side, channels), dtype=np.uint8)
    return PhotoDataset(pixels, (np.arange(count) % 3 == 0).astype(np.int64))


@pytest.mark.parametrize("settings", [{}, {"output_activation": "softmax"}, {"class_weights": "balanced"}])
def test_norms_are_those_of_keras_gradients(settings: dict[str, Any]) -> None:
    """Taken in chunks, gradient norms and loss are those of all the photos at once."""
    import keras
    import tensorflow as tf

    config, train = tiny(hidden_activation="tanh", **settings), photos()
    keras.utils.set_random_seed(1)
    model = build(config)
    look = LayerProbe(model, config, train).probe(0)
    counts = np.bincount(train.labels)
    weights = len(train.labels) / (2 * counts[train.labels]) if settings.get("class_weights") else np.ones(21)
    with tf.GradientTape() as tape:
        truth = train.labels[:, None].astype(np.float32)
        loss = loss_of(config)(truth, model(train.pixels().astype(np.float32)), weights.astype(np.float32))
    gradients = [np.asarray(gradient).ravel() for gradient in tape.gradient(loss, model.trainable_variables)]
    assert look.loss == pytest.approx(float(loss), rel=1e-4)
    assert [layer.name for layer in look.layers] == NAMES
    wanted = [np.linalg.norm(np.concatenate(gradients[index : index + 2])) for index in (0, 2, 4)]
    assert [layer.gradient_norm for layer in look.layers] == pytest.approx(wanted, rel=1e-3)
    ratios = [norm / wanted[-1] for norm in wanted]
    assert [layer.gradient_ratio for layer in look.layers] == pytest.approx(ratios, rel=1e-3)


@pytest.mark.usefixtures("starter_weights")
def test_frozen_blocks_are_left_out_of_the_snapshot() -> None:
    """They have no gradient; the run's own layers are measured, also once the starter's blocks learn too."""
    config = tiny(starter_blocks=1, image_size=48, color="grey", epochs=2, unfreeze_epoch=2)
    trainer, seen = trainer_of(config), photos(channels=1, side=48)
    probe = LayerProbe(trainer.model, config, seen)
    for result in trainer.epochs(seen, seen):
        look = probe.probe(result.epoch)
        assert [layer.name for layer in look.layers] == NAMES
        assert all(layer.gradient_norm is not None and layer.histogram for layer in look.layers)


def test_updates_count_from_the_snapshot_before() -> None:
    """The first snapshot has none; then it is how far the layer's weights have moved."""
    model = build(tiny())
    probe = LayerProbe(model, tiny(), photos())
    assert [layer.update_norm for layer in probe.probe(0).layers] == [None, None, None]
    kernel = model.get_layer("dense1").kernel
    kernel.assign_add(np.full(kernel.shape, 0.1))
    moved = probe.probe(1).layers
    assert [layer.update_norm for layer in moved] == pytest.approx([0, 0.1 * np.sqrt(np.prod(kernel.shape)), 0])


def test_dead_and_saturated_units_are_counted() -> None:
    """Of four feature maps that a bias pushes far below zero, or two, that share is dead, and flat everywhere."""
    model = build(tiny())
    probe, bias = LayerProbe(model, tiny(), photos()), model.get_layer("conv1").bias
    for below in (4, 2):
        bias.assign([-100.0] * below + [100.0] * (4 - below))
        conv = probe.probe(0).layers[0]
        assert (conv.dead, conv.saturated) == (below / 4, below / 4)
    assert sum(conv.histogram) > 0
    assert len(conv.edges) == len(conv.histogram) + 1 == 33
    assert conv.edges[0] == 0 < conv.edges[-1]


def test_a_unit_dies_only_where_all_negative_input_gives_zero() -> None:
    """Among all activations these are the rectifiers without a slope below zero; other layers have no dead share."""
    assert {name for name, activation in HIDDEN_ACTIVATIONS.items() if zero_below_zero(activation)} == {"relu", "relu6"}
    config = tiny(hidden_activation="tanh")
    assert {layer.dead for layer in LayerProbe(build(config), config, photos()).probe(0).layers} == {None}


def test_numbers_that_are_not_finite_are_none() -> None:
    """A network with broken weights is measured without an error, and what is not finite is left out."""
    model = build(tiny())
    model.get_layer("dense1").bias.assign([np.nan] * 8)
    look = LayerProbe(model, tiny(), photos()).probe(0)
    assert (look.loss, look.lowest, look.layers[1].gradient_norm, look.layers[1].histogram) == (None, None, None, ())


def test_layers_with_one_value_have_a_histogram() -> None:
    """Activations that differ in their last digit alone fall into one bin."""
    config = tiny(hidden_activation="sigmoid")
    model = build(config)
    dense = model.get_layer("dense1")
    dense.kernel.assign(np.zeros(dense.kernel.shape))
    dense.bias.assign([16.0, 16.5] * 4)
    seen = LayerProbe(model, config, photos()).probe(0).layers[1]
    assert sorted(seen.histogram)[-2:] == [0, sum(seen.histogram)]
    assert (np.diff(seen.edges) > 0).all()


@pytest.mark.parametrize("activation", ["relu", "prelu", "hard_silu"])
def test_snapshots_change_no_number_of_the_training(activation: str) -> None:
    """With normalization and dropout, a run with snapshots ends with the weights of one without."""
    config = tiny(hidden_activation=activation, batch_normalization=True, dropout=0.5)
    ended = []
    for looks in (False, True):
        trainer = trainer_of(config)
        probe = LayerProbe(trainer.model, config, photos())
        for result in trainer.epochs(photos(), photos(9)):
            if looks:
                assert [layer.name for layer in probe.probe(result.epoch).layers] == NAMES
        ended.append(np.concatenate([weight.ravel() for weight in trainer.model.get_weights()]))
    assert (ended[0] == ended[1]).all()
