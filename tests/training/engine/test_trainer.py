"""The training step of our own, against Keras' fit on the same photos in the same order."""

import io
import math
from typing import Any

import numpy as np
import pytest

from emotion_core.errors import DataError
from emotion_core.network import HIDDEN_ACTIVATIONS, build, probability_model
from emotion_core.training import RunConfig
from emotion_core.training.engine import (
    EpochResult,
    PhotoDataset,
    Trainer,
    augment,
    micro_batch,
    rng_for,
    trainer_of,
)
from emotion_core.training.engine.augmentation import mix
from emotion_core.training.engine.epoch_metrics import Metrics

# Keras asks its tensors for a NumPy array in a way that NumPy 2 deprecates (keras 3.15, tensorflow 2.21).
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

COUNT, BATCH_SIZE = 21, 8
BEGUN: dict[str, Any] = {"starter_blocks": 1, "image_size": 48, "color": "grey"}


def tiny(**settings: Any) -> RunConfig:
    """Return a network that trains in a moment."""
    base = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "epochs": 2, "seed": 5}
    return RunConfig(**{**base, "batch_size": BATCH_SIZE, **settings})


def photos(count: int = COUNT, seed: int = 0, channels: int = 3, side: int = 16) -> PhotoDataset:
    """Return photos of which a third is sad and darker."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % 3 == 0).astype(np.int64)
    pixels = rng.integers(0, 256, (count, side, side, channels)) * (1 - 0.6 * labels[:, None, None, None])
    return PhotoDataset(pixels.astype(np.uint8), labels)


def trained(config: RunConfig, train: PhotoDataset, validation: PhotoDataset) -> tuple[Trainer, list[EpochResult]]:
    """Train a network from the weights of its seed."""
    import keras

    keras.utils.set_random_seed(config.seed)
    trainer = Trainer(build(config), config)
    return trainer, list(trainer.epochs(train, validation))


def compiled(model: Any, config: RunConfig) -> Any:
    """Return the network as a person who knows Keras would compile it for these settings."""
    import keras

    crossentropy = config.loss == "binary_crossentropy"
    optimizer: dict[str, Any] = {"class_name": config.optimizer, "config": {"learning_rate": config.learning_rate}}
    if config.weight_decay:
        optimizer["config"]["weight_decay"] = config.weight_decay
    if config.optimizer == "momentum":
        optimizer = {"class_name": "sgd", "config": {**optimizer["config"], "momentum": 0.9}}
    loss, accuracy = config.loss, keras.metrics.BinaryAccuracy(name="accuracy")
    if config.output_activation == "softmax":
        loss = "categorical_crossentropy" if crossentropy else "mean_squared_error"
        accuracy = keras.metrics.CategoricalAccuracy(name="accuracy")
    elif config.output_activation == "linear" and crossentropy:
        loss, accuracy = (
            keras.losses.BinaryCrossentropy(from_logits=True),
            keras.metrics.BinaryAccuracy("accuracy", threshold=0),
        )
    elif config.output_activation == "linear":
        model = probability_model(model, config)
    model.compile(keras.optimizers.get(optimizer), loss, metrics=[accuracy])
    return model


def keras_trained(config: RunConfig, train: PhotoDataset, validation: PhotoDataset) -> tuple[Any, list[Any]]:
    """Train the same network with Keras' own fit, one epoch after the other in the order that the seed gives."""
    import keras

    keras.utils.set_random_seed(config.seed)
    network = build(config)
    model, history, n, size = compiled(network, config), [], len(train.labels), config.batch_size

    def truth(labels: np.ndarray) -> np.ndarray:
        labels = labels.reshape(-1, 1).astype(np.float32)
        return np.hstack([1 - labels, labels]) if config.output_activation == "softmax" else labels

    balanced = {label: n / (2 * np.sum(train.labels == label)) for label in (0, 1)}
    for epoch in range(1, config.epochs + 1):
        if epoch == config.unfreeze_epoch:
            blocks = model.get_layer("starter")
            blocks.trainable = True
            for layer in blocks.layers:
                layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
            model = compiled(model, config)
            model.optimizer.learning_rate = config.learning_rate / 10
        order = rng_for("order", config.seed, epoch).permutation(n)
        batches = [order[start : start + size] for start in range(0, n, size)]
        batches_of_photos, batches_of_labels = [], []
        for step, rows in enumerate(batches, start=1):
            rng = rng_for("augmentation", config.seed, epoch, step)
            pixels = augment(train.pixels(rows), config, rng)
            pixels, labels = mix(pixels, train.labels[rows, None].astype(np.float32), config, rng)
            batches_of_photos.append(pixels)
            batches_of_labels.append(labels)
        if config.schedule == "cosine":
            passed = (epoch - 1) / config.epochs
            model.optimizer.learning_rate = config.learning_rate * (1 + math.cos(math.pi * passed)) / 2
        fitted = model.fit(
            np.concatenate(batches_of_photos).astype(np.float32),
            truth(np.concatenate(batches_of_labels)),
            batch_size=size,
            shuffle=False,
            verbose=0,
            class_weight=balanced if config.class_weights == "balanced" else None,
        )
        renew_statistics(network, [train.pixels(rows) for rows in batches])
        validated = model.evaluate(
            validation.pixels().astype(np.float32), truth(validation.labels), verbose=0, return_dict=True
        )
        history.append(
            {name: values[0] for name, values in fitted.history.items()}
            | {f"val_{name}": value for name, value in validated.items()}
        )
    return model, history


