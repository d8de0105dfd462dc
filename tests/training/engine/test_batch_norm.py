"""Batch normalization delivers the network that was trained, also with few steps an epoch."""

from pathlib import Path

import numpy as np
import pytest

from emotion_core.network.export import KERAS_FILE, save_network
from emotion_core.training import RunConfig
from emotion_core.training.engine import (
    PhotoDataset,
    Trainer,
    batch_norm_layers,
    renewed_photos,
    rng_for,
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


def trained(config: RunConfig) -> tuple[Trainer, list[float]]:
    """Train a network, and return it with the validation losses of its epochs."""
    trainer = trainer_of(config)
    results = list(trainer.epochs(photos(N_TRAIN), photos(12, seed=1)))
    return trainer, [result.validation_loss for result in results]


def loss(trainer: Trainer, *, of_batches: bool) -> float:
    """Return the mean cross-entropy on the training photos.

    Args:
        trainer: of the network.
        of_batches: with the statistics of all training photos as one batch, in place of the averages.
    """
    split = photos(N_TRAIN)
    if of_batches:
        averages = [np.array(weight) for weight in trainer.model.get_weights()]
        p_sad = np.asarray(trainer.model(split.pixels().astype(np.float32), training=True))[:, 0]
        trainer.model.set_weights(averages)
    else:
        p_sad = trainer.predict(split.pixels())
    return float(-np.log(1 - np.abs(split.labels - p_sad) + 1e-7).mean())


def test_statistics_are_taken_over_at_most_a_hundred_batches() -> None:
    """Over all photos of a small study; without batch normalization over none."""
    assert [renewed_photos(CONFIG, n) for n in (36, 3200, 50_000)] == [36, 3200, 3200]
    assert renewed_photos(CONFIG.model_copy(update={"batch_normalization": False}), 36) == 0


@pytest.mark.slow
def test_delivered_network_is_the_one_that_was_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its loss as it predicts is that with the statistics of the photos; with Keras' moving averages it is not."""
    ours, _ = trained(CONFIG)
    monkeypatch.setattr(Trainer, "renew_statistics", lambda *_: None)
    keras, _ = trained(CONFIG)
    # The weights do not depend on the statistics that the network predicts with.
    for left, right in zip(ours.model.trainable_variables, keras.model.trainable_variables, strict=True):
        np.testing.assert_array_equal(np.asarray(left), np.asarray(right))
    assert loss(ours, of_batches=True) < 0.2
    assert loss(ours, of_batches=False) == pytest.approx(loss(ours, of_batches=True), abs=0.1)
    assert loss(keras, of_batches=False) > loss(keras, of_batches=True) + 0.2


@pytest.mark.slow
def test_statistics_are_the_mean_over_the_batches_with_the_weights_as_they_are() -> None:
    """The first normalization's are those of its inputs, photo by photo the same weight; renewed twice they stay."""
    trainer, split = trainer_of(CONFIG), photos(N_TRAIN)
    trainer.renew_statistics(split, 3)
    order = rng_for("order", CONFIG.seed, 3).permutation(N_TRAIN)
    [convolution, normalization] = trainer.model.layers[1:3]
    maps = np.asarray(convolution(split.pixels().astype(np.float32) / 255))
    batches = [maps[order[:BATCH_SIZE]], maps[order[BATCH_SIZE:]]]
    shares = [BATCH_SIZE / N_TRAIN, 1 - BATCH_SIZE / N_TRAIN]
    for average, of_batch in ((normalization.moving_mean, np.mean), (normalization.moving_variance, np.var)):
        expected = sum(share * of_batch(batch, (0, 1, 2)) for share, batch in zip(shares, batches, strict=True))
        np.testing.assert_allclose(np.asarray(average), expected, rtol=1e-3, atol=1e-5)
    before = trainer.model.get_weights()
    trainer.renew_statistics(split, 3)
    for left, right in zip(before, trainer.model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)
    assert [layer.momentum for layer in batch_norm_layers(trainer.model)] == [0.99, 0.99]


@pytest.mark.slow
def test_kept_epoch_is_delivered_with_its_own_statistics() -> None:
    """What early stopping goes back to has the validation loss that was shown for that epoch."""
    trainer, losses = trained(CONFIG.model_copy(update={"early_stopping": 3, "learning_rate": 0.03, "epochs": 15}))
    split = photos(12, seed=1)
    errors = np.abs(split.labels - trainer.predict(split.pixels()).astype(np.float64))
    assert trainer.kept_epoch is not None
    delivered = float(-np.log(np.clip(1 - errors, 1e-7, 1)).mean())
    assert delivered == pytest.approx(losses[trainer.kept_epoch - 1], rel=1e-3, abs=1e-6)
    assert trainer.kept_epoch == losses.index(min(losses)) + 1


@pytest.mark.slow
def test_exported_network_predicts_with_the_renewed_statistics(tmp_path: Path) -> None:
    """The file holds those of the last epoch, as they are after one more renewal in its order."""
    import keras

    trainer, _ = trained(CONFIG.model_copy(update={"epochs": 2}))
    save_network(trainer.model, CONFIG, tmp_path)
    stored = batch_norm_layers(keras.models.load_model(tmp_path / KERAS_FILE))
    trainer.renew_statistics(photos(N_TRAIN), 2)
    for ours, theirs in zip(batch_norm_layers(trainer.model), stored, strict=True):
        np.testing.assert_array_equal(np.asarray(ours.moving_mean), np.asarray(theirs.moving_mean))
        np.testing.assert_array_equal(np.asarray(ours.moving_variance), np.asarray(theirs.moving_variance))
