"""Batch normalization delivers the network that was trained, also with few steps an epoch."""

from pathlib import Path

import numpy as np
import pytest

from emotion_core.network.export import KERAS_FILE, save_network
from emotion_core.training import RunConfig
from emotion_core.training.engine import (
    KERAS_MOMENTUM,
    Checkpoint,
    PhotoDataset,
    Trainer,
    batch_norm_layers,
    batch_norm_momentum,
    load_checkpoint,
    save_checkpoint,
    trainer_of,
)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
# Two steps an epoch, as with 60 photos of which 36 are for training; the last batch has four.
N_TRAIN, BATCH_SIZE = 36, 32
CONFIG = RunConfig(
    image_size=16,
    filters=(8, 8),
    kernel_size=3,
    padding="same",
    batch_normalization=True,
    head="global_average",
    dense_units=(16,),
    batch_size=BATCH_SIZE,
    learning_rate=0.01,
    epochs=25,
)


def photos(count: int, seed: int = 0) -> PhotoDataset:
    """Return photos with stripes, upright in the happy ones and lying in the sad ones, under noise."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    stripes = np.where(np.arange(16) % 4 < 2, 60.0, -60.0)
    drawn = np.where(labels[:, None, None] == 1, stripes[:, None], stripes[None, :])
    pixels = (100 + drawn[..., None] + rng.normal(0, 40, (count, 16, 16, 3))).clip(0, 255)
    return PhotoDataset(pixels.astype(np.uint8), labels)


def trained(config: RunConfig, momentum: float | None = None) -> tuple[Trainer, list[float]]:
    """Train a network, and return it with the validation losses of its epochs.

    Args:
        config: its settings.
        momentum: of the moving averages; None is the one that the engine chooses.
    """
    trainer = trainer_of(config)
    trainer.batch_norm_momentum = momentum
    results = list(trainer.epochs(photos(N_TRAIN), photos(12, seed=1)))
    return trainer, [result.validation_loss for result in results]


def loss(trainer: Trainer, *, of_batches: bool) -> float:
    """Return the mean cross-entropy on the training photos.

    Args:
        trainer: of the network.
        of_batches: with the statistics of all training photos as one batch, in place of the moving averages.
    """
    split = photos(N_TRAIN)
    if of_batches:
        averages = [np.array(weight) for weight in trainer.model.get_weights()]
        p_sad = np.asarray(trainer.model(split.pixels().astype(np.float32), training=True))[:, 0]
        trainer.model.set_weights(averages)
    else:
        p_sad = trainer.predict(split.pixels())
    return float(-np.log(1 - np.abs(split.labels - p_sad) + 1e-7).mean())


@pytest.mark.parametrize(
    ("n_photos", "batch_size", "expected"),
    [(36, 32, 0.8), (160, 32, 0.8), (288, 32, 0.889), (288, 15, 0.95), (20_000, 32, 0.99), (1, 1024, 0.8)],
)
def test_momentum_looks_back_over_an_epoch(n_photos: int, batch_size: int, expected: float) -> None:
    """Within the limits of five and a hundred steps; without batch normalization there is none."""
    assert batch_norm_momentum(RunConfig(batch_normalization=True, batch_size=batch_size), n_photos) == expected
    assert batch_norm_momentum(RunConfig(batch_size=batch_size), n_photos) is None


@pytest.mark.slow
def test_delivered_network_is_the_one_that_was_trained() -> None:
    """Its loss as it predicts is that with the statistics of the photos; with Keras' momentum it is not."""
    ours, _ = trained(CONFIG)
    keras, _ = trained(CONFIG, KERAS_MOMENTUM)
    assert ours.batch_norm_momentum == 0.8
    # The weights do not depend on the averages.
    for left, right in zip(ours.model.trainable_variables, keras.model.trainable_variables, strict=True):
        np.testing.assert_array_equal(np.asarray(left), np.asarray(right))
    assert loss(ours, of_batches=True) < 0.2
    assert loss(ours, of_batches=False) == pytest.approx(loss(ours, of_batches=True), abs=0.1)
    assert loss(keras, of_batches=False) > loss(keras, of_batches=True) + 0.2


@pytest.mark.slow
def test_kept_epoch_is_delivered_with_its_own_statistics() -> None:
    """What early stopping goes back to has the validation loss that was shown for that epoch."""
    trainer, losses = trained(CONFIG.model_copy(update={"early_stopping": 3, "learning_rate": 0.1, "epochs": 15}))
    split = photos(12, seed=1)
    errors = np.abs(split.labels - trainer.predict(split.pixels()).astype(np.float64))
    assert trainer.kept_epoch is not None
    delivered = float(-np.log(np.clip(1 - errors, 1e-7, 1)).mean())
    assert delivered == pytest.approx(losses[trainer.kept_epoch - 1], rel=1e-4)
    assert trainer.kept_epoch == losses.index(min(losses)) + 1


@pytest.mark.slow
def test_exported_network_names_its_momentum(tmp_path: Path) -> None:
    """A Keras user finds in the file the settings of the layers that were trained."""
    import keras

    trainer, _ = trained(CONFIG.model_copy(update={"epochs": 1}))
    save_network(trainer.model, CONFIG, tmp_path)
    layers = batch_norm_layers(keras.models.load_model(tmp_path / KERAS_FILE))
    assert [layer.momentum for layer in layers] == [0.8, 0.8]


@pytest.mark.parametrize("momentum", [None, 0.889])
def test_checkpoint_keeps_the_momentum(tmp_path: Path, momentum: float | None) -> None:
    """A run goes on with the momentum that it began with; earlier versions stored none."""
    save_checkpoint(tmp_path, Checkpoint(3, 2, 0.5, {"weights.0": np.zeros(2)}, momentum))
    stored = load_checkpoint(tmp_path)
    assert stored is not None
    assert (stored.epoch, stored.batch_norm_momentum) == (3, momentum)
