"""The table of snapshots, with the studies that use them."""

import time
from typing import Any

from emotion_core.dataset import list_snapshots
from emotion_core.settings import Workspace
from emotion_core.training.store.study_files import list_studies


def snapshot_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the rows of the table of snapshots, newest first, keyed by column title."""
    titles: dict[str, list[str]] = {}
    for study in list_studies(workspace):
        titles.setdefault(study.snapshot, []).append(study.title)
    return [
        {
            "snapshot": snapshot.fingerprint,
            "frozen": time.strftime("%d %b %H:%M:%S", time.localtime(snapshot.created_at)),
            "photos": len(snapshot.items),
            **{split: f"{n['happy']} + {n['sad']}" for split, n in snapshot.counts().items()},
            "folds": snapshot.folds,
            "near-copy groups": snapshot.clusters,
            "split": "predefined" if snapshot.predefined else "random",
            "split seed": snapshot.seed,
            "studies": "; ".join(titles.get(snapshot.fingerprint, [])),
        }
        for snapshot in list_snapshots(workspace)
    ]
