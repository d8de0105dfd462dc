"""Whether the photos of a snapshot are photographs, or drawn faces of the sample gallery."""

from emotion_core.dataset.catalog import SAMPLES, Catalog
from emotion_core.dataset.snapshots.record import Snapshot


def share_of_drawings(catalog: Catalog, snapshot: Snapshot) -> float | None:
    """Return the share of a snapshot's photos that are drawn faces of the sample gallery, 0 to 1.

    Args:
        catalog: catalog of the photos, which is asked for snapshots that did not record it.
        snapshot: snapshot of the photos.

    Returns:
        The share, or None where no photo of an older snapshot is left in the catalog.
    """
    if snapshot.drawings is not None:
        return snapshot.drawings / max(len(snapshot.items), 1)
    photos = catalog.photos_of([item.photo_id for item in snapshot.items])
    return sum(photo.source == SAMPLES for photo in photos) / len(photos) if photos else None
