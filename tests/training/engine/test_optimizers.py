"""Optimizers and schedules are Keras' own, under the names of the settings."""

import math
from typing import get_args

import pytest

from emotion_core.training import RunConfig
from emotion_core.training.engine.optimizers import learning_rate_in, optimizer_of


def test_every_optimizer_of_the_settings_is_made_with_its_learning_rate() -> None:
    """Each name gives Keras' optimizer; momentum is gradient descent with momentum .9."""
    names = get_args(RunConfig.model_fields["optimizer"].annotation)
    made = {name: optimizer_of(RunConfig(optimizer=name, learning_rate=0.02)) for name in names}
    assert [type(optimizer).__name__ for optimizer in made.values()] == [
        "Adam",
        "AdamW",
        "Nadam",
        "RMSprop",
        "SGD",
        "SGD",
    ]
    assert all(float(optimizer.learning_rate) == pytest.approx(0.02) for optimizer in made.values())
    assert (made["sgd"].momentum, made["momentum"].momentum) == (0.0, 0.9)


def test_weight_decay_is_that_of_the_settings() -> None:
    """Every optimizer takes it; at 0 each has what Keras gives it by itself, AdamW .004 and the others none."""
    names = get_args(RunConfig.model_fields["optimizer"].annotation)
    assert {optimizer_of(RunConfig(optimizer=name, weight_decay=0.1)).weight_decay for name in names} == {0.1}
    own = {name: optimizer_of(RunConfig(optimizer=name)).weight_decay for name in names}
    assert own == dict.fromkeys(names) | {"adamw": 0.004}


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", {1: 0.02, 21: 0.02, 40: 0.02}),
        ("cosine", {1: 0.02, 21: 0.01, 40: 0.01 * (1 + math.cos(math.pi * 39 / 40))}),
        ("exponential", {1: 0.02, 21: 0.002, 40: 0.02 * 0.01 ** (39 / 40)}),
    ],
)
def test_learning_rate_follows_the_schedule(schedule: str, rates: dict[int, float]) -> None:
    """The first epoch has the full rate, half way the schedules are where their formulas say."""
    config = RunConfig(schedule=schedule, learning_rate=0.02, epochs=40)
    learning_rates = {epoch: learning_rate_in(epoch, config) for epoch in rates}
    assert learning_rates == pytest.approx(rates, rel=1e-4)
