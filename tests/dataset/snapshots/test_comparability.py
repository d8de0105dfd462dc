"""Comparability: two snapshots are the same, or the differences are counted."""

from dataclasses import replace

import pytest

from emotion_core.dataset import Snapshot, SnapshotItem, why_not_comparable

ITEMS = tuple(
    SnapshotItem(f"photo{number}", ("happy", "sad")[number % 2], ("train", "validation", "test")[number % 3])
    for number in range(12)
)
HERE = Snapshot("here", ITEMS, 0, 1.0)


def _other(items: tuple[SnapshotItem, ...], seed: int = 0) -> Snapshot:
    """Return a snapshot with another fingerprint."""
    return Snapshot("there", items, seed, 2.0)


def test_one_snapshot_is_comparable_whenever_it_was_frozen() -> None:
    """Studies on the same photos, labels and splits can be compared."""
    assert why_not_comparable(HERE, replace(HERE, created_at=9.0, seed=3)) is None


@pytest.mark.parametrize(
    ("items", "difference"),
    [
        (ITEMS[2:], "Among 12 photos: 2 only in this study."),
        ((*ITEMS, SnapshotItem("new", "sad", "test")), "Among 13 photos: 1 only in the other."),
        ((*ITEMS[1:], SnapshotItem("photo0", "sad", "train")), "Among 12 photos: 1 labeled differently."),
        ((*ITEMS[1:], SnapshotItem("photo0", "happy", "test")), "Among 12 photos: 1 in another part of the split."),
        (
            (*ITEMS[2:], SnapshotItem("photo0", "sad", "test"), SnapshotItem("new", "sad", "test")),
            "Among 13 photos: 1 only in this study, 1 only in the other, 1 labeled differently and "
            "1 in another part of the split.",
        ),
    ],
    ids=["removed", "added", "relabelled", "moved", "all"],
)
def test_what_differs_is_named_and_counted(items: tuple[SnapshotItem, ...], difference: str) -> None:
    """Photos that were added, removed, relabeled or moved to another part are each counted."""
    assert str(why_not_comparable(HERE, _other(items))).endswith(difference)


def test_other_folds_are_other_parts() -> None:
    """Photos that are tested in another fold are counted, even if the first fold is the same."""
    here, there = (tuple(replace(item, folds=(item.split, last)) for item in ITEMS) for last in ("train", "test"))
    message = str(why_not_comparable(replace(HERE, items=here), _other(there)))
    assert message.endswith("12 in another part of the split.")


def test_another_seed_is_named() -> None:
    """Two different seeds are named."""
    moved = tuple(replace(item, split="train" if item.split == "test" else item.split) for item in ITEMS)
    assert str(why_not_comparable(HERE, _other(moved, seed=7))).endswith("Their split seeds are 0 and 7.")
