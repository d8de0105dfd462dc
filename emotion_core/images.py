"""Image decoding and encoding: bytes to upright RGB pixels within size limits, in one module for all callers."""

import io
import math
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageOps, JpegImagePlugin

from emotion_core.errors import UnreadableImage

MAX_BYTES = 25_000_000
MAX_PIXELS = 50_000_000
# Lower for decoders that hold several copies of the image: WebP holds four, 300 MB at 20 megapixels.
MAX_PIXELS_IN_COPIES = 20_000_000
_COPYING_FORMATS = frozenset({"WEBP", "AVIF", "TIFF"})
# Phones save 24.5 megapixels by default. HEIC needs fewer copies than the formats above: 230 MB at 25 megapixels.
MAX_PIXELS_HEIC = 25_000_000
MIN_SIDE_PX = 16
STORED_SIDE_PX = 2048
THUMBNAIL_SIDE_PX = 128
# The detector's box ends at the eyebrows and the chin; the margin brings in the rest of the head.
FACE_MARGIN = 0.25
_ON_ITS_SIDE = frozenset({5, 6, 7, 8})  # EXIF orientations that swap width and height
_BAND_PX = 64  # rows converted at a time
# "MPO" (phones' multi-picture JPEGs) must not be listed: Pillow opens it with the JPEG reader, has no reader of that
# name and raises KeyError for it.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
_EXPECTED = "Expected JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC."
LOSSLESS_FORMATS = frozenset({"PNG", "BMP", "GIF", "TIFF"})
# MPO and TIFF may hold several images too, but as pages or views, not as an animation.
_MOVING_FORMATS = frozenset({"GIF", "WEBP", "PNG", "AVIF"})

