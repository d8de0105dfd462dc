"""Stratified, grouped splits: every part has the same share of sad photos, and near copies stay together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from emotion_core.errors import DataError

SPLITS = ("train", "validation", "test")
MIN_PHOTOS_PER_CLASS = 5
TOLERANCE = 1e-6  # squared photos; smaller gains are rounding, and could go round in circles

_Counts = npt.NDArray[np.int64]
_Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SplitFractions:
    """Shares of the photos in each part; training gets the rest.

    Attributes:
        validation: share for choosing the champion, above 0.
        test: share for the final figures, above 0.
    """

    validation: float = 0.2
    test: float = 0.2

    def __post_init__(self) -> None:
        if not (self.validation > 0 and self.test > 0 and self.validation + self.test < 1):
            raise DataError(
                "The split fractions cannot be used. Expected both above 0 and a sum below 1, so that photos are left "
                f"for training. Received: validation={self.validation}, test={self.test}."
            )

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """Shares of train, validation and test, float64 of shape ``(3,)``."""
        return np.array([1 - self.validation - self.test, self.validation, self.test])


def assign_splits(labels: Sequence[int], groups: Sequence[str], *, fractions: SplitFractions, seed: int) -> list[str]:
    """Return the split of each photo.

    Groups are dealt out whole, largest first, each to the part that is furthest below its share of the group's class.
    Then groups move or change places between parts for as long as that brings the parts nearer to their shares.

    Args:
        labels: 0 (happy) or 1 (sad), length n.
        groups: near-copy cluster of each photo, length n; a photo without near copies has a group of its own.
        fractions: shares of the parts.
        seed: chooses among the equally good splits.

    Returns:
        ``train``, ``validation`` or ``test`` for each photo, in the order given.

    Raises:
        DataError: too few photos of a class, or near copies leave a part without one.
    """
    codes = np.asarray(labels, dtype=np.int64)
    _check_enough(codes)
    split = _parts(codes, groups, fractions.shares, np.random.default_rng(seed))
    for number, name in enumerate(SPLITS):
        _check_both(codes[split == number], f"{name} part")
    return [SPLITS[number] for number in split]


def assign_folds(
    labels: Sequence[int], groups: Sequence[str], *, folds: int, validation: float, seed: int
) -> list[tuple[str, ...]]:
    """Return the split of each photo in each fold of a cross-validation: it is a test photo in exactly one of them.

    The folds are dealt out as the parts of one split are: groups stay together, and the classes are balanced. Of what
    a fold leaves, a part of its own is for validation.

    Args:
        labels: 0 (happy) or 1 (sad), length n.
        groups: near-copy cluster of each photo, length n; a photo without near copies has a group of its own.
        folds: how many, 2 to 10.
        validation: share of all photos that is for validation in each fold, above 0 and below ``1 - 1 / folds``.
        seed: chooses among the equally good folds.

    Returns:
        For each photo, in the order given, ``train``, ``validation`` or ``test`` in each of the folds.

    Raises:
        DataError: too few photos of a class, or near copies leave a part of a fold without one.
    """
    codes = np.asarray(labels, dtype=np.int64)
    _check_enough(codes, folds)
    held_out = _parts(codes, groups, np.full(folds, 1 / folds), np.random.default_rng(seed))
    share = validation / (1 - 1 / folds)
    for fold in range(folds):
        _check_both(codes[held_out == fold], f"test part of fold {fold + 1} of {folds}", ", fewer folds")
    table = np.full((folds, len(codes)), SPLITS.index("test"))
    for fold, split in enumerate(table):
        rest = np.flatnonzero(held_out != fold).tolist()
        chance = np.random.default_rng([seed, fold])
        split[rest] = _parts(codes[rest], [groups[row] for row in rest], np.array([1 - share, share]), chance)
        for number, name in enumerate(SPLITS[:2]):
            _check_both(codes[split == number], f"{name} part of fold {fold + 1} of {folds}", ", fewer folds")
    return [tuple(SPLITS[number] for number in column) for column in table.T]


def _parts(codes: _Counts, groups: Sequence[str], shares: _Shares, random: np.random.Generator) -> _Counts:
    """Return the number of the part that each photo goes to, int64 of shape ``(n,)``; there are as many as shares."""
    dealt = _dealing_order(_members(groups), random)
    sizes = np.array([np.bincount(codes[rows], minlength=2) for rows in dealt])  # (groups, 2)
    ideal = np.outer(shares, sizes.sum(axis=0))  # (parts, 2)
    parts = np.empty(len(codes), dtype=np.int64)
    for rows, part in zip(dealt, _improved(_dealt(sizes, ideal), sizes, ideal), strict=True):
        parts[rows] = part
    return parts


def _dealt(sizes: _Counts, ideal: _Shares) -> _Counts:
    remaining = ideal.copy()
    parts = np.empty(len(sizes), dtype=np.int64)
    for number, counts in enumerate(sizes):
        parts[number] = np.argmax(remaining @ counts)
        remaining[parts[number]] -= counts
    return parts


def _improved(parts: _Counts, sizes: _Counts, ideal: _Shares) -> _Counts:
    """Make the move or exchange that lowers the sum of squared distances from ideal most, until none does."""
    parts = parts.copy()
    # Groups of one kind, so many happy and so many sad photos, can stand for one another; the last kind is no group
    # at all, so that a move is an exchange for nothing.
    kinds, kind_of = np.unique(sizes, axis=0, return_inverse=True)
    kinds = np.vstack([kinds, np.zeros((1, 2), dtype=np.int64)])
    change = kinds[None, :] - kinds[:, None]  # (given, taken, 2)
    excess = np.array([sizes[parts == part].sum(axis=0) for part in range(len(ideal))]) - ideal
    while (best := _best_exchange(parts, kind_of, change, excess)) is not None:
        (one, other), given, taken = best
        for source, target, kind in ((one, other, given), (other, one, taken)):
            if kind < len(kinds) - 1:
                parts[np.flatnonzero((parts == source) & (kind_of == kind))[0]] = target
        excess[one] += change[given, taken]
        excess[other] -= change[given, taken]
    return parts


def _best_exchange(
    parts: _Counts, kind_of: _Counts, change: _Counts, excess: _Shares
) -> tuple[tuple[int, int], int, int] | None:
    held = np.ones((len(excess), len(change)), dtype=bool)
    held[:, :-1] = [np.bincount(kind_of[parts == part], minlength=len(change) - 1) for part in range(len(excess))]
    best, smallest = None, -TOLERANCE
    for one, other in combinations(range(len(excess)), 2):
        # (excess + change)^2 - excess^2 for the one part, and likewise for the other, summed over the classes.
        gain = 2 * (change * (excess[one] - excess[other] + change)).sum(axis=2)
        gain[~(held[one][:, None] & held[other][None, :])] = np.inf
        if gain.min() < smallest:
            smallest = gain.min()
            given, taken = np.unravel_index(np.argmin(gain), gain.shape)
            best = ((one, other), int(given), int(taken))
    return best


def _members(groups: Sequence[str]) -> list[list[int]]:
    members: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    return list(members.values())


def _dealing_order(members: list[list[int]], random: np.random.Generator) -> list[list[int]]:
    shuffled = [members[number] for number in random.permutation(len(members))]
    return sorted(shuffled, key=len, reverse=True)


def _check_enough(codes: _Counts, folds: int = 0) -> None:
    happy, sad = int((codes == 0).sum()), int((codes == 1).sum())
    least = max(MIN_PHOTOS_PER_CLASS, folds)
    if min(happy, sad) < least:
        what, advice = (f"{folds} folds", ", or use fewer folds") if folds else ("a study", "")
        raise DataError(
            f"There are too few photos for {what}. Expected at least {least} happy and "
            f"{least} sad photos that are not rejected. Received: {happy} happy, {sad} sad. "
            f"Collect more: scrape a page, or import a folder{advice}."
        )


def _check_both(codes: _Counts, part: str, advice: str = "") -> None:
    happy, sad = np.bincount(codes, minlength=2).tolist()
    if not (happy and sad):
        raise DataError(
            f"The {part} would hold only one class. Expected happy and sad photos in each part. "
            f"Received: {happy} happy, {sad} sad. "
            f"Collect more photos, use a larger fraction{advice}, or reject near copies."
        )
