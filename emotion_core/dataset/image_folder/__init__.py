"""Export of photos as an ImageFolder: folders by part and label, which Hugging Face, torchvision and Keras read."""

from emotion_core.dataset.image_folder.export import PhotoChoice, PhotoExport, export_photos
from emotion_core.dataset.image_folder.export_job import (
    ZIP_FILE,
    discard_photo_exports,
    latest_photo_export,
    photo_export_of,
    photo_export_progress,
    start_photo_export,
)
from emotion_core.dataset.image_folder.texts import OWNERS

__all__ = [
    "OWNERS",
    "ZIP_FILE",
    "PhotoChoice",
    "PhotoExport",
    "discard_photo_exports",
    "export_photos",
    "latest_photo_export",
    "photo_export_of",
    "photo_export_progress",
    "start_photo_export",
]
