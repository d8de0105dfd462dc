"""Decoding of image files in a reader process."""

from typing import Any

from PIL import Image

from emotion_core import images
from emotion_core.images import STORED_SIDE_PX, Picture
from emotion_core.sandbox.allowance import MEMORY_BYTES, Allowance
from emotion_core.sandbox.calls import call

# A reader holds a picture twice while it answers.
_BYTES_PER_PIXEL = 6


def decode(data: bytes, side_px: int = STORED_SIDE_PX) -> Picture:
    """Decode an image file as ``images.decode`` does, but in a reader process, within limits of time and memory.

    Args:
        data: bytes of the file.
        side_px: longest side of the result, in pixels; larger images are shrunk to it.

    Raises:
        UnreadableImage: the file is rejected, or takes more than 5 seconds or 500 MB.
    """
    return picture_of(call(_decoded, data, side_px, allowance=picture_allowance(side_px)))


def values_of(picture: Picture) -> list[Any]:
    """Return a picture as a reader process sends it."""
    facts = [picture.source_format, picture.original_size, picture.animated, picture.subsampling]
    return [picture.image.tobytes(), picture.image.size, *facts]


def picture_of(values: list[Any]) -> Picture:
    """Return the picture that ``values_of`` was made from."""
    pixels, (width, height), source_format, (original_width, original_height), animated, subsampling = values
    image = Image.frombytes("RGB", (width, height), pixels)
    return Picture(image, source_format, (original_width, original_height), animated, subsampling)


def picture_allowance(side_px: int) -> Allowance:
    """Return the allowance of a picture that is kept in a size; only the user asks for larger ones than usual.

    >>> picture_allowance(2048).memory_bytes
    500000000
    """
    return Allowance(memory_bytes=MEMORY_BYTES + _BYTES_PER_PIXEL * max(0, side_px**2 - STORED_SIDE_PX**2))


def _decoded(data: bytes, side_px: int) -> list[Any]:
    return values_of(images.decode(data, side_px))
