"""Colors of image files, converted to sRGB: by their ICC profile, or by the primaries that the file names."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps

from emotion_core.images.records import Pixels

# Profiles of printers take 2 MB; in a PNG they are compressed, and may claim any size.
MAX_PROFILE_BYTES = 4_000_000
# Pillow's modes by the color space of a profile. A profile for other channels than the picture has is not applied.
_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_Floats = npt.NDArray[np.float64]

# x and y of white, red, green and blue, by the codes of ITU-T H.273.
_D65 = (0.3127, 0.3290)
_PRIMARIES = {
    1: (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06),
    4: (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
_SRGB_PRIMARIES = _PRIMARIES[1]
# Browsers take a gamma of 1 / 2.2 for sRGB, whose curve differs from it in the shadows; 5 % is libpng's tolerance.
_LIKE_SRGB = 0.05
# Without a cache, because threads share conversions.
_FLAGS = ImageCms.Flags.NOCACHE
# Bradford's matrix, which adapts colors to another white.
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def _from_srgb(value: _Floats) -> _Floats:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _to_srgb(value: _Floats) -> _Floats:
    value = value.clip(0, 1)
    return np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)


def _from_pq(value: _Floats) -> _Floats:
    """Return SMPTE ST 2084's light, 1 for a white of 203 candela per square meter (ITU-R BT.2408)."""
    root = value ** (1 / 78.84375)
    light = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
    return light ** (1 / 0.1593017578125) * 10000 / 203


_TRANSFERS: dict[int, Callable[[_Floats], _Floats]] = {
    # Video is made for screens with this curve (ITU-R BT.1886).
    **dict.fromkeys((1, 6, 14, 15), lambda value: value**2.4),
    4: lambda value: value**2.2,
    5: lambda value: value**2.8,
    8: lambda value: value,
    13: _from_srgb,
    16: _from_pq,
}


@dataclass(frozen=True)
class Encoding:
    """How numbers stand for colors.

    Attributes:
        primaries: x and y of white, red, green and blue.
        curve: light by value, float64 of shape ``(256,)``, as a tuple so that encodings can be compared.
    """

    primaries: tuple[float, ...]
    curve: tuple[float, ...]

    @classmethod
    def from_codes(cls, primaries: int, transfer: int) -> "Encoding | None":
        """Return the encoding of two codes of ITU-T H.273, or None if one is not known.

        Args:
            primaries: code of the color primaries.
            transfer: code of the transfer characteristics.
        """
        if primaries not in _PRIMARIES or transfer not in _TRANSFERS:
            return None
        return cls(_PRIMARIES[primaries], tuple(_TRANSFERS[transfer](_STEPS)))

    @classmethod
    def from_gamma(cls, gamma: float, primaries: tuple[float, ...] | None) -> "Encoding | None":
        """Return the encoding of a PNG file's gAMA and cHRM chunks, or None for that of sRGB or if they make no sense.

        Args:
            gamma: exponent of the encoding, for instance 0.45455.
            primaries: x and y of white, red, green and blue; None for those of sRGB.
        """
        if not 0.05 <= gamma <= 20:
            return None
        if primaries is None and abs(gamma * 2.2 - 1) <= _LIKE_SRGB:
            return None
        encoding = cls(primaries or _SRGB_PRIMARIES, tuple(_STEPS ** (1 / gamma)))
        try:
            return encoding if np.isfinite(encoding.matrix).all() else None
        except (np.linalg.LinAlgError, ZeroDivisionError):
            return None

    @cached_property
    def matrix(self) -> _Floats:
        """Matrix from this encoding's light to that of sRGB, float64 of shape ``(3, 3)``."""
        return np.linalg.inv(_to_xyz(_SRGB_PRIMARIES)) @ _adapted(_to_xyz(self.primaries), self.primaries[:2])

    def to_srgb(self, pixels: Pixels) -> Pixels:
        """Return pixels in sRGB.

        Args:
            pixels: uint8 of shape ``(height, width, 3)`` in this encoding.
        """
        light = np.array(self.curve)[pixels] @ self.matrix.T
        return np.rint(_to_srgb(light) * 255).astype(np.uint8)


