"""Near copies: a perceptual search over the thumbnails of all photos."""

from emotion_core.dataset.near_copies.clusters import forget_photos, known_near_copies, near_copy_clusters
from emotion_core.dataset.near_copies.matching import ShareCallback

__all__ = [
    "ShareCallback",
    "forget_photos",
    "known_near_copies",
    "near_copy_clusters",
]
