"""Limits on the bytes and pixels of image files from elsewhere."""

from emotion_core.errors import UnreadableImage

MAX_BYTES = 25_000_000
MAX_PIXELS = 50_000_000
# Lower for decoders that hold several copies of the image: WebP holds four, 300 MB at 20 megapixels.
MAX_PIXELS_IN_COPIES = 20_000_000
# Phones save 24.5 megapixels by default. HEIC needs fewer copies than the formats above: 230 MB at 25 megapixels.
MAX_PIXELS_HEIC = 25_000_000
MIN_SIDE_PX = 16
# Photos have a few hundred parts: segments, chunks, tiles. Small ones by the million take longer than their pixels.
MAX_PARTS = 100_000
# Every scan of a JPEG passes over all its pixels: ten scans are usual, and take 1.5 seconds at 50 megapixels.
MAX_SCANNED_PIXELS = 1_500_000_000


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


def check_parts(count: int) -> None:
    """Check the number of parts of a file before they are read.

    Raises:
        UnreadableImage: there are too many.
    """
    if count > MAX_PARTS:
        raise UnreadableImage(f"The picture is in too many parts. Expected at most {MAX_PARTS:,}.")


def check_scans(scans: int, width: int, height: int) -> None:
    """Check how often a JPEG passes over its pixels before they are decoded.

    Args:
        scans: number of its scans.
        width: in pixels.
        height: in pixels.

    Raises:
        UnreadableImage: decoding would take too long.
    """
    most = max(1, MAX_SCANNED_PIXELS // (width * height))
    if scans > most:
        raise UnreadableImage(
            f"The picture is in too many scans. Expected at most {most:,} at its size. Received: {scans:,}."
        )
