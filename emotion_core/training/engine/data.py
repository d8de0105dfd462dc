"""Which photos an epoch trains on and is checked with: always the same, or drawn anew each time as published.

The source study's pipeline shuffles all photos whenever it is read and takes the parts by position. So every photo is
trained on sooner or later, and what is called its test is none.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from emotion_core.dataset import SPLITS, Snapshot
from emotion_core.dataset.snapshots import release, rows_of
from emotion_core.images import Pixels
from emotion_core.training.config import RunConfig
from emotion_core.training.engine.rng import rng_for


@dataclass(frozen=True)
class PhotoDataset:
    """Photos with their labels. Pixels stay where they are, on disk if need be, until some are asked for.

    Attributes:
        source: uint8 of shape ``(m, size, size, channels)``; may be mapped from disk.
        labels: 0 (happy) or 1 (sad), int64 of shape ``(n,)``.
        rows: where in ``source`` each photo is, shape ``(n,)``; None where the source is these photos.
    """

    source: Pixels
    labels: npt.NDArray[np.int64]
    rows: npt.NDArray[np.intp] | None = None

    def for_epoch(self, epoch: int) -> "PhotoDataset":
        """Return these photos, whatever the epoch."""
        return self

    def subset(self, places: npt.NDArray[np.intp]) -> "PhotoDataset":
        """Return some of the photos, by their places among these; nothing is copied but their labels."""
        return PhotoDataset(self.source, self.labels[places], places if self.rows is None else self.rows[places])

    def pixels(self, places: npt.NDArray[np.intp] | slice = slice(None)) -> Pixels:
        """Return the pixels of some or all of the photos, by their places among these."""
        wanted = places if self.rows is None else self.rows[places]
        if isinstance(wanted, slice):
            # What was read before, all photos in the end, would count as this process's memory.
            release(self.source)
            return self.source[wanted]
        return rows_of(self.source, wanted)


class SplitData(Protocol):
    """Photos of one split; an epoch, counted from 1, may have its own."""

    def for_epoch(self, epoch: int) -> PhotoDataset:
        """Return the photos of that epoch."""


@dataclass(frozen=True)
class ReshuffledSplit:
    """One split, drawn anew from all photos in each epoch.

    Attributes:
        photos: all photos of the snapshot.
        split: ``train`` or ``validation``.
        snapshot: whose splits say how many photos each part has.
        seed: the run's.
    """

    photos: PhotoDataset
    split: str
    snapshot: Snapshot
    seed: int

    def for_epoch(self, epoch: int) -> PhotoDataset:
        """Return the photos of that epoch."""
        drawn = _drawn(self.snapshot, self.seed, epoch, SPLITS.index(self.split) + 1)
        return self.photos.subset(np.flatnonzero(drawn == self.split))


def training_data(config: RunConfig, snapshot: Snapshot, pixels: Pixels) -> tuple[SplitData, SplitData]:
    """Return the training and the validation photos of a run.

    Args:
        config: says whether the split is fixed.
        snapshot: the photos.
        pixels: theirs, uint8 of shape ``(n, size, size, channels)``.
    """
    photos = PhotoDataset(pixels, snapshot.labels)

    def part(split: str) -> SplitData:
        if config.leaks:
            return ReshuffledSplit(photos, split, snapshot, config.seed)
        return photos.subset(snapshot.rows(split))

    return part("train"), part("validation")


def scored_splits(config: RunConfig, snapshot: Snapshot) -> list[str]:
    """Return the split of each photo when the trained network is judged, in the order of the snapshot.

    A reshuffled run is judged on one more pass over its photos, as published.
    """
    if config.leaks:
        return list(map(str, _drawn(snapshot, config.seed, config.epochs + 1, 1)))
    return [item.split for item in snapshot.items]


def _drawn(snapshot: Snapshot, seed: int, epoch: int, number: int) -> npt.NDArray[np.str_]:
    """Return the split that each photo falls into in one pass, as often each as in the snapshot, shape ``(n,)``."""
    return rng_for("pass", seed, epoch, number).permutation([item.split for item in snapshot.items])
