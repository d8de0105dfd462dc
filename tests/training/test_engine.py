"""The training step of our own, against Keras' fit on the same photos in the same order."""

import math
from typing import Any

import numpy as np
import pytest

from emotion_core.network import build
from emotion_core.training.config import RunConfig
from emotion_core.training.engine import EpochResult, LabelledPhotos, Trainer, to_probability

# Keras asks its tensors for a NumPy array in a way that NumPy 2 deprecates (keras 3.15, tensorflow 2.21).
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

COUNT, BATCH_SIZE = 21, 8


def tiny(**settings: Any) -> RunConfig:
    """Return a network that trains in a moment."""
    base = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "epochs": 2, "seed": 5}
    return RunConfig(**{**base, "batch_size": BATCH_SIZE, **settings})


def photos(count: int = COUNT, seed: int = 0) -> LabelledPhotos:
    """Return photos of which the sad ones are darker."""
    chance = np.random.default_rng(seed)
    labels = chance.permutation(np.arange(count) % 2).astype(np.int64)
    pixels = chance.integers(0, 256, (count, 16, 16, 3)) * (1 - 0.6 * labels[:, None, None, None])
    return LabelledPhotos(pixels.astype(np.uint8), labels)


def trained(config: RunConfig, train: LabelledPhotos, validation: LabelledPhotos) -> tuple[Trainer, list[EpochResult]]:
    """Train a network from the weights of its seed."""
    import keras

    keras.utils.set_random_seed(config.seed)
    trainer = Trainer(build(config), config)
    return trainer, list(trainer.epochs(train, validation))


