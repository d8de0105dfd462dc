"""Stratified, grouped splits: every part has the same share of sad photos, and near copies stay together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from emotion_core.dataset.catalog import SPLITS
from emotion_core.errors import DataError

MIN_PHOTOS_PER_CLASS = 5
# In squared photos. Smaller gains are rounding errors, and following them could cycle forever.
TOLERANCE = 1e-6

_Counts = npt.NDArray[np.int64]
_Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SplitFractions:
    """Shares of the photos in the parts of a split; training gets the rest.

    Attributes:
        validation: share for choosing the champion, above 0.
        test: share for the final results, above 0; the two sum to less than 1.

    Raises:
        DataError: a share is out of range.
    """

    validation: float = 0.2
    test: float = 0.2

    def __post_init__(self) -> None:
        if not (self.validation > 0 and self.test > 0 and self.validation + self.test < 1):
            raise DataError(
                "The split fractions are out of range. Expected both above 0 and a sum below 1, which leaves photos "
                f"for training. Received: validation={self.validation}, test={self.test}. Choose other fractions."
            )

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """Shares of train, validation and test, float64 of shape ``(3,)``."""
        return np.array([1 - self.validation - self.test, self.validation, self.test])


def assign_splits(labels: Sequence[int], groups: Sequence[str], *, fractions: SplitFractions, seed: int) -> list[str]:
    """Return the split of each photo.

    Groups are assigned whole, largest first, each to the part that is furthest below its share of the group's classes.
    Then groups move or swap between parts as long as that brings the parts closer to their shares.

    Args:
        labels: 0 (happy) or 1 (sad) for each of n photos.
        groups: near-copy cluster of each photo, length n; a photo without near copies is a group of its own.
        fractions: shares of the parts.
        seed: selects one of many equally good splits.

    Returns:
        ``train``, ``validation`` or ``test`` for each photo, in the order given.

    Raises:
        DataError: there are too few photos of a class, or near copies leave a part without one.
    """
    codes = np.asarray(labels, dtype=np.int64)
    check_enough(codes)
    split = parts_of_groups(codes, groups, fractions.shares, np.random.default_rng(seed))
    copies = copies_text(codes, groups)
    for number, name in enumerate(SPLITS):
        _check_both(codes[split == number], f"{name} part", copies)
    return [SPLITS[number] for number in split]


def assign_folds(
    labels: Sequence[int], groups: Sequence[str], *, folds: int, validation: float, seeds: Sequence[int]
) -> list[tuple[str, ...]]:
    """Return the split of each photo in each fold of a cross-validation.

    Each photo is a test photo in exactly one fold. Folds are assigned like the parts of a single split: groups stay
    together, and classes are balanced. Each fold then selects its own validation photos from those outside its test
    part.

    Args:
        labels: 0 (happy) or 1 (sad) for each of n photos.
        groups: near-copy cluster of each photo, length n; a photo without near copies is a group of its own.
        folds: number of folds, 2 to 10.
        validation: share of all photos used for validation in each fold, above 0 and below ``1 - 1 / folds``.
        seeds: one or more numbers from 0 that select one of many equally good assignments together: the seed of the
            split, and the run's.

    Returns:
        For each photo, in the order given, ``train``, ``validation`` or ``test`` in each fold.

    Raises:
        DataError: there are too few photos of a class, or near copies leave a part of a fold without one.
    """
    codes = np.asarray(labels, dtype=np.int64)
    check_enough(codes, folds)
    held_out = parts_of_groups(codes, groups, np.full(folds, 1 / folds), np.random.default_rng(seeds))
    # The validation photos are selected from the photos outside the test part, so their share of those is larger.
    share = validation / (1 - 1 / folds)
    copies = copies_text(codes, groups, folds)
    for fold in range(folds):
        _check_both(codes[held_out == fold], f"test part of fold {fold + 1} of {folds}", copies, "fewer folds")
    table = np.full((folds, len(codes)), SPLITS.index("test"))
    for fold, split in enumerate(table):
        rest = np.flatnonzero(held_out != fold).tolist()
        # Counted from 1: NumPy takes a trailing 0 for no number, and would repeat the generator above.
        rng = np.random.default_rng([*seeds, fold + 1])
        split[rest] = parts_of_groups(codes[rest], [groups[row] for row in rest], np.array([1 - share, share]), rng)
        for number, name in enumerate(SPLITS[:2]):
            part = f"{name} part of fold {fold + 1} of {folds}"
            _check_both(codes[split == number], part, copies, "fewer folds")
    return [tuple(SPLITS[number] for number in column) for column in table.T]


def parts_of_groups(codes: _Counts, groups: Sequence[str], shares: _Shares, rng: np.random.Generator) -> _Counts:
    """Return the index of the part that each photo belongs to; groups are assigned whole.

    Args:
        codes: 0 (happy) or 1 (sad) for each of n photos, int64 of shape ``(n,)``.
        groups: near-copy cluster of each photo, length n.
        shares: share of each part, float64 of shape ``(parts,)``, with sum 1.
        rng: selects one of many equally good assignments.

    Returns:
        int64 of shape ``(n,)``.
    """
    ordered = _assignment_order(_members(groups), rng)
    sizes = np.array([np.bincount(codes[rows], minlength=2) for rows in ordered])  # (groups, 2)
    ideal = np.outer(shares, sizes.sum(axis=0))  # (parts, 2)
    parts = np.empty(len(codes), dtype=np.int64)
    for rows, part in zip(ordered, _improved(_greedy_parts(sizes, ideal), sizes, ideal), strict=True):
        parts[rows] = part
    return parts


def _greedy_parts(sizes: _Counts, ideal: _Shares) -> _Counts:
    """Return a part for each group, given largest first: the one that lacks most of the group's classes."""
    remaining = ideal.copy()
    parts = np.empty(len(sizes), dtype=np.int64)
    for number, counts in enumerate(sizes):
        parts[number] = np.argmax(remaining @ counts)
        remaining[parts[number]] -= counts
    return parts


