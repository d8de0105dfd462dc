"""The data set's own split as the split of a study: near copies across its parts are left out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emotion_core.dataset.catalog import LABELS, SPLITS, Catalog
from emotion_core.dataset.inspection import find_duplicates
from emotion_core.dataset.snapshots.splits import SplitFractions, check_enough, parts_of_groups
from emotion_core.errors import DataError
from emotion_core.formatting import count_text, list_text

PREDEFINED = "predefined"
_ADVICE = "Import the data set's other parts, or use a random split."


@dataclass(frozen=True)
class PredefinedSplit:
    """How the data set's own split became the split of a snapshot.

    Attributes:
        drawn: parts that the data set lacks, drawn from its training part.
        without_split: number of photos that came without a split and are left out.
        near_copies: number of training and validation photos that are left out as near copies of photos in a later
            part.
        copied: number of test photos with such a near copy.
    """

    drawn: tuple[str, ...] = ()
    without_split: int = 0
    near_copies: int = 0
    copied: int = 0

    @property
    def sentence(self) -> str:
        """Where the split came from, and what is not as the data set has it."""
        return f"The split is the data set's own. {self.changes}".rstrip()

    @property
    def changes(self) -> str:
        """What is not as the data set has it; empty if nothing is."""
        texts = []
        if self.drawn:
            parts = list_text([f"no {part} part" for part in self.drawn])
            texts.append(f"It has {parts}; photos of the training part were drawn instead.")
        if self.without_split:
            texts.append(f"{_left_out(self.without_split, 'photo', 'without a split')}.")
        if self.near_copies:
            copies = _left_out(self.near_copies, "training or validation photo")
            tested = f"; {count_text(self.copied, 'test photo')} had such a copy" if self.copied else ""
            texts.append(f"{copies} as near copies of photos in a later part{tested}.")
        return " ".join(texts)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> "PredefinedSplit | None":
        """Return the record in a snapshot's file; None for a random split."""
        return None if stored is None else cls(**{**stored, "drawn": tuple(stored["drawn"])})


@dataclass(frozen=True)
class SplitOffer:
    """What the data set's own split would be for the photos of a study.

    Attributes:
        counts: photos by part and label, as in ``counts["test"]["sad"]``; of the photos that are used.
        split: how it came about.
        problem: why it cannot be used; empty if it can.
    """

    counts: dict[str, dict[str, int]]
    split: PredefinedSplit
    problem: str = ""


def predefined_split(
    labels: Mapping[str, str],
    own: Mapping[str, str],
    clusters: Mapping[str, str],
    *,
    fractions: SplitFractions,
    seed: int,
) -> tuple[dict[str, str], PredefinedSplit]:
    """Return the part of each photo that is used, and how the split came about.

    Photos without a split are left out. So are training and validation photos that are near copies of a photo in a
    later part: a network would be tested on what it has learned, and the test part stays as others know it. Validation
    or test photos that the data set lacks are drawn from the training part.

    Args:
        labels: ``happy`` or ``sad`` by photo id.
        own: part of the data set's own split by photo id, where it has one.
        clusters: near-copy cluster by photo id, where there are near copies.
        fractions: shares of the training photos for the parts that the data set lacks.
        seed: selects one of many equally good ways to draw them.

    Returns:
        ``train``, ``validation`` or ``test`` by photo id, and the record of the split.

    Raises:
        DataError: no photo has a split, there is no training part, near copies leave none of it, too few photos of a
            class, or a part lacks one.
    """
    parts = {photo_id: own[photo_id] for photo_id in labels if photo_id in own}
    _check_parts(parts)
    stated = len(parts)
    lacking = tuple(part for part in SPLITS if part not in parts.values())
    parts, copied = _without_copies(parts, clusters)
    if "train" not in parts.values():
        raise DataError(
            "Each training photo is a near copy of a photo in a later part. Expected photos that only the training "
            f"part has. Received: {copied} test photos with near copies. {_ADVICE}"
        )
    parts |= _drawn(parts, labels, clusters, lacking, fractions, seed)
    split = PredefinedSplit(lacking, len(labels) - stated, stated - len(parts), copied)
    _check_classes(parts, labels, split)
    return parts, split


