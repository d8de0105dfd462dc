"""Comparability of two studies: their results may be compared only if both use the same snapshot."""

from emotion_core.dataset.snapshots.record import Snapshot, SnapshotItem
from emotion_core.formatting import list_text


def why_not_comparable(first: Snapshot, second: Snapshot) -> str | None:
    """Return how two snapshots differ, as text for the user, or None if they are the same.

    Args:
        first: snapshot of this study.
        second: snapshot of the study to compare with.
    """
    if first.fingerprint == second.fingerprint:
        return None
    before, after = ({item.photo_id: item for item in snapshot.items} for snapshot in (first, second))
    shared = before.keys() & after.keys()
    counts = {
        "only in this study": len(before.keys() - shared),
        "only in the other": len(after.keys() - shared),
        "labeled differently": sum(before[photo_id].label != after[photo_id].label for photo_id in shared),
        "in another part of the split": sum(_parts(before[photo_id]) != _parts(after[photo_id]) for photo_id in shared),
    }
    differences = [f"{count} {what}" for what, count in counts.items() if count]
    if (first.fold_validation is None) != (second.fold_validation is None) and first.folds and second.folds:
        differences.append("the folds of one study shared by all its seeds")
    seeds = f" Their split seeds are {first.seed} and {second.seed}." if first.seed != second.seed else ""
    return (
        "The two studies cannot be compared because their photos, labels or splits differ. "
        f"Among {len(before.keys() | after.keys())} photos: {list_text(differences)}.{seeds}"
    )


def _parts(item: SnapshotItem) -> tuple[str, ...]:
    return (item.split, *item.folds)
