"""Does batch normalization deliver what was trained?

Run from the checkout: ``python -m benchmarks.batch_norm PHOTOS [--seeds 3] [--side 48] [--epochs 45] [--augment]``.
Imports the photos (folders ``happy`` and ``sad``) into an empty workspace and splits them as a study does. Then it
trains the preset ``modern`` with 2 (36 photos), 9 and 20 steps an epoch. The weights do not depend on the statistics
that a network predicts with, so each training is judged with several of them, after every epoch:

- renewed: as delivered, the mean over all batches with the weights as they are; with ``--augment`` also over photos
  that are augmented as in training;
- keras: moving averages with Keras' momentum of .99;
- N epochs: moving averages that look back over as many epochs.

Prints, for each, accuracy and AUC on training, validation and test photos after the last epoch; how far the validation
losses of all epochs are from the renewed ones; epoch, test AUC and validation AUC that early stopping would keep; and
what renewing costs. Promised: the loss on the training photos is within .05 of that with the statistics of each batch,
which the network was trained with.
"""

import argparse
import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import numpy as np
import numpy.typing as npt

from emotion_core.collect import import_path
from emotion_core.dataset import SPLITS, Catalog, freeze, snapshot_pixels
from emotion_core.settings import open_workspace
from emotion_core.training import RunConfig
from emotion_core.training.checks import SplitPredictions
from emotion_core.training.config import has_augmentation, preset_named
from emotion_core.training.engine import (
    PhotoDataset,
    Trainer,
    augment,
    batch_norm_layers,
    rng_for,
    trainer_of,
)

# Training photos, 0 for all, and batch size: 2, 9 and 20 steps an epoch for 288 of 480 photos.
SCHEDULES = ((36, 32), (0, 32), (0, 15))
RENEWED, PROMISED = "renewed", 0.05
AUGMENTATION = {"flip": True, "rotation": 15, "brightness": 0.3, "contrast": 0.3, "crop": 0.15}
WINDOWS = (0.25, 0.5, 1, 2)

