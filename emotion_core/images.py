"""Bytes to upright RGB pixels, within limits: the only place that decodes a picture."""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from emotion_core.errors import UnreadableImage

MAX_BYTES = 25_000_000
MAX_PIXELS = 50_000_000
MIN_SIDE_PX = 16
STORED_SIDE_PX = 2048
THUMBNAIL_SIDE_PX = 128
# Phones' MPO files are opened by the JPEG reader; Pillow registers no reader of that name and raises KeyError for it.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
_EXPECTED = "Expected JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF."
LOSSLESS_FORMATS = frozenset({"PNG", "BMP", "GIF", "TIFF"})

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes:
        image: upright, mode RGB, first frame, transparency laid on white.
        source_format: Pillow's name of the format, for instance ``"JPEG"``.
    """

    image: Image.Image
    source_format: str

    @property
    def lossless(self) -> bool:
        """Whether the source format keeps every pixel, so that storing it as JPEG would lose some."""
        return self.source_format in LOSSLESS_FORMATS


def decode(data: bytes) -> Picture:
    """Return the picture that ``data`` holds, whatever its name or content type claims.

    Args:
        data: an image file's bytes, at most ``MAX_BYTES``.

    Raises:
        UnreadableImage: no known format, too many bytes or pixels, too small, or cut short.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableImage(f"The file is too large. Expected at most {MAX_BYTES:,} bytes. Received: {len(data):,}.")
    try:
        with warnings.catch_warnings():
            # Pillow only warns between one and two times its own limit; ours is lower and checked below.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                _check_size(*opened.size)
                source_format = opened.format or ""
                opened.load()
                return Picture(_upright_rgb(opened), source_format)
    except UnreadableImage:
        raise
    except Image.DecompressionBombError as error:
        raise UnreadableImage(f"The picture has too many pixels. Expected at most {MAX_PIXELS:,}.") from error
    except Exception as error:  # Pillow's decoders raise many kinds for damaged files.
        raise UnreadableImage(_unreadable_reason(data)) from error


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise UnreadableImage(
            f"The picture has too many pixels. Expected at most {MAX_PIXELS:,}. Received: {width} x {height}."
        )
    if min(width, height) < MIN_SIDE_PX:
        raise UnreadableImage(
            f"The picture is too small. Expected at least {MIN_SIDE_PX} pixels a side. Received: {width} x {height}."
        )


def _upright_rgb(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I") or upright.mode == "F":
        upright = _sixteen_to_eight_bits(upright)
    if upright.has_transparency_data:
        rgba = upright.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        upright = Image.alpha_composite(white, rgba)
    pixels = upright.convert("RGB")
    pixels.info = {}  # Pillow would write comments and colour profiles from here into every copy.
    return pixels


def _sixteen_to_eight_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image, dtype=np.float64)
    # Pillow's own conversion clips at 255, which turns a 16-bit photo white.
    scale = 255 / 65535 if values.max(initial=0) > 255 else 1.0
    return Image.fromarray((values * scale).clip(0, 255).astype(np.uint8))


def _unreadable_reason(data: bytes) -> str:
    start = data[:512].lstrip().lower()
    if not data:
        return "The file is empty. Expected an image."
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        return f"The file is a web page or a drawing in text form, not a photo. {_EXPECTED}"
    return f"The file is damaged, cut short, or no picture. {_EXPECTED}"


def read(path: Path) -> Picture:
    """Return the picture in a file.

    Raises:
        UnreadableImage: the file cannot be opened, or ``decode`` refuses its bytes.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableImage(
                f"The file is too large. Expected at most {MAX_BYTES:,} bytes. Received: {path.name!r}."
            )
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableImage(f"The file cannot be opened: {error.strerror}. Received: {path.name!r}.") from error
    return decode(data)


def encode(picture: Picture) -> tuple[bytes, str]:
    """Return the bytes to keep and their file suffix: pixels only, no EXIF, no payload.

    A lossless source stays lossless (PNG); others become JPEG at quality 95. Sides above ``STORED_SIDE_PX`` shrink.
    """
    image = picture.image
    if max(image.size) > STORED_SIDE_PX:
        image = image.copy()
        image.thumbnail((STORED_SIDE_PX, STORED_SIDE_PX), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    if picture.lossless:
        image.save(out, "PNG", compress_level=4)
        return out.getvalue(), ".png"
    image.save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue(), ".jpg"


def thumbnail(image: Image.Image, side_px: int = THUMBNAIL_SIDE_PX) -> bytes:
    """Return a square JPEG cut from the middle of the picture, ``side_px`` wide."""
    fitted = ImageOps.fit(image, (side_px, side_px), Image.Resampling.BILINEAR)
    out = io.BytesIO()
    fitted.save(out, "JPEG", quality=80)
    return out.getvalue()


def to_pixels(image: Image.Image, size_px: int) -> Pixels:
    """Return the picture as a network sees it, in training and in prediction alike.

    Args:
        image: mode RGB, any size.
        size_px: side of the square, in pixels; the aspect ratio is not kept, as in the source study.

    Returns:
        uint8 of shape ``(size_px, size_px, 3)``, values 0 to 255; bilinear, averaged over the area when shrinking.
    """
    return np.asarray(image.resize((size_px, size_px), Image.Resampling.BILINEAR), dtype=np.uint8)
