"""Whether ROC curves of two studies may be laid over one another: only where both saw the same snapshot."""

from emotion_core.dataset.snapshots.snapshot import Snapshot, SnapshotItem
from emotion_core.formatting import list_text


def why_not_comparable(first: Snapshot, second: Snapshot) -> str | None:
    """Return what the second snapshot has otherwise than the first, as a sentence, or None where they are one.

    Args:
        first: of the study in hand.
        second: of the study it would be compared with.
    """
    if first.fingerprint == second.fingerprint:
        return None
    before, after = ({item.photo_id: item for item in snapshot.items} for snapshot in (first, second))
    shared = before.keys() & after.keys()
    counts = {
        "only in this study": len(before.keys() - shared),
        "only in the other": len(after.keys() - shared),
        "labelled differently": sum(before[photo_id].label != after[photo_id].label for photo_id in shared),
        "in another part of the split": sum(_parts(before[photo_id]) != _parts(after[photo_id]) for photo_id in shared),
    }
    differences = [f"{count} {what}" for what, count in counts.items() if count]
    seeds = f" Their split seeds are {first.seed} and {second.seed}." if first.seed != second.seed else ""
    return (
        "The two studies cannot be compared: they do not stand on the same photos. "
        f"Of {len(before.keys() | after.keys())} photos in all: {list_text(differences)}.{seeds}"
    )


def _parts(item: SnapshotItem) -> tuple[str, ...]:
    return (item.split, *item.folds)
