"""Preprocessing of photos for networks: one implementation for training, prediction and every preview."""

import numpy as np
from PIL import Image

from emotion_core.dataset.catalog import Face
from emotion_core.dataset.inspection import find_faces
from emotion_core.images import FACE_MARGIN, InputSpec, Pixels

RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "area": Image.Resampling.BOX,
}

# Photos up to this size are assumed to be faces that were cut out before; cropping to the detected box again would
# cut off their edges.
CUT_OUT_PX = 96

Box = tuple[float, float, float, float]


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
        box: left, top, right and bottom of the part, in pixels; None for the whole photo.

    Returns:
        uint8 of shape ``view.shape``, values 0 to 255; gray is the luma of ITU-R BT.601.
    """
    resized = image.resize((view.size_px, view.size_px), RESAMPLING[view.interpolation], box)
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
        image: upright photo, mode RGB, any size.
        margin: margin on each side, as a share of the face's longer side.

    Returns:
        Left, top, right and bottom in pixels, within the photo and no wider than its shorter side. None if no face is
        found, or if the photo is small enough to be a cut-out face.

    Raises:
        DataError: this machine has no face detector.
    """
    if is_cut_out(image):
        return None
    faces = find_faces(image)
    return box_of(faces[0], image.size, margin) if faces else None


def is_cut_out(image: Image.Image) -> bool:
    """Return whether a photo is so small that it counts as a cut-out face and is used whole."""
    return max(image.size) <= CUT_OUT_PX


def box_of(face: Face, size: tuple[int, int], margin: float = FACE_MARGIN) -> Box:
    """Return the square around a face, with a margin.

    Args:
        face: face from ``find_faces``.
        size: width and height of its photo, in pixels.
        margin: margin on each side, as a share of the face's longer side.

    Returns:
        Left, top, right and bottom in pixels, within the photo and no wider than its shorter side.
    """
    photo_width, photo_height = size
    width, height = face.width * photo_width, face.height * photo_height
    side = min((1 + 2 * margin) * max(width, height), photo_width, photo_height)
    # At the edge of the photo the square is shifted inside, so that it shows photo only.
    left = min(max(face.x * photo_width + (width - side) / 2, 0.0), photo_width - side)
    top = min(max(face.y * photo_height + (height - side) / 2, 0.0), photo_height - side)
    return left, top, left + side, top + side
