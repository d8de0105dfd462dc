"""Limits on the bytes and pixels of image files from elsewhere."""

from emotion_core.errors import UnreadableImage

MAX_BYTES = 25_000_000
MAX_PIXELS = 50_000_000
# Lower for decoders that hold several copies of the image: WebP holds four, 300 MB at 20 megapixels.
MAX_PIXELS_IN_COPIES = 20_000_000
# Phones save 24.5 megapixels by default. HEIC needs fewer copies than the formats above: 230 MB at 25 megapixels.
MAX_PIXELS_HEIC = 25_000_000
MIN_SIDE_PX = 16


def check_size(width: int, height: int, max_pixels: int = MAX_PIXELS) -> None:
    """Check the size of a picture before its pixels are decoded.

    Args:
        width: in pixels.
        height: in pixels.
        max_pixels: most pixels allowed.

    Raises:
        UnreadableImage: the picture is too large or too small.
    """
    if width * height > max_pixels:
        raise UnreadableImage(
            f"The picture has too many pixels. Expected at most {max_pixels:,}. Received: {width} x {height}."
        )
    if min(width, height) < MIN_SIDE_PX:
        raise UnreadableImage(
            f"The picture is too small. Expected at least {MIN_SIDE_PX} pixels per side. Received: {width} x {height}."
        )