def offer_predefined_split(
    catalog: Catalog, *, sources: Collection[str] = (), fractions: SplitFractions | None = None, seed: int = 0
) -> SplitOffer | None:
    """Return what the data set's own split would be for a study, or None where no photo has one.

    Only near copies that are already known count, so that the answer takes no search; ``freeze`` searches for all.

    Args:
        catalog: catalog of the photos; rejected ones are left out.
        sources: hosts (or ``files``) whose photos are used; empty for all.
        fractions: shares of the training photos for the parts that the data set lacks; 20 % each by default.
        seed: of the draw.
    """
    labels, own = catalog.usable_labels(sources), catalog.own_splits()
    parts = {photo_id: own[photo_id] for photo_id in labels if photo_id in own}
    if not parts:
        return None
    clusters = find_duplicates(catalog, only_known=True).clusters
    try:
        used, split = predefined_split(labels, own, clusters, fractions=fractions or SplitFractions(), seed=seed)
    except DataError as error:
        return SplitOffer(_counts(parts, labels), PredefinedSplit(without_split=len(labels) - len(parts)), str(error))
    return SplitOffer(_counts(used, labels), split)


def _without_copies(parts: dict[str, str], clusters: Mapping[str, str]) -> tuple[dict[str, str], int]:
    """Return the parts without near copies of photos in a later part, and how many test photos had such a copy."""
    rank = {photo_id: SPLITS.index(part) for photo_id, part in parts.items()}
    ranks: dict[str, set[int]] = {}
    for photo_id, number in rank.items():
        ranks.setdefault(clusters.get(photo_id, photo_id), set()).add(number)
    across = {cluster: max(numbers) for cluster, numbers in ranks.items() if len(numbers) > 1}
    last = {photo_id: across.get(clusters.get(photo_id, photo_id), number) for photo_id, number in rank.items()}
    kept = {photo_id: part for photo_id, part in parts.items() if rank[photo_id] == last[photo_id]}
    is_test = SPLITS.index("test")
    return kept, sum(rank[photo_id] == is_test and clusters.get(photo_id) in across for photo_id in kept)


def _drawn(
    parts: Mapping[str, str],
    labels: Mapping[str, str],
    clusters: Mapping[str, str],
    lacking: Sequence[str],
    fractions: SplitFractions,
    seed: int,
) -> dict[str, str]:
    """Return the part of each training photo, some of which become the parts that the data set lacks."""
    if not lacking:
        return {}
    train = sorted(photo_id for photo_id, part in parts.items() if part == "train")
    names = ("train", *lacking)
    shares = [dict(zip(SPLITS, fractions.shares, strict=True))[part] for part in lacking]
    codes = np.array([LABELS.index(labels[photo_id]) for photo_id in train], dtype=np.int64)
    groups = [clusters.get(photo_id, photo_id) for photo_id in train]
    numbers = parts_of_groups(codes, groups, np.array([1 - sum(shares), *shares]), np.random.default_rng(seed))
    return {photo_id: names[number] for photo_id, number in zip(train, numbers, strict=True)}


def _counts(parts: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, dict[str, int]]:
    table = {part: dict.fromkeys(LABELS, 0) for part in SPLITS}
    for photo_id, part in parts.items():
        table[part][labels[photo_id]] += 1
    return table


def _check_parts(parts: Mapping[str, str]) -> None:
    if "train" not in parts.values():
        known = list_text([part for part in SPLITS if part in parts.values()]) if parts else "no split at all"
        raise DataError(
            "The photos have no training part of their own. Expected photos that came with their data set's split, "
            f"for instance from folders named train and test. Received: {known}. {_ADVICE}"
        )


def _check_classes(parts: Mapping[str, str], labels: Mapping[str, str], split: PredefinedSplit) -> None:
    check_enough(np.array([LABELS.index(labels[photo_id]) for photo_id in parts], dtype=np.int64))
    for part, row in _counts(parts, labels).items():
        if not all(row.values()):
            where = "drawn from the training part" if part in split.drawn else "of the data set's own split"
            copies = f", after {split.near_copies} near copies were left out" if split.near_copies else ""
            raise DataError(
                f"The {part} part {where} lacks a class. Expected happy and sad photos in each part. "
                f"Received: {row['happy']} happy, {row['sad']} sad{copies}. {_ADVICE}"
            )


def _left_out(count: int, noun: str, which: str = "") -> str:
    return " ".join(filter(None, [count_text(count, noun), which, "is" if count == 1 else "are", "left out"]))
