"""Damaged snapshots made again: the fingerprint, which is the folder's name, proves photos, labels and splits."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from emotion_core.dataset.catalog import Catalog
from emotion_core.dataset.snapshots.predefined import PredefinedSplit
from emotion_core.dataset.snapshots.record import Snapshot, SnapshotItem, content_fingerprint
from emotion_core.dataset.snapshots.stored_snapshots import SNAPSHOT_FILE, item_of, store_snapshot
from emotion_core.errors import EmotionError
from emotion_core.settings import Workspace

Rows = Iterable[tuple[str, str, str]]


def rescue_snapshot(workspace: Workspace, fingerprint: str, scored: Iterable[Rows], seed: int | None) -> bool:
    """Write a damaged snapshot again if its photos, labels and splits can be found, and return whether they were.

    Args:
        workspace: workspace of the snapshot.
        fingerprint: fingerprint of the snapshot.
        scored: photo id, label and split of each photo, as finished runs with this snapshot have them.
        seed: of the split, as the study has it; None if no study can be read.
    """
    path = workspace.snapshots / fingerprint / SNAPSHOT_FILE
    stored = _unchecked(path)
    for items in (*_of_file(workspace, stored), *(_of_scores(rows) for rows in scored)):
        snapshot = _snapshot(path, items, stored, seed)
        if content_fingerprint(snapshot) == fingerprint:
            store_snapshot(path, snapshot)
            return True
    return False


def _unchecked(path: Path) -> Mapping[str, Any]:
    try:
        stored = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _of_file(workspace: Workspace, stored: Mapping[str, Any]) -> Iterator[tuple[SnapshotItem, ...]]:
    """Yield the items as the file has them, and those with the ids and labels that the catalog has."""
    try:
        items = tuple(map(item_of, stored["items"]))
    except (TypeError, KeyError, ValueError, AttributeError):
        return
    yield items
    try:
        labels = {photo.photo_id: photo.label for photo in Catalog(workspace).photos()}
    except EmotionError:
        return
    listed = [_with_known_id(item, labels) for item in items]
    yield tuple(replace(item, label=labels.get(item.photo_id, item.label)) for item in listed)


def _with_known_id(item: SnapshotItem, known: Mapping[str, str]) -> SnapshotItem:
    close = [] if item.photo_id in known else difflib.get_close_matches(str(item.photo_id), known, 1, 0.9)
    return replace(item, photo_id=close[0]) if close else item


def _of_scores(rows: Rows) -> tuple[SnapshotItem, ...]:
    return tuple(SnapshotItem(*row) for row in rows)


def _snapshot(path: Path, items: tuple[SnapshotItem, ...], stored: Mapping[str, Any], seed: int | None) -> Snapshot:
    """Return a snapshot of items, with the rest as the file has it where it can be read."""
    created_at, clusters, share = (stored.get(name) for name in ("created_at", "clusters", "fold_validation"))
    try:
        predefined = PredefinedSplit.from_json(stored.get("predefined"))
    except (TypeError, KeyError, ValueError, AttributeError):
        predefined = None
    if seed is None:
        seed = stored["seed"] if isinstance(stored.get("seed"), int) else 0
    return Snapshot(
        path.parent.name,
        items,
        seed,
        created_at if isinstance(created_at, int | float) else path.parent.stat().st_ctime,
        clusters if isinstance(clusters, int) else None,
        share if isinstance(share, int | float) else None,
        predefined,
    )
