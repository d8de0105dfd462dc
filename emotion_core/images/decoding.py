"""Image decoding: bytes to upright RGB pixels in sRGB within size limits, in one room for all callers."""

import hashlib
import io
import math
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, JpegImagePlugin

from emotion_core.errors import UnreadableImage
from emotion_core.images import limits
from emotion_core.images.colors import ColorConversion
from emotion_core.images.containers import Contents, exif_orientation, iso_media_contents, tiff_contents, webp_contents
from emotion_core.images.formats import EXPECTED, FORMATS, MOVING_FORMATS
from emotion_core.images.jpeg_contents import continuations, has_all_scans, jpeg_contents
from emotion_core.images.png_contents import png_contents
from emotion_core.images.records import Picture

STORED_SIDE_PX = 2048
_COPYING_FORMATS = frozenset({"WEBP", "AVIF", "TIFF"})
_TIFF_STARTS = frozenset({b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"})
_ON_ITS_SIDE = frozenset({5, 6, 7, 8})  # EXIF orientations that swap width and height
_BAND_PX = 64  # rows converted at a time


def decode(data: bytes, side_px: int = STORED_SIDE_PX) -> Picture:
    """Decode an image file by its content, whatever its name or content type claims.

    Args:
        data: bytes of the file, at most ``MAX_BYTES``.
        side_px: longest side of the result, in pixels; larger images are shrunk to it.

    Raises:
        UnreadableImage: unknown format, too many bytes or pixels, too small, or truncated.
    """
    if len(data) > limits.MAX_BYTES:
        raise UnreadableImage(
            f"The file is too large. Expected at most {limits.MAX_BYTES:,} bytes. Received: {len(data):,}."
        )
    try:
        with warnings.catch_warnings():
            # Between one and two times its own pixel limit Pillow only warns; the lower limit here is checked below.
            warnings.simplefilter("ignore")
            return _decoded(_contents(data), side_px)
    except (UnreadableImage, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise UnreadableImage(f"The picture has too many pixels. Expected at most {limits.MAX_PIXELS:,}.") from error
    except Exception as error:  # Pillow's decoders raise many error types for damaged files.
        raise UnreadableImage(_unreadable_reason(data)) from error


def _decoded(contents: Contents, side_px: int) -> Picture:
    try:
        return _picture(contents, side_px)
    except (UnreadableImage, Image.DecompressionBombError, MemoryError):
        raise
    except Exception:
        # Rarely needed, and as slow as decoding, so it is not done before.
        if contents.repaired is None:
            raise
        return _picture(replace(contents, data=contents.repaired()), side_px)


def _contents(data: bytes) -> Contents:
    """Return the file without what its pixels do not need."""
    if data.startswith(b"\xff\xd8\xff"):
        contents = jpeg_contents(data)
    elif data.startswith(b"\x89PNG"):
        contents = png_contents(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        contents = webp_contents(data)
    elif data[4:8] == b"ftyp":
        contents = iso_media_contents(data)
    elif data[:4] in _TIFF_STARTS:
        contents = tiff_contents(data)
    else:
        contents = Contents(data)
    return contents


def _picture(contents: Contents, side_px: int) -> Picture:
    with _opened(contents.data) as opened:
        limits.check_size(*opened.size, _max_pixels(opened))
        limits.check_scans(contents.scans, *opened.size)
        if not contents.complete and not _has_all_pixels(contents.data):
            raise UnreadableImage(_unreadable_reason(contents.data))
        # Browsers ignore the orientation in XMP data; Pillow would ask them.
        for name in ("xmp", "XML:com.adobe.xmp"):
            opened.info.pop(name, None)
        source_format, original_size = opened.format or "", opened.size
        animated = contents.animated
        if animated is None:
            animated = source_format in MOVING_FORMATS and getattr(opened, "is_animated", False)
        size = _kept_size(*original_size, side_px)
        _load(opened, size)
        subsampling = max(0, JpegImagePlugin.get_sampling(opened)) if source_format == "JPEG" else 0
        orientation = contents.orientation or _decoders_orientation(opened)
        if orientation in _ON_ITS_SIDE:
            original_size = original_size[::-1]
        profile = opened.info.get("icc_profile") if contents.profile is None else contents.profile
        colors = ColorConversion(profile or b"", contents.encoding, opened.mode)
        return Picture(
            _upright_rgb(opened, size, orientation, colors), source_format, original_size, animated, subsampling
        )


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=_formats(data))


def _decoders_orientation(opened: Image.Image) -> int:
    """Return the orientation that an opened file asks for, if its decoder has not applied it yet."""
    if opened.format == "TIFF":
        return int(opened.getexif().get(ExifTags.Base.Orientation, 1))
    return exif_orientation((opened.info.get("exif") or b"").removeprefix(b"Exif\0\0"))


def _has_all_pixels(data: bytes) -> bool:
    """Whether the pixels of a JPEG without an end do not depend on what would follow: then none is missing."""
    if not has_all_scans(data):
        return False
    hashes = set()
    for following in continuations(data):
        with _opened(data[:-2] + following + data[-2:]) as opened:
            hashes.add(_pixel_hash(opened))
    return len(hashes) == 1


def _pixel_hash(opened: Image.Image) -> bytes:
    digest = hashlib.sha256()
    for top in range(0, opened.height, _BAND_PX):
        digest.update(opened.crop((0, top, opened.width, min(top + _BAND_PX, opened.height))).tobytes())
    return digest.digest()


def _formats(data: bytes) -> tuple[str, ...]:
    """Return the Pillow formats to try; the HEIC reader is loaded only for files that may be HEIC."""
    # HEIC and AVIF files start with an ISO media "ftyp" box.
    if data[4:8] != b"ftyp":
        return FORMATS
    try:
        import pillow_heif
    except ImportError as error:
        if b"avif" in data[8:64]:  # Pillow reads it by itself.
            return FORMATS
        raise UnreadableImage(
            "HEIC photos cannot be read here. Expected the package pillow-heif. Run: pip install pillow-heif"
        ) from error
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    return (*FORMATS, "HEIF")


def _max_pixels(opened: Image.Image) -> int:
    if opened.format == "HEIF":
        return limits.MAX_PIXELS_HEIC
    # The decoder holds all coefficients of a progressive JPEG: two bytes for each of a CMYK image's four channels.
    in_copies = opened.mode == "CMYK" and "progressive" in opened.info
    return limits.MAX_PIXELS_IN_COPIES if in_copies or opened.format in _COPYING_FORMATS else limits.MAX_PIXELS


def _kept_size(width: int, height: int, side_px: int) -> tuple[int, int]:
    """Return the width and height after shrinking the longer side to at most ``side_px``."""
    scale = min(1.0, side_px / max(width, height))
    return round(width * scale), round(height * scale)


def _load(opened: Image.Image, size: tuple[int, int]) -> None:
    if size != opened.size and min(size) > 0:
        # Only JPEG supports this: it decodes directly to a half, a quarter or an eighth, never below the given size.
        opened.draft(opened.mode, size)
    opened.load()


def _upright_rgb(image: Image.Image, size: tuple[int, int], orientation: int, colors: ColorConversion) -> Image.Image:
    """Return the image resized, upright and in sRGB, converted in bands: a full copy of a large one takes 200 MB."""
    limits.check_size(*size)  # A long, narrow image may have shrunk below the minimum.
    is_plain = image.mode == "RGB" and not image.has_transparency_data and not colors.needed
    if is_plain and size == image.size and orientation == 1:
        # Most photos need no conversion; the general path below would copy them three times.
        pixels = image.copy()
        pixels.info = {}
        return pixels
    scale = _scale_to_eight_bits(image)
    pixels = Image.new("RGB", size)
    for top in range(0, size[1], _BAND_PX):
        pixels.paste(_band(image, size, top, scale, colors), (0, top))
    pixels.getexif()[ExifTags.Base.Orientation] = orientation
    pixels = ImageOps.exif_transpose(pixels)
    pixels.info = {}  # Pillow would write comments and color profiles from here into every saved file.
    return pixels


def _band(image: Image.Image, size: tuple[int, int], top: int, scale: float, colors: ColorConversion) -> Image.Image:
    """Return one band of the resized image, starting at row ``top``, exactly as resizing the whole image would."""
    bottom, step = min(top + _BAND_PX, size[1]), image.height / size[1]
    if size == image.size:
        return _on_white(image.crop((0, top, image.width, bottom)), scale, colors)
    # The Lanczos kernel reaches three output pixels to either side, so neighboring source rows are needed too.
    first = max(0, math.floor((top - 3) * step) - 1)
    last = min(image.height, math.ceil((bottom + 3) * step) + 1)
    rows = _on_white(image.crop((0, first, image.width, last)), scale, colors)
    box = (0, top * step - first, image.width, min(bottom * step - first, rows.height))
    return rows.resize((size[0], bottom - top), Image.Resampling.LANCZOS, box)


def _on_white(image: Image.Image, scale: float, colors: ColorConversion) -> Image.Image:
    """Return a band in sRGB, its transparent parts on white; their colors are converted before they are mixed."""
    if _is_deep(image):
        values, transparent = np.asarray(image, dtype=np.float64), image.info.get("transparency")
        shades = np.nan_to_num(values * scale, posinf=255, neginf=0)
        image = Image.fromarray(np.rint(shades.clip(0, 255)).astype(np.uint8))
        if transparent is not None:
            image.putalpha(Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8)))
    if not image.has_transparency_data:
        return colors.apply(image)
    rgba = image.convert("RGBA")
    opaque = colors.apply(rgba.convert("RGB"))
    return Image.composite(opaque, Image.new("RGB", rgba.size, "white"), rgba.getchannel("A"))


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith("I") or image.mode == "F"


def _scale_to_eight_bits(image: Image.Image) -> float:
    """Return the factor that maps values to 0-255: Pillow's own conversion clips at 255, so 16-bit photos go white.

    PNG files use all 16 bits. TIFF files often hold fewer bits than they have room for, so their largest value counts.
    """
    if not _is_deep(image):
        return 1.0
    if image.format == "PNG":
        return 255 / 65535
    tops = range(0, image.height, _BAND_PX)
    bands = (np.asarray(image.crop((0, top, image.width, min(top + _BAND_PX, image.height)))) for top in tops)
    largest = max(float(np.nan_to_num(band, posinf=0).max()) for band in bands)
    # The white of floating-point pictures, and of 8, 10, 12 and 16 bits.
    whites = (1, 255, 65535) if image.mode == "F" else (255, 1023, 4095, 65535)
    return 255 / next((white for white in whites if largest <= white), largest)


def _unreadable_reason(data: bytes) -> str:
    """Return the error text for undecodable bytes; servers often send a web page in place of an image."""
    start = data[:512].lstrip().lower()
    if not data:
        return "The file is empty. Expected an image."
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        return f"The file is a web page or a vector drawing, not a photo. {EXPECTED}"
    return f"The file is damaged, incomplete or not an image. {EXPECTED}"


def read(path: Path) -> Picture:
    """Decode an image file from disk.

    Raises:
        UnreadableImage: the file cannot be opened, or ``decode`` rejects its bytes.
    """
    try:
        if path.stat().st_size > limits.MAX_BYTES:
            raise UnreadableImage(
                f"The file is too large. Expected at most {limits.MAX_BYTES:,} bytes. Received: {path.name!r}."
            )
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableImage(f"The file cannot be opened: {error.strerror}. Received: {path.name!r}.") from error
    return decode(data)