def keras_trained(config: RunConfig, train: LabelledPhotos, validation: LabelledPhotos) -> tuple[Any, list[Any]]:
    """Train the same network with Keras' own fit, one epoch after the other in the order that the seed gives."""
    import keras

    keras.utils.set_random_seed(config.seed)
    model = build(config)
    optimizer = {"class_name": config.optimizer, "config": {"learning_rate": config.learning_rate}}
    model.compile(keras.optimizers.get(optimizer), config.loss, metrics=[keras.metrics.BinaryAccuracy(name="accuracy")])
    chance, history = np.random.default_rng(config.seed), []
    for _ in range(config.epochs):
        order = chance.permutation(len(train.labels))
        fitted = model.fit(
            train.pixels[order].astype(np.float32),
            train.labels[order].astype(np.float32),
            batch_size=config.batch_size,
            shuffle=False,
            verbose=0,
            validation_data=(validation.pixels.astype(np.float32), validation.labels.astype(np.float32)),
        )
        history.append({name: values[0] for name, values in fitted.history.items()})
    return model, history


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden_activation": "relu"},
        {"hidden_activation": "tanh"},
        {"hidden_activation": "sigmoid"},
        {"hidden_activation": "relu", "optimizer": "rmsprop"},
        {"hidden_activation": "tanh", "optimizer": "sgd", "learning_rate": 0.01, "loss": "mean_squared_error"},
        {"hidden_activation": "sigmoid", "output_activation": "relu", "loss": "mean_squared_error"},
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_own_step_equals_keras_fit(settings: dict[str, Any]) -> None:
    """After two epochs with a smaller last batch, weights, losses and accuracies are those of Keras."""
    config, train, validation = tiny(**settings), photos(), photos(9, seed=1)
    trainer, results = trained(config, train, validation)
    model, history = keras_trained(config, train, validation)
    for ours, theirs in zip(trainer.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    for result, record in zip(results, history, strict=True):
        assert result.loss == pytest.approx(record["loss"], rel=1e-4)
        assert result.accuracy == pytest.approx(record["accuracy"])
        assert result.validation_loss == pytest.approx(record["val_loss"], rel=1e-4)
        assert result.validation_accuracy == pytest.approx(record["val_accuracy"])


def test_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    """Training twice gives equal weights to the last bit; the seed decides them."""
    train, validation = photos(), photos(9, seed=1)
    weights, losses = [], []
    for seed in (5, 5, 6):
        trainer, results = trained(tiny(seed=seed), train, validation)
        weights.append(np.concatenate([weight.ravel() for weight in trainer.model.get_weights()]))
        losses.append([result.loss for result in results])
    assert (weights[0] == weights[1]).all()
    assert losses[0] == losses[1]
    assert (weights[0] != weights[2]).any()


@pytest.mark.parametrize(("count", "batch_size"), [(21, 8), (16, 8), (5, 8), (9, 1)])
def test_every_photo_is_met_once_an_epoch(count: int, batch_size: int) -> None:
    """The last, smaller batch counts, and the steps are told one by one."""
    import keras

    config = tiny(batch_size=batch_size)
    keras.utils.set_random_seed(0)
    trainer, steps = Trainer(build(config), config), []
    results = list(trainer.epochs(photos(count), photos(7), on_step=lambda *step: steps.append(step)))
    per_epoch = math.ceil(count / batch_size)
    assert steps == [(epoch, step, per_epoch) for epoch in (1, 2) for step in range(1, per_epoch + 1)]
    assert [result.epoch for result in results] == [1, 2]
    assert all(round(result.accuracy * count, 6).is_integer() for result in results)


def test_epoch_loss_weighs_photos_not_batches() -> None:
    """With the weights held still, the loss of an epoch with a small last batch is the mean over the photos."""
    config, train = tiny(learning_rate=1e-30, optimizer="sgd", epochs=1), photos()
    _, [result] = trained(config, train, train)
    assert result.loss == pytest.approx(result.validation_loss, rel=1e-5)
    assert result.accuracy == result.validation_accuracy


def test_network_learns_what_can_be_learnt() -> None:
    """On photos that differ in brightness the loss falls and the classes come apart."""
    trainer, results = trained(tiny(epochs=40, learning_rate=0.01), photos(), photos(15, seed=1))
    assert results[-1].loss < results[0].loss / 2
    assert results[-1].validation_accuracy >= 0.9
    unseen = photos(15, seed=2)
    p_sad = trainer.predict(unseen.pixels)
    assert p_sad[unseen.labels == 1].mean() > p_sad[unseen.labels == 0].mean() + 0.5


def test_validation_photos_are_only_looked_at() -> None:
    """Other validation photos change no weight."""
    one, _ = trained(tiny(), photos(), photos(9, seed=1))
    other, _ = trained(tiny(), photos(), photos(30, seed=2))
    for first, second in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        assert (first == second).all()


def test_prediction_does_not_depend_on_the_batch() -> None:
    """P(sad) of a photo is the same alone and among others."""
    trainer, _ = trained(tiny(), photos(), photos(9))
    pixels = photos().pixels
    together = trainer.predict(pixels)
    assert (together.shape, together.dtype) == ((COUNT,), np.dtype(np.float32))
    alone = np.concatenate([trainer.predict(pixels[row : row + 1]) for row in range(COUNT)])
    np.testing.assert_allclose(alone, together, atol=1e-6)


def test_stopping_in_a_step_ends_the_training() -> None:
    """What ``on_step`` raises comes out, so a run ends after the batch it is in."""
    import keras

    class Enough(Exception):
        """Raised to stop."""

    def stop_at_second(epoch: int, step: int, steps: int) -> None:
        if step == 2:
            raise Enough

    config = tiny()
    keras.utils.set_random_seed(0)
    with pytest.raises(Enough):
        next(iter(Trainer(build(config), config).epochs(photos(), photos(), on_step=stop_at_second)))


def test_output_becomes_a_probability() -> None:
    """Outputs beyond 0 and 1 are cut off, and no number at all means not knowing."""
    output = np.array([[-1.0], [0.25], [3.0], [np.nan], [np.inf], [-np.inf]], dtype=np.float32)
    assert to_probability(output).tolist() == [0.0, 0.25, 1.0, 0.5, 1.0, 0.0]