# What file dialogs offer, without the dot; the decoder goes by content, not by name.
PHOTO_SUFFIXES = ("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "heif")

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


def decode(data: bytes, side_px: int = STORED_SIDE_PX) -> Picture:
    """Decode an image file by its content, whatever its name or content type claims.

    Args:
        data: bytes of the file, at most ``MAX_BYTES``.
        side_px: longest side of the result, in pixels; larger images are shrunk to it.

    Raises:
        UnreadableImage: unknown format, too many bytes or pixels, too small, or truncated.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableImage(f"The file is too large. Expected at most {MAX_BYTES:,} bytes. Received: {len(data):,}.")
    try:
        with warnings.catch_warnings():
            # Between one and two times its own pixel limit Pillow only warns; the lower limit here is checked below.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_formats(data)) as opened:
                _check_size(*opened.size, _max_pixels(opened))
                return _picture(opened, side_px)
    except UnreadableImage:
        raise
    except Image.DecompressionBombError as error:
        raise UnreadableImage(f"The picture has too many pixels. Expected at most {MAX_PIXELS:,}.") from error
    except Exception as error:  # Pillow's decoders raise many error types for damaged files.
        raise UnreadableImage(_unreadable_reason(data)) from error


def _picture(opened: Image.Image, side_px: int) -> Picture:
    source_format, original_size = opened.format or "", opened.size
    animated = source_format in _MOVING_FORMATS and getattr(opened, "is_animated", False)
    size = _kept_size(*original_size, side_px)
    _load(opened, size)
    subsampling = max(0, JpegImagePlugin.get_sampling(opened)) if source_format == "JPEG" else 0
    orientation = opened.getexif().get(ExifTags.Base.Orientation, 1)
    if orientation in _ON_ITS_SIDE:
        original_size = original_size[::-1]
    return Picture(_upright_rgb(opened, size, orientation), source_format, original_size, animated, subsampling)


def _formats(data: bytes) -> tuple[str, ...]:
    """Return the Pillow formats to try; the HEIC reader is loaded only for files that may be HEIC."""
    # HEIC and AVIF files start with an ISO media "ftyp" box.
    if data[4:8] != b"ftyp":
        return FORMATS
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    return (*FORMATS, "HEIF")


def _max_pixels(opened: Image.Image) -> int:
    if opened.format == "HEIF":
        return MAX_PIXELS_HEIC
    # The decoder holds all coefficients of a progressive JPEG: two bytes for each of a CMYK image's four channels.
    in_copies = opened.mode == "CMYK" and "progressive" in opened.info
    return MAX_PIXELS_IN_COPIES if in_copies or opened.format in _COPYING_FORMATS else MAX_PIXELS


def _check_size(width: int, height: int, max_pixels: int = MAX_PIXELS) -> None:
    if width * height > max_pixels:
        raise UnreadableImage(
            f"The picture has too many pixels. Expected at most {max_pixels:,}. Received: {width} x {height}."
        )
    if min(width, height) < MIN_SIDE_PX:
        raise UnreadableImage(
            f"The picture is too small. Expected at least {MIN_SIDE_PX} pixels per side. Received: {width} x {height}."
        )


def _kept_size(width: int, height: int, side_px: int) -> tuple[int, int]:
    """Return the width and height after shrinking the longer side to at most ``side_px``."""
    scale = min(1.0, side_px / max(width, height))
    return round(width * scale), round(height * scale)


def _load(opened: Image.Image, size: tuple[int, int]) -> None:
    if size != opened.size and min(size) > 0:
        # Only JPEG supports this: it decodes directly to a half, a quarter or an eighth, never below the given size.
        opened.draft(opened.mode, size)
    opened.load()


def _upright_rgb(image: Image.Image, size: tuple[int, int], orientation: int) -> Image.Image:
    """Return the image resized, upright and in RGB, converted in bands: a full copy of a large one takes 200 MB."""
    _check_size(*size)  # A long, narrow image may have shrunk below the minimum.
    if image.mode == "RGB" and size == image.size and orientation == 1 and not image.has_transparency_data:
        # Most photos need no conversion; the general path below would copy them three times.
        pixels = image.copy()
        pixels.info = {}
        return pixels
    scale = _scale_to_eight_bits(image)
    pixels = Image.new("RGB", size)
    for top in range(0, size[1], _BAND_PX):
        pixels.paste(_band(image, size, top, scale), (0, top))
    pixels.getexif()[ExifTags.Base.Orientation] = orientation
    pixels = ImageOps.exif_transpose(pixels)
    pixels.info = {}  # Pillow would write comments and color profiles from here into every saved file.
    return pixels


def _band(image: Image.Image, size: tuple[int, int], top: int, scale: float) -> Image.Image:
    """Return one band of the resized image, starting at row ``top``, exactly as resizing the whole image would."""
    bottom, step = min(top + _BAND_PX, size[1]), image.height / size[1]
    if size == image.size:
        return _on_white(image.crop((0, top, image.width, bottom)), scale)
    # The Lanczos kernel reaches three output pixels to either side, so neighboring source rows are needed too.
    first = max(0, math.floor((top - 3) * step) - 1)
    last = min(image.height, math.ceil((bottom + 3) * step) + 1)
    rows = _on_white(image.crop((0, first, image.width, last)), scale)
    box = (0, top * step - first, image.width, min(bottom * step - first, rows.height))
    return rows.resize((size[0], bottom - top), Image.Resampling.LANCZOS, box)


def _on_white(image: Image.Image, scale: float) -> Image.Image:
    if _is_deep(image):
        values = np.asarray(image, dtype=np.float64)
        image = Image.fromarray((values * scale).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        image = Image.alpha_composite(white, rgba)
    return image.convert("RGB")


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith("I") or image.mode == "F"


def _scale_to_eight_bits(image: Image.Image) -> float:
    """Return the factor that maps values to 0-255: Pillow's own conversion clips at 255, so 16-bit photos go white."""
    if not _is_deep(image):
        return 1.0
    tops = range(0, image.height, _BAND_PX)
    bands = (image.crop((0, top, image.width, min(top + _BAND_PX, image.height))) for top in tops)
    return 255 / 65535 if max(np.asarray(band).max() for band in bands) > 255 else 1.0


def _unreadable_reason(data: bytes) -> str:
    """Return the error text for undecodable bytes; servers often send a web page in place of an image."""
    start = data[:512].lstrip().lower()
    if not data:
        return "The file is empty. Expected an image."
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        return f"The file is a web page or a vector drawing, not a photo. {_EXPECTED}"
    return f"The file is damaged, incomplete or not an image. {_EXPECTED}"


def read(path: Path) -> Picture:
    """Decode an image file from disk.

    Raises:
        UnreadableImage: the file cannot be opened, or ``decode`` rejects its bytes.
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


def read_kept(path: Path, least_side_px: int | None = None) -> Image.Image:
    """Return an image that ``encode`` wrote, without size limits: those are for files from elsewhere.

    Args:
        path: file to read, JPEG or PNG.
        least_side_px: longer side that is enough; a larger JPEG is decoded at a fraction of its size, which is faster.

    Raises:
        UnreadableImage: the file is missing or damaged.
    """
    try:
        with Image.open(path, formats=("JPEG", "PNG")) as opened:
            if least_side_px is not None:
                share = least_side_px / max(opened.size)
                opened.draft("RGB", (math.ceil(opened.width * share), math.ceil(opened.height * share)))
            return opened.convert("RGB")
    except Exception as error:  # Pillow's decoders raise many error types for damaged files.
        reason = getattr(error, "strerror", None) or "its file is damaged"
        raise UnreadableImage(f"The photo cannot be opened: {reason}. Received: {path.name!r}.") from error


def encode(picture: Picture) -> tuple[bytes, str]:
    """Return the bytes to store and their file suffix: pixels only, no EXIF, no hidden payload.

    A lossless source stays lossless (PNG); others become JPEG at quality 95 with the source's chroma subsampling.
    """
    if picture.lossless:
        return _saved(picture.image, "PNG", compress_level=4), ".png"
    return _saved(picture.image, "JPEG", quality=95, subsampling=picture.subsampling), ".jpg"


def _saved(image: Image.Image, file_format: str, **options: Any) -> bytes:
    # Pillow releases the GIL while it encodes into a real file, but not while it encodes into memory.
    with tempfile.TemporaryFile() as out:
        image.save(out, file_format, **options)
        out.seek(0)
        return out.read()


def thumbnail(image: Image.Image, side_px: int = THUMBNAIL_SIDE_PX) -> bytes:
    """Return a square JPEG of the center of an image.

    Args:
        image: mode RGB, any size.
        side_px: side of the thumbnail, in pixels.
    """
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    # The gap lets Pillow halve large images cheaply first; the difference is invisible at this size.
    fitted = image.resize((side_px, side_px), Image.Resampling.BILINEAR, box, reducing_gap=2.0)
    return _saved(fitted, "JPEG", quality=80)


def preview(image: Image.Image, side_px: int) -> bytes:
    """Return a JPEG of a whole image.

    Args:
        image: mode RGB, any size.
        side_px: longest side of the preview, in pixels; smaller images keep their size.
    """
    smaller = image.copy()
    smaller.thumbnail((side_px, side_px), Image.Resampling.BILINEAR)
    out = io.BytesIO()
    smaller.save(out, "JPEG", quality=88)
    return out.getvalue()


def looks_like_image(head: bytes) -> bool:
    """Whether a file that begins with these bytes, 32 or more, is a picture in one of the formats that are read."""
    if head[4:8] == b"ftyp":  # an ISO media file, by its brand
        return head[8:12] in {b"avif", b"avis", b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
    riff = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    signatures = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
    return riff or head.startswith(signatures) or (head.startswith(b"BM") and head[6:10] == b"\0\0\0\0")
