"""Explanations of a prediction: occlusion, feature maps and the most similar training photos."""

from emotion_core.prediction.explain.feature_maps import BlockMaps, feature_maps
from emotion_core.prediction.explain.nearest_photos import SimilarPhoto, similar_photos
from emotion_core.prediction.explain.occlusion import SaliencyMap, occlusion

__all__ = [
    "BlockMaps",
    "SaliencyMap",
    "SimilarPhoto",
    "feature_maps",
    "occlusion",
    "similar_photos",
]