def renew_statistics(network: Any, batches: list[np.ndarray]) -> None:
    """Take the averages of batch normalization anew, as a person who knows Keras would: by a momentum that falls."""
    import keras

    layers = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    seen = 0
    for pixels in batches if layers else []:
        for layer in layers:
            layer.momentum = seen / (seen + len(pixels))
        network(pixels.astype(np.float32), training=True)
        seen += len(pixels)
    for layer in layers:
        layer.momentum = 0.99


@pytest.mark.parametrize(
    "settings",
    [
        *({"hidden_activation": name} for name in HIDDEN_ACTIVATIONS),
        {"hidden_activation": "relu", "optimizer": "rmsprop"},
        {"hidden_activation": "tanh", "optimizer": "sgd", "learning_rate": 0.01, "loss": "mean_squared_error"},
        {"hidden_activation": "sigmoid", "output_activation": "relu", "loss": "mean_squared_error"},
        {"output_activation": "linear", "optimizer": "adamw"},
        {"output_activation": "linear", "loss": "mean_squared_error", "optimizer": "momentum"},
        {"output_activation": "softmax", "optimizer": "nadam"},
        {"output_activation": "softmax", "loss": "mean_squared_error"},
        {"output_activation": "tanh", "class_weights": "balanced"},
        {"output_activation": "softmax", "class_weights": "balanced", "schedule": "cosine"},
        {"batch_normalization": True, "color": "grey"},
        {"flip": True, "rotation": 10.0, "brightness": 0.2, "crop": 0.1},
        {"mixup": 0.4, "optimizer": "adamw", "weight_decay": 0.1},
        {"mixup": 1.0, "output_activation": "softmax", "optimizer": "sgd", "weight_decay": 0.01},
        BEGUN | {"batch_normalization": True},
        BEGUN | {"unfreeze_epoch": 2, "dense_units": ()},
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
@pytest.mark.usefixtures("starter_weights")
def test_own_step_equals_keras_fit(settings: dict[str, Any]) -> None:
    """After two epochs with a smaller last batch, weights, losses and accuracies are those of Keras."""
    config = tiny(**settings)
    seen = {"channels": config.channels, "side": config.image_size}
    train, validation = photos(**seen), photos(9, seed=1, **seen)
    trainer, results = trained(config, train, validation)
    model, history = keras_trained(config, train, validation)
    for ours, theirs in zip(trainer.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    for result, record in zip(results, history, strict=True):
        assert result.loss == pytest.approx(record["loss"], rel=1e-4)
        # Keras knows no accuracy for a label between the two.
        assert config.mixup or result.accuracy == pytest.approx(record["accuracy"])
        assert result.validation_loss == pytest.approx(record["val_loss"], rel=1e-4)
        assert result.validation_accuracy == pytest.approx(record["val_accuracy"])


# Feature maps so large that a batch is computed in micro-batches; the last batch and its last micro-batch are smaller.
LARGE: dict[str, Any] = {"image_size": 256, "filters": (2,), "batch_size": 24}


@pytest.mark.parametrize("settings", [{}, {"class_weights": "balanced", "output_activation": "softmax"}])
def test_micro_batches_give_the_numbers_of_the_whole_batch(settings: dict[str, Any]) -> None:
    """Added up over micro-batches, gradients, losses and rates are those of Keras' fit on whole batches."""
    config = tiny(**LARGE, **settings)
    assert micro_batch(config) < config.batch_size
    train, validation = photos(30, side=256), photos(9, seed=1, side=256)
    trainer, results = trained(config, train, validation)
    model, history = keras_trained(config, train, validation)
    for ours, theirs in zip(trainer.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
    assert [result.loss for result in results] == pytest.approx([record["loss"] for record in history], rel=1e-4)
    assert results[-1].validation_loss == pytest.approx(history[-1]["val_loss"], rel=1e-4)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_micro_batches_give_the_same_numbers_each_time(dropout: float) -> None:
    """Computed side by side or not, with dropout or without, they end with the same bits."""
    config, train = tiny(**LARGE, dropout=dropout), photos(30, side=256)
    first, second = (trained(config, train, train.subset(np.arange(5)))[0].state() for _ in range(2))
    assert all((first[name] == second[name]).all() for name in first)


def test_batch_normalization_sees_whole_batches() -> None:
    """Its means are those of a batch, so such a network is never computed in micro-batches."""
    assert micro_batch(tiny(**LARGE, batch_normalization=True)) == LARGE["batch_size"]
    assert micro_batch(tiny()) == BATCH_SIZE


def test_metrics_are_those_of_the_epoch_s_predictions() -> None:
    """With fixed weights, training and validation on the same photos have the same metrics."""
    config = tiny(learning_rate=1e-30, optimizer="sgd", epochs=1, schedule="cosine")
    trainer, [result] = trained(config, photos(), photos())
    p_sad = trainer.predict(photos().pixels())
    np.testing.assert_allclose(result.validation_p_sad, p_sad, atol=1e-6)
    assert Metrics.of(photos().labels, p_sad) == (result.accuracy, result.precision, result.recall, result.auc)
    validation = (result.validation_accuracy, result.validation_precision, result.validation_recall)
    assert (*validation, result.validation_auc) == Metrics.of(photos().labels, p_sad)
    assert result.learning_rate == pytest.approx(1e-30)
    assert "validation_p_sad" not in result.record()


def test_mixed_precision_is_for_training_only() -> None:
    """Trained in half precision the numbers are close and not equal; weights and P(sad) are float32 nevertheless."""
    train, validation = photos(), photos(9, seed=1)
    (whole, [whole_epoch]), (half, [half_epoch]) = (
        trained(tiny(mixed_precision=mixed, epochs=1), train, validation) for mixed in (False, True)
    )
    assert half_epoch.loss != whole_epoch.loss
    assert half_epoch.loss == pytest.approx(whole_epoch.loss, rel=0.02)
    assert {str(weights.dtype) for weights in half.model.get_weights()} == {"float32"}
    assert {layer.compute_dtype for layer in half.model.layers} == {"float32"}
    half.model.set_weights(whole.model.get_weights())
    np.testing.assert_array_equal(half.predict(validation.pixels()), whole.predict(validation.pixels()))


EVERYTHING: dict[str, Any] = {
    **{"batch_normalization": True, "dropout": 0.5, "schedule": "exponential", "class_weights": "balanced"},
    **{"flip": True, "rotation": 10.0, "brightness": 0.2, "crop": 0.1, "mixup": 0.3},
}


@pytest.mark.parametrize("settings", [{}, EVERYTHING], ids=["plain", "everything"])
def test_same_seed_gives_the_same_numbers_and_another_seed_others(settings: dict[str, Any]) -> None:
    """Training twice gives equal weights to the last bit; the seed decides them, dropout and augmentation included."""
    train, validation = photos(), photos(9, seed=1)
    weights, losses = [], []
    for seed in (5, 5, 6):
        trainer, results = trained(tiny(seed=seed, **settings), train, validation)
        weights.append(np.concatenate([weight.ravel() for weight in trainer.model.get_weights()]))
        losses.append([result.loss for result in results])
    assert (weights[0] == weights[1]).all()
    assert losses[0] == losses[1]
    assert (weights[0] != weights[2]).any()


@pytest.mark.parametrize(
    ("settings", "done"),
    [
        ({}, 1),
        ({"optimizer": "nadam", **EVERYTHING}, 2),
        ({"early_stopping": 1, "learning_rate": 1.0}, 1),
        ({"early_stopping": 1, "learning_rate": 1.0}, 2),
        ({"early_stopping": 3, "optimizer": "momentum"}, 3),
        *((BEGUN | {"unfreeze_epoch": 3, "early_stopping": 3}, done) for done in (1, 2, 3)),
    ],
)
@pytest.mark.usefixtures("starter_weights")
def test_resumed_run_ends_with_the_numbers_of_an_unbroken_one(settings: dict[str, Any], done: int) -> None:
    """Taken up after any epoch, by a fresh trainer from a stored state, a run goes on to the same last bit."""
    config = tiny(**{"epochs": 4, **settings})
    seen = {"channels": config.channels, "side": config.image_size}
    train, validation = photos(**seen), photos(9, seed=1, **seen)
    unbroken, wanted = trained(config, train, validation)
    first = trainer_of(config)
    for _ in zip(range(done), first.epochs(train, validation), strict=False):
        stored = io.BytesIO()
        np.savez(stored, **first.state())
    stored.seek(0)
    second = Trainer(build(config), config)
    second.restore(np.load(stored))
    results = list(second.epochs(train, validation, first_epoch=done + 1))
    assert [numbers(result) for result in results] == [numbers(result) for result in wanted[done:]]
    assert second.kept_epoch == unbroken.kept_epoch
    for ours, theirs in zip(second.state().items(), unbroken.state().items(), strict=True):
        np.testing.assert_array_equal(ours[1], theirs[1], err_msg=ours[0])


@pytest.mark.usefixtures("starter_weights")
def test_starter_s_blocks_stay_as_they_are_until_they_are_unfrozen() -> None:
    """Frozen, no number of them changes; unfrozen, kernels are trained at a tenth of the rate, normalization is not."""
    config = tiny(**BEGUN, unfreeze_epoch=2, mixed_precision=True)
    trainer = trainer_of(config)
    before, seen = trainer.model.get_layer("starter").get_weights(), photos(channels=1, side=48)
    moved = []
    for result in trainer.epochs(seen, seen):
        after = trainer.model.get_layer("starter").get_weights()
        moved.append([bool((old != new).any()) for old, new in zip(before, after, strict=True)])
        assert result.learning_rate == pytest.approx(config.learning_rate / 10 ** (result.epoch - 1))
    assert moved == [[False] * 10, [True, False, False, False, False] * 2]


def numbers(result: EpochResult) -> dict[str, Any]:
    """Return the results of an epoch without its time."""
    return {**result.record(), "seconds": 0}


@pytest.mark.parametrize("other", [{"filters": (5,)}, {"optimizer": "sgd"}, {"early_stopping": 2}])
def test_state_of_another_run_is_refused(other: dict[str, Any]) -> None:
    """What does not fit is reported, and nothing is changed."""
    trainer, before = trainer_of(tiny()), trainer_of(tiny()).state()
    with pytest.raises(DataError, match=r"does not belong to this run.*differing=\["):
        trainer.restore(trainer_of(tiny(**other)).state())
    assert all((trainer.state()[name] == before[name]).all() for name in before)


@pytest.mark.parametrize(("count", "batch_size"), [(21, 8), (16, 8), (5, 8), (9, 1)])
def test_every_photo_is_seen_once_per_epoch(count: int, batch_size: int) -> None:
    """The last, smaller batch counts, and every step is reported."""
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


def test_network_learns_what_can_be_learned() -> None:
    """On photos that differ in brightness the loss falls and the classes come apart."""
    trainer, results = trained(tiny(epochs=40, learning_rate=0.01), photos(), photos(15, seed=1))
    assert results[-1].loss < results[0].loss / 2
    assert results[-1].validation_accuracy >= 0.9
    unseen = photos(15, seed=2)
    p_sad = trainer.predict(unseen.pixels())
    assert p_sad[unseen.labels == 1].mean() > p_sad[unseen.labels == 0].mean() + 0.5


def test_validation_photos_are_only_looked_at() -> None:
    """Other validation photos change no weight."""
    first, _ = trained(tiny(), photos(), photos(9, seed=1))
    second, _ = trained(tiny(), photos(), photos(30, seed=2))
    for left, right in zip(first.model.get_weights(), second.model.get_weights(), strict=True):
        assert (left == right).all()


def test_prediction_does_not_depend_on_the_batch() -> None:
    """P(sad) of a photo is the same alone and among others."""
    trainer, _ = trained(tiny(), photos(), photos(9))
    pixels = photos().pixels()
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


def test_early_stopping_ends_with_the_best_weights() -> None:
    """Training ends as many epochs after the best as was asked for, and the network kept is that of the best epoch."""
    # Labels that have nothing to do with the photos: the validation loss soon rises.
    config, validation = tiny(early_stopping=3, epochs=200, learning_rate=0.003), photos(9, seed=1)
    train = PhotoDataset(photos().pixels(), np.random.default_rng(1).permutation(photos().labels))
    trainer, results = trained(config, train, validation)
    losses = [result.validation_loss for result in results]
    assert trainer.kept_epoch == int(np.argmin(losses)) + 1 == len(results) - 3
    p_sad = trainer.predict(validation.pixels())
    loss = -np.log(np.where(validation.labels == 1, p_sad, 1 - p_sad)).mean()
    assert loss == pytest.approx(losses[trainer.kept_epoch - 1], rel=1e-4)


def test_without_early_stopping_the_last_weights_are_kept() -> None:
    """Every epoch is trained, and nothing is put back."""
    trainer, results = trained(tiny(epochs=3), photos(), photos(9, seed=1))
    assert (trainer.kept_epoch, len(results)) == (None, 3)


@pytest.mark.parametrize("output_activation", ["sigmoid", "linear", "relu", "tanh", "softmax"])
def test_prediction_is_that_of_the_network_that_is_kept(output_activation: str) -> None:
    """P(sad) of the trainer is what the exported model says, whatever the output units are."""
    config = tiny(output_activation=output_activation, epochs=1)
    trainer, _ = trained(config, photos(), photos(9))
    pixels = photos(12, seed=3).pixels()
    kept = np.asarray(probability_model(trainer.model, config)(pixels.astype(np.float32))).reshape(-1)
    np.testing.assert_allclose(trainer.predict(pixels), kept, atol=1e-6)


def test_augmentation_is_for_training_photos_only() -> None:
    """With the weights held still, the loss on validation photos is the same with and without it; in training not."""
    still = {"learning_rate": 1e-30, "optimizer": "sgd", "epochs": 1}
    _, [plain] = trained(tiny(**still), photos(), photos(9, seed=1))
    _, [changed] = trained(tiny(**still, brightness=0.9), photos(), photos(9, seed=1))
    assert changed.validation_loss == plain.validation_loss
    assert changed.loss != plain.loss
