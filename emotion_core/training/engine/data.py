"""The training and validation photos of each epoch: a fixed split, or one that is redrawn as in the source study.

The source study's pipeline shuffles all photos whenever it is read and takes the parts by position. So every photo is
trained on sooner or later, and its test photos are no test.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from emotion_core.dataset import LABELS, SPLITS, Snapshot
from emotion_core.dataset.snapshots import release, rows_of
from emotion_core.images import Pixels
from emotion_core.training.config import RunConfig
from emotion_core.training.engine.rng import rng_for


@dataclass(frozen=True)
class PhotoDataset:
    """Photos with their labels; their pixels may stay on disk until they are needed.

    Attributes:
        source: pixels, uint8 of shape ``(m, size, size, channels)``; may be mapped from disk.
        labels: 0 (happy), 1 (sad) or 2 (neither), int64 of shape ``(n,)``.
        rows: row of each photo in ``source``, shape ``(n,)``; None if the source holds just these photos in order.
    """

    source: Pixels
    labels: npt.NDArray[np.int64]
    rows: npt.NDArray[np.intp] | None = None

    def for_epoch(self, epoch: int) -> "PhotoDataset":
        """Return these photos: they are the same in every epoch."""
        return self

    def subset(self, indices: npt.NDArray[np.intp]) -> "PhotoDataset":
        """Return some of these photos; only their labels are copied."""
        return PhotoDataset(self.source, self.labels[indices], indices if self.rows is None else self.rows[indices])

    def pixels(self, indices: npt.NDArray[np.intp] | slice = slice(None)) -> Pixels:
        """Return the pixels of some or all of these photos, uint8 of shape ``(k, size, size, channels)``."""
        rows = indices if self.rows is None else self.rows[indices]
        if isinstance(rows, slice):
            # Pages of a mapped file that were read before count as this process's memory until they are released; a
            # pass over all photos would end up with all of them.
            release(self.source)
            return self.source[rows]
        return rows_of(self.source, rows)


class SplitData(Protocol):
    """The photos of one split, which may differ between epochs."""

    def for_epoch(self, epoch: int) -> PhotoDataset:
        """Return the photos of an epoch, counted from 1."""


@dataclass(frozen=True)
class ReshuffledSplit:
    """One split, redrawn from all photos in each epoch.

    Attributes:
        photos: all photos of the snapshot.
        split: ``train`` or ``validation``.
        snapshot: whose split sizes are kept.
        seed: of the run.
    """

    photos: PhotoDataset
    split: str
    snapshot: Snapshot
    seed: int

    def for_epoch(self, epoch: int) -> PhotoDataset:
        """Return the photos of an epoch, counted from 1."""
        # Each split is a pass of its own, so training and validation photos of one epoch overlap, as published.
        splits = _reshuffled_splits(self.snapshot, self.seed, epoch, SPLITS.index(self.split) + 1)
        return self.photos.subset(np.flatnonzero(splits == self.split))


def training_data(
    config: RunConfig, snapshot: Snapshot, pixels: Pixels, neither: Pixels | None = None
) -> tuple[SplitData, SplitData]:
    """Return the training and the validation photos of a run.

    Args:
        config: its setting ``split`` decides whether the split is fixed.
        snapshot: with the labels and the split of the photos.
        pixels: of the snapshot's photos, uint8 of shape ``(n, size, size, channels)``.
        neither: of the faces of neither label that are trained on, likewise; they are read into memory.
    """
    photos = PhotoDataset(pixels, snapshot.labels)

    def split_data(split: str) -> SplitData:
        if config.leaks:
            return ReshuffledSplit(photos, split, snapshot, config.seed)
        return photos.subset(snapshot.rows(split))

    train = split_data("train")
    # No run with a reshuffled split learns neither: its settings refuse it.
    if neither is not None and isinstance(train, PhotoDataset):
        labels = np.concatenate([train.labels, np.full(len(neither), len(LABELS))])
        train = PhotoDataset(np.concatenate([train.pixels(), neither]), labels)
    return train, split_data("validation")


def scored_splits(config: RunConfig, snapshot: Snapshot) -> list[str]:
    """Return the split of each photo for scoring the trained network.

    A run with a reshuffled split is scored on one more pass over its photos, as published.

    Args:
        config: of the run.
        snapshot: of the run.

    Returns:
        A name of a split for each photo, in the order of the snapshot.
    """
    if config.leaks:
        return list(map(str, _reshuffled_splits(snapshot, config.seed, config.epochs + 1, 1)))
    return [item.split for item in snapshot.items]


def _reshuffled_splits(snapshot: Snapshot, seed: int, epoch: int, number: int) -> npt.NDArray[np.str_]:
    """Return the split of each photo in one pass, with the snapshot's split sizes, shape ``(n,)``."""
    return rng_for("pass", seed, epoch, number).permutation([item.split for item in snapshot.items])
