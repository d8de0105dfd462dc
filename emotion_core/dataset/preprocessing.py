"""What a network sees of a photo: one way for training, prediction and every preview."""

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

# A photo no larger than this is taken for a face that somebody cut out: the detector's box would cut it once more.
CUT_OUT_PX = 96

Box = tuple[float, float, float, float]


def to_pixels(image: Image.Image, view: InputSpec) -> Pixels:
    """Return the photo as a network sees it.

    Faces are looked for in the photo itself, never taken from the catalog, which knows them in another size: so a photo
    is cut in prediction exactly as it was in training.

    Args:
        image: upright, mode RGB, any size.
        view: how it is seen.

    Returns:
        uint8 of shape ``view.shape``, values 0 to 255; grey is the luma of ITU-R BT.601.

    Raises:
        DataError: the face is asked for, and this machine cannot look for faces.
    """
    return part_to_pixels(image, view, face_box(image, view.face_margin) if view.face_crop else None)


def part_to_pixels(image: Image.Image, view: InputSpec, box: Box | None) -> Pixels:
    """Return a part of the photo as a network sees it: training, prediction and previews all end here.

    Args:
        image: upright, mode RGB, any size.
        view: how it is seen; where its face is, is the caller's business.
        box: of the photo, in pixels; None for the whole.

    Returns:
        uint8 of shape ``view.shape``, values 0 to 255; grey is the luma of ITU-R BT.601.
    """
    resized = image.resize((view.size_px, view.size_px), RESAMPLING[view.interpolation], box)
    return np.asarray(resized if view.color == "rgb" else resized.convert("L"), dtype=np.uint8).reshape(view.shape)


def to_image(pixels: Pixels) -> Image.Image:
    """Return what a network sees as a picture for people.

    Args:
        pixels: uint8 of shape ``(height, width, 3)`` or ``(height, width, 1)``.
    """
    return Image.fromarray(pixels if pixels.shape[-1] == 3 else pixels[:, :, 0])


def face_box(image: Image.Image, margin: float = FACE_MARGIN) -> Box | None:
    """Return the square around the largest face, with a margin, or None where none is found or looked for.

    Args:
        image: upright, mode RGB, any size.
        margin: to each side, as a share of the face's longer side.

    Returns:
        Left, top, right and bottom in pixels, within the photo; no wider than its shorter side.
    """
    if is_cut_out(image):
        return None
    faces = find_faces(image)
    return box_of(faces[0], image.size, margin) if faces else None


def is_cut_out(image: Image.Image) -> bool:
    """Whether a photo is so small that it is taken for a face that somebody cut out, and seen whole."""
    return max(image.size) <= CUT_OUT_PX


def box_of(face: Face, size: tuple[int, int], margin: float = FACE_MARGIN) -> Box:
    """Return the square around a face, with a margin.

    Args:
        face: as ``find_faces`` gives it.
        size: width and height of its photo, in pixels.
        margin: to each side, as a share of the face's longer side.

    Returns:
        Left, top, right and bottom in pixels, within the photo; no wider than its shorter side.
    """
    photo_width, photo_height = size
    width, height = face.width * photo_width, face.height * photo_height
    side = min((1 + 2 * margin) * max(width, height), photo_width, photo_height)
    # Moved into the photo where the face is at its edge.
    left = min(max(face.x * photo_width + (width - side) / 2, 0.0), photo_width - side)
    top = min(max(face.y * photo_height + (height - side) / 2, 0.0), photo_height - side)
    return left, top, left + side, top + side
