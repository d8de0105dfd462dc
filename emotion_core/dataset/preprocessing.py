"""Preprocessing of photos for networks: one implementation for training, prediction and every preview."""

import numpy as np
from PIL import Image

from emotion_core.dataset.inspection import Box, face_boxes, find_faces, upright_part
from emotion_core.images import FACE_MARGIN, InputSpec, Pixels

RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "area": Image.Resampling.BOX,
}


def to_pixels(image: Image.Image, view: InputSpec) -> Pixels:
    """Return the network input for a photo.

    Faces are detected in the photo itself and never taken from the catalog, which may have found them at another size.
    So a photo is cropped in prediction exactly as it was in training.

    Args:
        image: upright photo, mode RGB, any size.
        view: input spec of the network.

    Returns:
        uint8 of shape ``view.shape``, values 0 to 255; gray is the luma of ITU-R BT.601.

    Raises:
        DataError: the spec crops to the face, and this machine has no face detector.
    """
    return part_to_pixels(image, view, face_box(image, view.face_margin) if view.face_crop else None)


def part_to_pixels(image: Image.Image, view: InputSpec, box: Box | None) -> Pixels:
    """Return the network input for a part of a photo.

    Args:
        image: upright photo, mode RGB, any size.
        view: input spec of the network; its ``face_crop`` is left to the caller.
        box: the part; None for the whole photo.

    Returns:
        uint8 of shape ``view.shape``, values 0 to 255; gray is the luma of ITU-R BT.601.
    """
    upright, edges = (image, None) if box is None else upright_part(image, box)
    resized = upright.resize((view.size_px, view.size_px), RESAMPLING[view.interpolation], edges)
    return np.asarray(resized if view.color == "rgb" else resized.convert("L"), dtype=np.uint8).reshape(view.shape)


def to_image(pixels: Pixels) -> Image.Image:
    """Return a network input as an image for display.

    Args:
        pixels: uint8 of shape ``(height, width, 3)`` or ``(height, width, 1)``.
    """
    return Image.fromarray(pixels if pixels.shape[-1] == 3 else pixels[:, :, 0])


def face_box(image: Image.Image, margin: float = FACE_MARGIN) -> Box | None:
    """Return the square around the largest face, with a margin.

    Args:
        image: mode RGB, any size.
        margin: margin on each side, as a share of the face's longer side.

    Returns:
        A box within the photo, no wider than its shorter side; the whole of a small photo that was cut out around a
        face that lies turned. None if no face is found, or for the whole of one that is upright.

    Raises:
        DataError: this machine has no face detector.
    """
    boxes = face_boxes(image, find_faces(image), margin)
    return boxes[0] if boxes else None
