"""Near copies: a perceptual search over thumbnails, without a database."""

from emotion_core.dataset.near_copies.clusters import Told, forget_photos, known_near_copies, near_copy_clusters

__all__ = [
    "Told",
    "forget_photos",
    "known_near_copies",
    "near_copy_clusters",
]
