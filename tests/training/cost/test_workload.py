"""The work of a run: counted from its layers, in proportion to photos, batches and settings."""

import math

import pytest

from emotion_core.network import layers_of, multiply_adds, parameter_count
from emotion_core.training import RunConfig
from emotion_core.training.cost.workload import (
    ACTIVATION_PASSES,
    SplitSizes,
    checkpoint_workload,
    epoch_workload,
    forward_workload,
)
from emotion_core.training.engine import map_elements, micro_batch

PHOTOS = SplitSizes(320, 0, 0)


def test_training_takes_three_times_the_multiply_adds_of_a_forward_pass_except_in_the_first_layer() -> None:
    """The backward pass computes two gradients per layer; the photo itself needs none."""
    config = RunConfig()
    forward, first = multiply_adds(config), layers_of(config)[0].multiply_adds
    assert forward_workload(config, 7).multiply_adds == 7 * forward
    # Filters are computed sixteen at once, and the default network's come in such numbers.
    assert epoch_workload(config, PHOTOS).multiply_adds == 320 * (3 * forward - first)


def test_eight_filters_take_as_long_as_sixteen() -> None:
    """A group of filters that is not full costs as much as a full one."""
    eight, sixteen = (forward_workload(RunConfig(filters=(n,), dense_units=()), 1).multiply_adds for n in (8, 16))
    outputs = [layers_of(RunConfig(filters=(n,), dense_units=()))[-1].multiply_adds for n in (8, 16)]
    assert eight - outputs[0] == sixteen - outputs[1]


def test_validation_adds_one_forward_pass_per_epoch() -> None:
    """An epoch with validation photos is one without, plus a forward pass over them."""
    config = RunConfig()
    together = epoch_workload(config, SplitSizes(320, 96, 500))
    apart = [a + b for a, b in zip(epoch_workload(config, PHOTOS), forward_workload(config, 96), strict=True)]
    assert list(together) == pytest.approx(apart)


@pytest.mark.parametrize("batch_size", [1, 32, 100, 1024])
def test_layers_and_parameters_count_once_per_batch(batch_size: int) -> None:
    """A last, smaller batch counts as one; the photos themselves cost the same in any batch."""
    small = {"image_size": 16, "filters": (4,), "kernel_size": 3, "optimizer": "sgd"}
    config = RunConfig(**small, batch_size=batch_size)
    work, steps = epoch_workload(config, PHOTOS), math.ceil(320 / batch_size)
    assert work.layers == steps * len(layers_of(config))
    assert work.parameters == steps * parameter_count(config)
    assert work.elements == epoch_workload(RunConfig(**small), PHOTOS).elements


def test_a_batch_in_parts_starts_its_layers_for_each_part_and_adds_up_the_gradients() -> None:
    """Photos of 128 pixels are computed few at once, unless batch normalization forbids it."""
    config, steps = RunConfig(image_size=128, optimizer="sgd"), 10
    work = epoch_workload(config, PHOTOS)
    assert micro_batch(config) < config.batch_size
    assert work.layers > steps * len(layers_of(config))
    assert work.parameters > steps * parameter_count(config)
    whole = config.model_copy(update={"batch_normalization": True})
    assert epoch_workload(whole, PHOTOS).parameters == steps * parameter_count(whole)


def test_work_of_a_checkpoint_grows_with_the_parameters() -> None:
    """A checkpoint holds every parameter and does not depend on the number of photos."""
    small, large = (RunConfig(dense_units=(units,)) for units in (10, 1000))
    shares = [checkpoint_workload(config).parameters / parameter_count(config) for config in (small, large)]
    assert shares[0] == shares[1] > 1


def test_an_optimizer_with_state_makes_more_passes_over_the_parameters() -> None:
    """Adam keeps two numbers per parameter, plain SGD none."""
    sgd, adam = (epoch_workload(RunConfig(optimizer=name), PHOTOS).parameters for name in ("sgd", "adam"))
    assert adam > 2 * sgd


@pytest.mark.parametrize(
    "slower", [{"hidden_activation": "tanh"}, {"batch_normalization": True}, {"flip": True}, {"image_size": 65}]
)
def test_settings_that_cost_time_add_passes_over_the_maps(slower: dict[str, object]) -> None:
    """ReLU alone is the cheapest."""
    assert epoch_workload(RunConfig(**slower), PHOTOS).elements > epoch_workload(RunConfig(), PHOTOS).elements


def test_slow_activations_cost_more_than_those_outside_the_table() -> None:
    """The table holds what differs from the usual cost, under names that settings accept."""
    usual = epoch_workload(RunConfig(hidden_activation="sigmoid"), PHOTOS).elements
    for name in ACTIVATION_PASSES:
        assert epoch_workload(RunConfig(hidden_activation=name), PHOTOS).elements > usual


def test_frozen_starter_blocks_cost_only_a_forward_pass() -> None:
    """Frozen blocks have no backward pass; unfrozen for half of the epochs, they add half of the training work."""
    settings = {"image_size": 48, "color": "grey", "filters": (16,), "starter_blocks": 2, "epochs": 10}
    frozen, learning = RunConfig(**settings), RunConfig(**settings, unfreeze_epoch=6)
    starter, conv = (layer.multiply_adds for layer in layers_of(frozen)[:2])
    forward = multiply_adds(frozen)
    assert epoch_workload(frozen, PHOTOS).multiply_adds == 320 * (3 * forward - 2 * starter - conv)
    assert epoch_workload(learning, PHOTOS).multiply_adds == 320 * (3 * forward - starter - conv / 2)
    assert epoch_workload(learning, PHOTOS).parameters > epoch_workload(frozen, PHOTOS).parameters
    assert map_elements(learning) > map_elements(frozen) > map_elements(RunConfig(**{**settings, "starter_blocks": 0}))


def test_maps_of_a_photo_hold_every_output_and_the_photo() -> None:
    """By hand: 64 x 64 x 3, convolution to 60 x 60 x 4, pooling to 30 x 30 x 4, flattened, and the output."""
    config = RunConfig(filters=(4,), dense_units=())
    assert map_elements(config) == 64 * 64 * 3 + 60 * 60 * 4 + 2 * 30 * 30 * 4 + 1
