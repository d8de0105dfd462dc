"""What the catalog stores of a photo, made from its file in a reader process."""

from dataclasses import asdict, dataclass
from typing import Any

from emotion_core import images, sandbox
from emotion_core.dataset.catalog import quality


@dataclass(frozen=True)
class EncodedPhoto:
    """A photo as it is stored.

    Attributes:
        stored: re-encoded photo: pixels only.
        suffix: suffix of its file.
        thumbnail: square JPEG of its center.
        width: of the stored photo, in pixels.
        height: of the stored photo, in pixels.
        original_width: of the file that it came in, upright, in pixels.
        original_height: of the file that it came in, upright, in pixels.
        measures: numbers of its quality, under the names of the catalog's columns.
        flags: any of ``FLAGS``, and ``animated``.
    """

    stored: bytes
    suffix: str
    thumbnail: bytes
    width: int
    height: int
    original_width: int
    original_height: int
    measures: dict[str, object]
    flags: list[str]


def encode_photo(data: bytes, side_px: int) -> EncodedPhoto:
    """Decode and measure a photo, and encode it for storing.

    Args:
        data: bytes of an image file.
        side_px: longest side of the stored photo, in pixels; larger ones are shrunk to it.

    Raises:
        UnreadableImage: the bytes are no image within the limits of size, time and memory.
    """
    return EncodedPhoto(**sandbox.call(_encoded, data, side_px, allowance=sandbox.picture_allowance(side_px)))


def _encoded(data: bytes, side_px: int) -> dict[str, Any]:
    picture = images.decode(data, side_px)
    stored, suffix = images.encode(picture)
    measures = quality.measure(picture.image)
    return asdict(
        EncodedPhoto(
            stored,
            suffix,
            images.thumbnail(picture.image),
            *picture.image.size,
            *picture.original_size,
            measures.as_row(),
            [*measures.flags, *(["animated"] if picture.animated else [])],
        )
    )
