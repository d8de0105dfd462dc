"""What a network sees of a photo: one way for training, prediction and every preview."""

import numpy as np
from PIL import Image

from emotion_core.dataset.faces import find_faces
from emotion_core.images import Pixels, View

RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "area": Image.Resampling.BOX,
}
# Of the face, to each side: the detector's box ends at the brows and the chin.
FACE_MARGIN = 0.25

Box = tuple[float, float, float, float]


def to_pixels(image: Image.Image, view: View) -> Pixels:
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
    box = face_box(image) if view.face_crop else None
    resized = image.resize((view.size_px, view.size_px), RESAMPLING[view.interpolation], box)
    return np.asarray(resized if view.color == "rgb" else resized.convert("L"), dtype=np.uint8).reshape(view.shape)


def to_image(pixels: Pixels) -> Image.Image:
    """Return what a network sees as a picture for people.

    Args:
        pixels: uint8 of shape ``(height, width, 3)`` or ``(height, width, 1)``.
    """
    return Image.fromarray(pixels if pixels.shape[-1] == 3 else pixels[:, :, 0])


def face_box(image: Image.Image) -> Box | None:
    """Return the square around the largest face, with a margin, or None where no face is found.

    Args:
        image: upright, mode RGB, any size.

    Returns:
        Left, top, right and bottom in pixels, within the photo; no wider than its shorter side.
    """
    faces = find_faces(image)
    if not faces:
        return None
    face = faces[0]
    width, height = face.width * image.width, face.height * image.height
    side = min((1 + 2 * FACE_MARGIN) * max(width, height), image.width, image.height)
    # Moved into the photo where the face is at its edge.
    left = min(max(face.x * image.width + (width - side) / 2, 0.0), image.width - side)
    top = min(max(face.y * image.height + (height - side) / 2, 0.0), image.height - side)
    return left, top, left + side, top + side
