"""Stratified, grouped splits: every part has the same share of sad photos, and near copies stay together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_core.errors import DataError

SPLITS = ("train", "validation", "test")
MIN_PHOTOS_PER_CLASS = 5


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
    Single photos come last and fill the parts up to a photo or two of ideal.

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
    members = _members(groups)
    remaining = np.outer(fractions.shares, np.bincount(codes, minlength=2)).astype(np.float64)  # (3, 2)
    split = np.full(len(codes), -1)
    for rows in _dealing_order(members, np.random.default_rng(seed)):
        counts = np.bincount(codes[rows], minlength=2)
        chosen = int(np.argmax(remaining @ counts))
        remaining[chosen] -= counts
        split[rows] = chosen
    _check_parts(codes, split)
    return [SPLITS[number] for number in split]


def _members(groups: Sequence[str]) -> list[list[int]]:
    members: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    return list(members.values())


def _dealing_order(members: list[list[int]], random: np.random.Generator) -> list[list[int]]:
    shuffled = [members[number] for number in random.permutation(len(members))]
    return sorted(shuffled, key=len, reverse=True)


def _check_enough(codes: npt.NDArray[np.int64]) -> None:
    happy, sad = int((codes == 0).sum()), int((codes == 1).sum())
    if min(happy, sad) < MIN_PHOTOS_PER_CLASS:
        raise DataError(
            f"There are too few photos for a study. Expected at least {MIN_PHOTOS_PER_CLASS} happy and "
            f"{MIN_PHOTOS_PER_CLASS} sad photos that are not rejected. Received: {happy} happy, {sad} sad. "
            "Collect more: scrape a page, or import a folder."
        )


def _check_parts(codes: npt.NDArray[np.int64], split: npt.NDArray[np.int64]) -> None:
    for number, name in enumerate(SPLITS):
        happy, sad = np.bincount(codes[split == number], minlength=2).tolist()
        if not (happy and sad):
            raise DataError(
                f"The {name} part would hold only one class. Expected happy and sad photos in each part. "
                f"Received: {happy} happy, {sad} sad. "
                "Collect more photos, use a larger fraction, or reject near copies."
            )