_STEPS: _Floats = np.arange(256) / 255


def _xyz(x: float, y: float) -> _Floats:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _to_xyz(primaries: tuple[float, ...]) -> _Floats:
    """Return the matrix from light of red, green and blue to XYZ, after Bruce Lindbloom's "RGB/XYZ Matrices"."""
    columns = np.stack([_xyz(*primaries[start : start + 2]) for start in (2, 4, 6)], axis=1)
    scaled: _Floats = columns * np.linalg.solve(columns, _xyz(*primaries[:2]))
    return scaled


def _adapted(matrix: _Floats, white: tuple[float, ...]) -> _Floats:
    scale = (_BRADFORD @ _xyz(*_D65)) / (_BRADFORD @ _xyz(*white))
    adapted: _Floats = np.linalg.inv(_BRADFORD) @ np.diag(scale) @ _BRADFORD @ matrix
    return adapted


class ColorConversion:
    """Conversion of a picture's colors to sRGB.

    Args:
        profile: ICC profile of the picture; empty for none. A damaged one counts as none.
        encoding: named encoding, for a picture without a profile.
        mode: Pillow's mode of the picture.
    """

    def __init__(self, profile: bytes, encoding: Encoding | None, mode: str) -> None:
        if not _is_profile(profile):
            profile = b""
        self._mode, self._transform = _transform(profile, mode) if profile else ("", None)
        self._encoding = encoding if not profile and mode != "CMYK" else None
        if self._encoding is not None and _changes_nothing(self._encoding.to_srgb):
            self._encoding = None

    @property
    def needed(self) -> bool:
        """Whether colors change."""
        return self._transform is not None or self._encoding is not None

    def apply(self, image: Image.Image) -> Image.Image:
        """Return an opaque picture in RGB with sRGB's colors.

        Args:
            image: picture, or a part of it, in the mode given before, RGB or L.
        """
        if self._transform is not None:
            return self._transform.apply(_without_black(image) if self._mode == "CMYK" else image.convert(self._mode))
        image = image.convert("RGB")
        return image if self._encoding is None else Image.fromarray(self._encoding.to_srgb(np.asarray(image)))


def _without_black(image: Image.Image) -> Image.Image:
    """Return a picture whose black ink is printed as the three colors, which is what browsers give to a profile."""
    colors = ImageOps.invert(image.convert("RGB")).split()
    return Image.merge("CMYK", [*colors, Image.new("L", image.size)])


def _is_profile(profile: bytes) -> bool:
    """Whether bytes are an ICC profile of the length that it states, by the rules of browsers."""
    return profile[36:40] == b"acsp" and int.from_bytes(profile[:4], "big") <= len(profile)


def _changes_nothing(convert: Callable[[Pixels], Pixels]) -> bool:
    colors = _color_cube()
    return int(np.abs(convert(colors).astype(np.int16) - colors).max()) <= 1


def _color_cube() -> Pixels:
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    return np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)


# A camera writes one profile into all its photos.
@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> tuple[str, ImageCms.ImageCmsTransform | None]:
    """Return the mode that a profile is for and its conversion; None where it is damaged, or changes nothing."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        profile_mode = _MODES[opened.profile.xcolor_space]
        is_grey = mode in {"1", "L", "LA", "F"} or mode.startswith("I")
        if (profile_mode == "CMYK") != (mode == "CMYK") or (profile_mode == "L" and not is_grey):
            return "", None
        srgb, intent = ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC
        transform = ImageCms.buildTransform(opened, srgb, profile_mode, "RGB", intent, _FLAGS)
    except (ImageCms.PyCMSError, OSError, KeyError, ValueError):
        return "", None

    def convert(pixels: Pixels) -> Pixels:
        return np.asarray(transform.apply(Image.fromarray(pixels)))

    if profile_mode == "RGB" and _changes_nothing(convert):
        return "", None
    return profile_mode, transform
