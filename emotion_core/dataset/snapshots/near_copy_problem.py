"""Whether near copies leave enough different photos for a split, before a study is started."""

from collections.abc import Collection

import numpy as np

from emotion_core.dataset.catalog import LABELS, Catalog
from emotion_core.dataset.inspection import find_duplicates
from emotion_core.dataset.snapshots.splits import copies_text


def near_copy_problem(catalog: Catalog, *, sources: Collection[str] = (), folds: int = 0) -> str:
    """Return a sentence where near copies leave too few different photos for a study, and "" where they do not.

    Only near copies that are already known count, so that the answer takes no search; ``freeze`` searches for all.

    Args:
        catalog: catalog of the photos; rejected ones are left out.
        sources: hosts (or ``files``) whose photos are used; empty for all.
        folds: number of folds of a cross-validation, 0 for none.
    """
    usable = catalog.usable_labels(sources)
    clusters = find_duplicates(catalog, only_known=True).clusters
    labels = np.array([LABELS.index(label) for label in usable.values()], dtype=np.int64)
    text = copies_text(labels, [clusters.get(photo_id, photo_id) for photo_id in usable], folds)
    return f"{text} Near copies stay in one part of a split. Collect different photos." if text else ""