def _improved(parts: _Counts, sizes: _Counts, ideal: _Shares) -> _Counts:
    """Repeat the move or swap that reduces the sum of squared distances from the ideal most, until none reduces it.

    Args:
        parts: part of each group, shape ``(groups,)``.
        sizes: happy and sad photos of each group, shape ``(groups, 2)``.
        ideal: happy and sad photos that each part should have, shape ``(parts, 2)``.
    """
    parts = parts.copy()
    # Groups with the same numbers of happy and sad photos are interchangeable, so the search runs over kinds of groups.
    # The last kind is empty: a move is a swap with it.
    kinds, kind_of = np.unique(sizes, axis=0, return_inverse=True)
    kinds = np.vstack([kinds, np.zeros((1, 2), dtype=np.int64)])
    change = kinds[None, :] - kinds[:, None]  # (given, taken, 2)
    excess = np.array([sizes[parts == part].sum(axis=0) for part in range(len(ideal))]) - ideal
    while (best := _best_exchange(parts, kind_of, change, excess)) is not None:
        (first, second), given, taken = best
        for source, target, kind in ((first, second, given), (second, first, taken)):
            if kind < len(kinds) - 1:
                parts[np.flatnonzero((parts == source) & (kind_of == kind))[0]] = target
        excess[first] += change[given, taken]
        excess[second] -= change[given, taken]
    return parts


