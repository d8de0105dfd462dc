"""The record of a snapshot: photos with their labels and splits, and the folds that each seed draws from them."""

import functools
import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from emotion_core.dataset.catalog import LABELS, SPLITS
from emotion_core.dataset.snapshots.predefined import PredefinedSplit
from emotion_core.dataset.snapshots.splits import assign_folds
from emotion_core.errors import DataError


@dataclass(frozen=True, slots=True)
class SnapshotItem:
    """One photo of a snapshot.

    Attributes:
        photo_id: id in the catalog.
        label: ``happy`` or ``sad``, at the time of the snapshot.
        split: ``train``, ``validation`` or ``test``; with folds, the split in the first fold of seed 0.
        folds: split in each fold of a cross-validation, for runs with seed 0; empty without folds.
        cluster: near-copy cluster, which stays together in the folds of every seed; empty without near copies, and in
            snapshots without folds.
    """

    photo_id: str
    label: str
    split: str
    folds: tuple[str, ...] = ()
    cluster: str = ""


@dataclass(frozen=True)
class Snapshot:
    """Photos with their labels and splits, identified by a fingerprint of these.

    Attributes:
        fingerprint: first 16 hexadecimal digits of the SHA-256 of photos, labels and splits; equal snapshots have equal
            fingerprints.
        items: photos, sorted by id.
        seed: seed of the split.
        created_at: time of creation, in seconds since 1970.
        clusters: number of near-copy clusters among the photos; None in snapshots from before this was recorded.
        fold_validation: share of the photos used for validation in each fold, from which each seed's own folds follow;
            None without folds, and in snapshots from before seeds had folds of their own: all share those of the items.
        predefined: how the data set's own split became this one; None if the split was drawn.
        drawings: number of photos that are drawings, as those of the sample gallery; None in snapshots from before
            this was recorded.
    """

    fingerprint: str
    items: tuple[SnapshotItem, ...]
    seed: int
    created_at: float
    clusters: int | None = None
    fold_validation: float | None = None
    predefined: PredefinedSplit | None = None
    drawings: int | None = None

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """0 (happy) or 1 (sad) for each item, int64 of shape ``(n,)``."""
        return np.array([LABELS.index(item.label) for item in self.items], dtype=np.int64)

    @property
    def folds(self) -> int:
        """Number of folds of a cross-validation; 0 for none."""
        return len(self.items[0].folds) if self.items else 0

    def of_fold(self, fold: int, seed: int = 0) -> "Snapshot":
        """Return the same photos with the split of one fold.

        Args:
            fold: counted from 1; fold 0 is the snapshot itself.
            seed: of the run. Each seed draws its own folds, unless the snapshot is from before it did.

        Raises:
            DataError: there is no such fold, or near copies leave a part of this seed's folds without a class.
        """
        if not fold:
            return self
        if fold > self.folds:
            raise DataError(
                f"The snapshot {self.fingerprint} has no such fold. Expected a fold from 1 to {self.folds}. "
                f"Received: fold={fold}. Start a new study from the catalog."
            )
        table = _folds_of(self, seed)
        items = [replace(item, split=folds[fold - 1]) for item, folds in zip(self.items, table, strict=True)]
        return replace(self, items=tuple(items))

    def rows(self, split: str) -> npt.NDArray[np.intp]:
        """Return the positions of one split's items, ascending, intp of shape ``(m,)``."""
        return np.flatnonzero([item.split == split for item in self.items])

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of photos by split and label, as in ``counts()["test"]["sad"]``."""
        table = {split: dict.fromkeys(LABELS, 0) for split in SPLITS}
        for item in self.items:
            table[item.split][item.label] += 1
        return table


@functools.lru_cache(maxsize=8)
def _folds_of(snapshot: Snapshot, seed: int) -> list[tuple[str, ...]]:
    """Return the split of each photo in each fold, for the runs of a seed."""
    if not seed or snapshot.fold_validation is None:
        return [item.folds for item in snapshot.items]
    return assign_folds(
        snapshot.labels.tolist(),
        [item.cluster or item.photo_id for item in snapshot.items],
        folds=snapshot.folds,
        validation=snapshot.fold_validation,
        seeds=(snapshot.seed, seed),
    )


def content_fingerprint(snapshot: Snapshot) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of photos, labels, splits and what folds follow from."""
    rows: list[list[Any]] = [[item.photo_id, item.label, item.split, *item.folds] for item in snapshot.items]
    if snapshot.fold_validation is not None:  # all that the folds of other seeds follow from
        rows = [[*row, item.cluster] for row, item in zip(rows, snapshot.items, strict=True)]
        rows.append([snapshot.seed, snapshot.fold_validation])
    text = json.dumps(rows)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
