"""Image files: bytes to upright RGB pixels in sRGB, and back to bytes without anything but pixels."""

from emotion_core.images.decoding import STORED_SIDE_PX, decode, read
from emotion_core.images.formats import HEAD_BYTES, PHOTO_SUFFIXES, looks_like_image
from emotion_core.images.limits import MAX_BYTES, MIN_SIDE_PX
from emotion_core.images.records import FACE_MARGIN, InputSpec, Picture, Pixels
from emotion_core.images.storing import THUMBNAIL_SIDE_PX, encode, preview, read_kept, thumbnail

__all__ = [
    "FACE_MARGIN",
    "HEAD_BYTES",
    "MAX_BYTES",
    "MIN_SIDE_PX",
    "PHOTO_SUFFIXES",
    "STORED_SIDE_PX",
    "THUMBNAIL_SIDE_PX",
    "InputSpec",
    "Picture",
    "Pixels",
    "decode",
    "encode",
    "looks_like_image",
    "preview",
    "read",
    "read_kept",
    "thumbnail",
]