def _best_exchange(
    parts: _Counts, kind_of: _Counts, change: _Counts, excess: _Shares
) -> tuple[tuple[int, int], int, int] | None:
    """Return the two parts and the kinds that they exchange, or None if no exchange helps."""
    # A part can give only kinds that it holds; every part holds the empty kind.
    held = np.ones((len(excess), len(change)), dtype=bool)
    held[:, :-1] = [np.bincount(kind_of[parts == part], minlength=len(change) - 1) for part in range(len(excess))]
    best, smallest = None, -TOLERANCE
    for first, second in combinations(range(len(excess)), 2):
        # Increase of the squared distance, (excess + change)^2 - excess^2, summed over both parts and both classes.
        increase = 2 * (change * (excess[first] - excess[second] + change)).sum(axis=2)
        increase[~(held[first][:, None] & held[second][None, :])] = np.inf
        if increase.min() < smallest:
            smallest = increase.min()
            given, taken = np.unravel_index(np.argmin(increase), increase.shape)
            best = ((first, second), int(given), int(taken))
    return best


def _members(groups: Sequence[str]) -> list[list[int]]:
    members: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    return list(members.values())


def _assignment_order(members: list[list[int]], rng: np.random.Generator) -> list[list[int]]:
    """Return the groups largest first: large ones leave gaps that smaller ones can fill. Equal ones are shuffled."""
    shuffled = [members[number] for number in rng.permutation(len(members))]
    return sorted(shuffled, key=len, reverse=True)


def check_enough(codes: _Counts, folds: int = 0) -> None:
    """Check that there are enough photos of each class.

    Args:
        codes: 0 (happy) or 1 (sad) for each photo.
        folds: number of folds of a cross-validation, 0 for none.

    Raises:
        DataError: there are too few.
    """
    happy, sad = int((codes == 0).sum()), int((codes == 1).sum())
    least = max(MIN_PHOTOS_PER_CLASS, folds)
    if min(happy, sad) < least:
        purpose, advice = (f"{folds} folds", ", or use fewer folds") if folds else ("a study", "")
        raise DataError(
            f"There are too few photos for {purpose}. Expected at least {least} happy and "
            f"{least} sad photos that are not rejected. Received: {happy} happy, {sad} sad. "
            f"Collect more: scrape a page, or import a folder{advice}."
        )


def _check_both(codes: _Counts, part: str, copies: str, advice: str = "") -> None:
    happy, sad = np.bincount(codes, minlength=2).tolist()
    if happy and sad:
        return
    numbers = f"Expected happy and sad photos in each part. Received: {happy} happy, {sad} sad."
    if copies:
        fewer = f", or use {advice}" if advice else ""
        raise DataError(
            f"{copies} Near copies stay in one part, so the {part} would have only one class. {numbers} "
            f"Collect different photos{fewer}: to reject near copies is not enough."
        )
    fewer = f", {advice}" if advice else ""
    raise DataError(
        f"The {part} would have only one class. {numbers} "
        f"Collect more photos, use a larger fraction{fewer}, or reject near copies, which stay in one part."
    )


def copies_text(labels: _Counts, groups: Sequence[str], folds: int = 0) -> str:
    """Return a sentence where near copies leave too few different photos for any split, and "" where they do not.

    Args:
        labels: 0 (happy) or 1 (sad) for each of n photos, shape ``(n,)``.
        groups: near-copy cluster of each photo, length n; a photo without near copies is a group of its own.
        folds: number of folds of a cross-validation, 0 for none.

    >>> copies_text(np.array([0, 0, 1, 1]), ["a", "a", "b", "b"])
    'Counting near copies once, 1 happy and 1 sad photo remain; at least 3 of each are needed.'
    """
    if len(set(groups)) == 1 < len(groups):
        return f"All {len(groups)} photos are near copies of one another."
    happy, sad = (len({group for group, sad in zip(groups, labels, strict=True) if sad == label}) for label in (0, 1))
    # A group for each part; of two folds, each has to leave one to train on and one to validate on.
    least = max(len(SPLITS), folds, 4 * (folds == 2))
    if min(happy, sad) >= least or len(set(groups)) == len(groups):
        return ""
    noun = "photo" if sad == 1 else "photos"
    return f"Counting near copies once, {happy} happy and {sad} sad {noun} remain; at least {least} of each are needed."
