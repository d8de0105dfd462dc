"""What a network reads from a photo, and what decoding an image file gives."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from emotion_core.images.formats import LOSSLESS_FORMATS

# The detector's box ends at the eyebrows and the chin; the margin brings in the rest of the head.
FACE_MARGIN = 0.25

Pixels = npt.NDArray[np.uint8]


class InputSpec(NamedTuple):
    """Input of a network: how ``emotion_core.dataset.to_pixels`` turns a photo into pixels.

    Attributes:
        size_px: side of the square input, in pixels; the aspect ratio is not kept, as in the source study.
        interpolation: ``nearest``, ``bilinear``, ``bicubic``, ``lanczos`` or ``area``; all but the first use every
            pixel of the photo when shrinking.
        color: ``rgb``, or ``grey`` for brightness only.
        face_crop: whether the photo is cropped to its largest face, if it has one.
        face_margin: margin around the face on each side, as a share of the face's longer side; negative values crop
            into the face.
    """

    size_px: int
    interpolation: str = "bilinear"
    color: str = "rgb"
    face_crop: bool = False
    face_margin: float = FACE_MARGIN

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels: 3 for RGB, 1 for brightness."""
        return self.size_px, self.size_px, 3 if self.color == "rgb" else 1


@dataclass(frozen=True)
class Picture:
    """A decoded image file.

    Attributes:
        image: first frame, upright, mode RGB, transparency on white, at most as large as requested.
        source_format: Pillow's name of the format, for instance ``"JPEG"``.
        original_size: width and height of the file's image, upright, in pixels.
        animated: whether the file holds more frames.
        subsampling: chroma subsampling of a JPEG in Pillow's codes: 0 for none, 1 and 2 for coarser; 0 for other
            formats.
    """

    image: Image.Image
    source_format: str
    original_size: tuple[int, int]
    animated: bool
    subsampling: int = 0

    @property
    def lossless(self) -> bool:
        """Whether the source format is lossless, so that storing the image as JPEG would lose detail."""
        return self.source_format in LOSSLESS_FORMATS
