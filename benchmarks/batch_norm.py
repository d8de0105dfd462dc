"""Does batch normalization deliver what was trained?

Run from the checkout: ``python -m benchmarks.batch_norm PHOTOS [--seeds 3] [--side 48] [--epochs 45]``. Imports the
photos (folders ``happy`` and ``sad``) into an empty workspace and splits them as a study does. Then it trains the
preset ``modern`` with 2 (36 photos), 9 and 20 steps an epoch. The weights do not depend on the statistics that a
network predicts with, so each training is judged with several of them, after every epoch:

- renewed: over three passes through the training photos with the weights as they are, what the training approximates;
- renewed once: over one pass;
- keras: moving averages with Keras' momentum of .99;
- N epochs: moving averages that look back over as many epochs; and the project's own, ``batch_norm_momentum``.

Prints, for each, accuracy and AUC on training, validation and test photos after the last epoch, how far the validation
losses of all epochs are from those with renewed statistics, the test AUC of the epoch that early stopping would keep,
and what renewing costs. Promised: the project's AUCs are within .02 of the renewed ones, on average over the seeds.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
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
from emotion_core.training.config import preset_named
from emotion_core.training.engine import (
    PhotoDataset,
    Trainer,
    batch_norm_layers,
    batch_norm_momentum,
    trainer_of,
)

# Training photos, 0 for all, and batch size: 2, 9 and 20 steps an epoch for 288 of 480 photos.
SCHEDULES = ((36, 32), (0, 32), (0, 15))
RENEWED, PROMISED = "renewed", 0.02
PASSES = {RENEWED: 3, "renewed once": 1}
WINDOWS = (0.5, 1, 2, 5)

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
    asked = options.parse_args()
    settings = {**preset_named("modern").settings, "image_size": asked.side, "epochs": asked.epochs}
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


def _trained(config: RunConfig, splits: dict[str, PhotoDataset]) -> TrainedRun:
    trainer, train = trainer_of(config), splits["train"]
    steps = -(-len(train.labels) // config.batch_size)
    own = batch_norm_momentum(config, len(train.labels)) or 0.0
    momentums = {"keras": 0.99, f"own {own}": own}
    momentums |= {f"{window} epochs": max(1 - 1 / (window * steps), 0.0) for window in WINDOWS}
    averages = {name: _statistics(trainer) for name in momentums}

    def follow(*_: int) -> None:
        batch = _statistics(trainer)
        for name, momentum in momentums.items():
            averages[name] = [
                momentum * old + (1 - momentum) * new for old, new in zip(averages[name], batch, strict=True)
            ]

    judged, training, renewing = [], 0.0, 0.0
    # With a momentum of 0 the layers hold the last batch's statistics after each step.
    trainer.batch_norm_momentum = 0.0
    for result in trainer.epochs(train, splits["validation"], on_step=follow):
        training += result.seconds
        sets = dict(averages)
        for name, passes in PASSES.items():
            began = time.perf_counter()
            sets[name] = renewed(trainer, train, result.epoch, passes)
            renewing += time.perf_counter() - began if passes == 1 else 0.0
        judged.append({name: _judged(trainer, statistics, splits) for name, statistics in sets.items()})
    return TrainedRun(judged, training, renewing)


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


def renewed(trainer: Trainer, photos: PhotoDataset, epoch: int, passes: int) -> Statistics:
    """Return the statistics over passes through the photos, with the weights as they are.

    Args:
        trainer: of a network whose momentum is 0.
        photos: to train on.
        epoch: whose order of photos is taken.
        passes: through all photos, each in an order of its own.
    """
    n, size = len(photos.labels), trainer.config.batch_size
    orders = [np.random.default_rng((trainer.config.seed, epoch, number)).permutation(n) for number in range(passes)]
    sums: list[npt.NDArray[np.float64]] = []
    for rows in _batches(orders, size):
        trainer.model(photos.pixels(rows).astype(np.float32), training=True)
        batch = _statistics(trainer)
        # Of a mean and a variance, sums of x and of x squared.
        moments = [
            moment
            for average, variance in zip(batch[::2], batch[1::2], strict=True)
            for moment in (average, variance + average**2)
        ]
        weighted = [len(rows) * moment.astype(np.float64) for moment in moments]
        sums = [total + new for total, new in zip(sums, weighted, strict=True)] if sums else weighted
    shares = [total / (n * passes) for total in sums]
    pairs = zip(shares[::2], shares[1::2], strict=True)
    return [value.astype(np.float32) for average, square in pairs for value in (average, square - average**2)]


def _batches(orders: Sequence[npt.NDArray[np.intp]], size: int) -> Iterator[npt.NDArray[np.intp]]:
    for order in orders:
        yield from (order[start : start + size] for start in range(0, len(order), size))


def _judged(trainer: Trainer, statistics: Statistics, splits: dict[str, PhotoDataset]) -> Judged:
    _assign(trainer, statistics)
    predicted = [
        SplitPredictions(splits[name].labels, trainer.predict(splits[name].pixels()).astype(np.float64))
        for name in SPLITS
    ]
    return Judged(*predicted)


def _report(title: str, runs: Sequence[TrainedRun]) -> None:
    share = sum(run.renewing_seconds for run in runs) / sum(run.training_seconds for run in runs)
    print(f"\n{title}: renewing after each epoch takes {share:.0%} of the training's time", flush=True)
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
