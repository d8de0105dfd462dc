"""The sample gallery: drawn faces, served on loopback as a website to collect from."""

from emotion_core.collect.samples.gallery import GALLERY_SEED, LABELS, PAGES, PHOTOS_PER_PAGE, photo_bytes
from emotion_core.collect.samples.server import SampleServer, gallery_url, serve_forever

__all__ = [
    "GALLERY_SEED",
    "LABELS",
    "PAGES",
    "PHOTOS_PER_PAGE",
    "SampleServer",
    "gallery_url",
    "photo_bytes",
    "serve_forever",
]
