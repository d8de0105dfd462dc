"""Faces that look neither happy nor sad, kept apart from the labeled photos: in a workspace inside the workspace.

They never reach a study's snapshot, whose photos have one of two labels, and no test of it. A network with ``neither``
learns from them beside its snapshot.
"""

import hashlib

from emotion_core.dataset.catalog import LABELS, Catalog
from emotion_core.dataset.inspection import find_duplicates
from emotion_core.dataset.snapshots.record import Snapshot, SnapshotItem, content_fingerprint
from emotion_core.errors import DataError
from emotion_core.settings import Workspace, open_workspace

NEITHER = "neither"
# Shares of the faces, by whole clusters of near copies; the rest is trained on.
TEST_SHARE, VALIDATION_SHARE = 0.1, 0.05
# A photo of the catalog has one of the two labels. That of these photos means nothing, and nothing reads it.
UNREAD_LABEL = LABELS[0]


def neither_catalog(workspace: Workspace) -> Catalog:
    """Return the catalog of the faces of neither label; photos are imported into it with ``UNREAD_LABEL``.

    Args:
        workspace: whose studies use them.
    """
    return Catalog(open_workspace(workspace.root / NEITHER))


def neither_faces(workspace: Workspace) -> Snapshot:
    """Return the faces of neither label with their parts, which depend on the photos and their known near copies alone.

    Args:
        workspace: whose studies use them.

    Raises:
        DataError: there are none.
    """
    catalog = neither_catalog(workspace)
    # Near copies that were found already: a worker that trains does not begin a search of minutes.
    photo_ids, clusters = sorted(catalog.usable_labels()), find_duplicates(catalog, only_known=True).clusters
    if not photo_ids:
        raise DataError(
            "There are no faces that look neither happy nor sad. Expected some, because the setting neither is on. "
            f"Received: folder={NEITHER!r}. Import some (import FACES --label neither), or set neither to false."
        )
    items = [SnapshotItem(photo_id, UNREAD_LABEL, _part_of(clusters.get(photo_id, photo_id))) for photo_id in photo_ids]
    snapshot = Snapshot("", tuple(items), seed=0, created_at=0.0)
    return Snapshot(content_fingerprint(snapshot), snapshot.items, seed=0, created_at=0.0)


def _part_of(group: str) -> str:
    """Return the part of a photo or of a cluster, the same in every workspace that holds it."""
    position = int.from_bytes(hashlib.sha256(group.encode()).digest()[:4]) / 2**32
    if position < TEST_SHARE:
        return "test"
    return "validation" if position < TEST_SHARE + VALIDATION_SHARE else "train"