Statistics = list[npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Judged:
    """A network's answers with one set of statistics, after one epoch."""

    train: SplitPredictions
    validation: SplitPredictions
    test: SplitPredictions

    @property
    def loss(self) -> float:
        """On the validation photos."""
        return self.validation.loss("binary_crossentropy")

    def row(self) -> list[float]:
        """Return accuracy and AUC of each split, in order."""
        rates = [split.rates for split in (self.train, self.validation, self.test)]
        return [value for rate in rates for value in (rate.accuracy, rate.auc or 0.0)]


def main() -> None:
    """Train, judge and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("photos", type=Path)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--side", type=int, default=48)
    options.add_argument("--epochs", type=int, default=45)
    options.add_argument("--activations", nargs="+", default=["relu", "tanh"])
    options.add_argument("--augment", action="store_true")
    asked = options.parse_args()
    settings = {**preset_named("modern").settings, "image_size": asked.side, "epochs": asked.epochs}
    settings |= AUGMENTATION if asked.augment else {}
    splits = _photos(asked.photos, RunConfig(**settings))
    for n_train, batch_size in SCHEDULES:
        parts = _few(splits, n_train) if n_train else splits
        for activation in asked.activations:
            runs = [
                _trained(RunConfig(**settings, hidden_activation=activation, batch_size=batch_size, seed=seed), parts)
                for seed in range(asked.seeds)
            ]
            _report(f"{activation}, {len(parts['train'].labels)} photos, batches of {batch_size}", runs)


def _photos(path: Path, config: RunConfig) -> dict[str, PhotoDataset]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        catalog = Catalog(open_workspace(folder))
        print(f"{import_path(catalog, path).added} photos")
        snapshot = freeze(catalog)
        photos = PhotoDataset(np.array(snapshot_pixels(catalog, snapshot, config.input_spec)), snapshot.labels)
        return {split: photos.subset(snapshot.rows(split)) for split in SPLITS}


def _few(splits: dict[str, PhotoDataset], n_train: int) -> dict[str, PhotoDataset]:
    """Return splits with a third as many validation as training photos, and all test photos."""
    counts = {"train": n_train, "validation": n_train // 3}
    return {name: _balanced(photos, counts[name]) if name in counts else photos for name, photos in splits.items()}


def _balanced(photos: PhotoDataset, count: int) -> PhotoDataset:
    rows = [np.flatnonzero(photos.labels == label)[: count // 2] for label in (0, 1)]
    return photos.subset(np.sort(np.concatenate(rows)))


@dataclass(frozen=True)
class TrainedRun:
    """One training: what its network answers after each epoch with each set of statistics, and times in seconds."""

    epochs: list[dict[str, Judged]]
    training_seconds: float
    renewing_seconds: float
    loss_of_batches: float


def _trained(config: RunConfig, splits: dict[str, PhotoDataset]) -> TrainedRun:
    trainer, train = trainer_of(config), splits["train"]
    steps = math.ceil(len(train.labels) / config.batch_size)
    momentums = {"keras": 0.99} | {f"{window} epochs": max(1 - 1 / (window * steps), 0.0) for window in WINDOWS}
    averages = {name: _statistics(trainer) for name in momentums}
    # With it the layers hold the last batch's statistics after each step.
    for layer in batch_norm_layers(trainer.model):
        layer.momentum = 0.0

    def follow(*_: int) -> None:
        batch = _statistics(trainer)
        for name, momentum in momentums.items():
            pairs = zip(averages[name], batch, strict=True)
            averages[name] = [momentum * old + (1 - momentum) * new for old, new in pairs]

    judged, training, renewing = [], 0.0, 0.0
    for result in trainer.epochs(train, splits["validation"], on_step=follow):
        sets = {RENEWED: _statistics(trainer), **averages}
        is_last = result.epoch == config.epochs
        if has_augmentation(config):
            trainer.renew_statistics(_augmented(train, config, result.epoch), result.epoch)
            sets["augmented"] = _statistics(trainer)
        began = time.perf_counter()
        trainer.renew_statistics(train, result.epoch)
        renewing += time.perf_counter() - began
        training += result.seconds
        judged.append({name: _judged(trainer, statistics, splits, is_last) for name, statistics in sets.items()})
    return TrainedRun(judged, training, renewing, _loss_of_batches(trainer, train))


def _augmented(photos: PhotoDataset, config: RunConfig, epoch: int) -> PhotoDataset:
    pixels = augment(np.array(photos.pixels()), config, rng_for("augmentation", config.seed, epoch, 0))
    return PhotoDataset(pixels, photos.labels)


def _loss_of_batches(trainer: Trainer, photos: PhotoDataset) -> float:
    """Return the loss on the training photos with the statistics of each batch, without dropout."""
    n, size = len(photos.labels), trainer.config.batch_size
    order = rng_for("order", trainer.config.seed, trainer.config.epochs).permutation(n)
    p_sad = np.zeros(n)
    for start in range(0, n, size):
        rows = order[start : start + size]
        value = photos.pixels(rows).astype(np.float32)
        for layer in trainer.model.layers:
            value = layer(value, training="normalization" in layer.name)
        p_sad[rows] = np.asarray(value)[:, 0]
    return SplitPredictions(photos.labels, p_sad).loss("binary_crossentropy")


def _statistics(trainer: Trainer) -> Statistics:
    """Return moving mean and variance of each layer."""
    return [
        np.array(variable)
        for layer in batch_norm_layers(trainer.model)
        for variable in (layer.moving_mean, layer.moving_variance)
    ]


def _assign(trainer: Trainer, statistics: Statistics) -> None:
    rest = list(statistics)
    for layer in batch_norm_layers(trainer.model):
        layer.moving_mean.assign(rest.pop(0))
        layer.moving_variance.assign(rest.pop(0))


def _judged(trainer: Trainer, statistics: Statistics, splits: dict[str, PhotoDataset], is_last: bool) -> Judged:
    """Predict with these statistics; the training photos only after the last epoch, which saves most of the time."""
    _assign(trainer, statistics)
    predicted = {
        name: SplitPredictions(splits[name].labels, trainer.predict(splits[name].pixels()).astype(np.float64))
        for name in SPLITS
        if is_last or name != "train"
    }
    return Judged(predicted.get("train", predicted["validation"]), predicted["validation"], predicted["test"])


def _report(title: str, runs: Sequence[TrainedRun]) -> None:
    trained = mean(run.loss_of_batches for run in runs)
    delivered = mean(run.epochs[-1][RENEWED].train.loss("binary_crossentropy") for run in runs)
    print(f"\n{title}: loss on training photos {trained:.3f} batch by batch, {delivered:.3f} as delivered")
    print(f"kept the promise: {abs(trained - delivered) <= PROMISED}")
    share = sum(run.renewing_seconds for run in runs) / sum(run.training_seconds for run in runs)
    print(f"renewing takes {share:.0%} of an epoch's time", flush=True)
    head = "training     validation   test         loss off  kept: epoch, test AUC, validation AUC claimed"
    print(f"{'':>14}  {head}")
    table: dict[str, list[list[float]]] = defaultdict(list)
    for run in runs:
        losses = [epoch[RENEWED].loss for epoch in run.epochs]
        for name, last in run.epochs[-1].items():
            off = mean(abs(epoch[name].loss - loss) for epoch, loss in zip(run.epochs, losses, strict=True))
            kept = min(range(len(run.epochs)), key=lambda number: run.epochs[number][name].loss)
            best = run.epochs[kept][name].row()
            table[name].append([*last.row(), off, kept + 1, best[5], best[3]])
    for name, rows in table.items():
        cells = [f"{value:.3f}" for value in np.mean(rows, axis=0)]
        print(
            f"{name:>14}  {' '.join(cells[:2])}  {' '.join(cells[2:4])}  {' '.join(cells[4:6])}  {'  '.join(cells[6:])}"
        )


if __name__ == "__main__":
    main()
