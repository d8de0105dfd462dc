"""Quality of a single photo: numbers measured on its pixels, and simple flags."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

NUMBERS = ("brightness", "colourfulness", "saturation", "sharpness")
FLAGS = ("small", "dark", "blank", "grey", "blurred", "text")

# Thresholds of the flags, in pixels, gray levels of 255, or shares.
SMALL_SIDE_PX = 64
DARK_BRIGHTNESS = 40
BLANK_DEVIATION = 6
GREY_SATURATION = 4
WORKING_SIDE_PX = 64
DETAIL_SIDE_PX = 256
BLUR_RADIUS_PX = 4
BLURRED_SHARPNESS = 0.43
# Differences between neighboring pixels: up to 5 gray levels is even ground, more than a quarter of the image's
# range from darkest to lightest is a hard edge.
EVEN_STEP, HARD_STEP = 5, 0.25
# Text has at least this share of hard edges among its uneven steps, and this many strokes per pixel.
TEXT_HARD_SHARE, TEXT_STROKES = 0.22, 0.006


@dataclass(frozen=True)
class QualityMeasures:
    """Measurements of one photo.

    Attributes:
        brightness: mean of all values, 0 to 255.
        colourfulness: colorfulness by Hasler and Suesstrunk (2003), from 0 for gray to above 100.
        saturation: mean difference between a pixel's largest and smallest channel, 0 to 255.
        sharpness: share of the contrast that one more blur removes, from 0 for a blurred photo to 1.
        flags: any of ``FLAGS``.
    """

    brightness: float
    colourfulness: float
    saturation: float
    sharpness: float
    flags: tuple[str, ...]

    def as_row(self) -> dict[str, object]:
        """Return the numbers under the names of the catalog's columns."""
        return {name: getattr(self, name) for name in NUMBERS}


def measure(image: Image.Image) -> QualityMeasures:
    """Measure one upright RGB photo."""
    # Reducing by a whole factor first is faster for large photos than one resize.
    reduced = image.reduce(max(1, max(image.size) // DETAIL_SIDE_PX))
    working = reduced.resize((WORKING_SIDE_PX, WORKING_SIDE_PX), Image.Resampling.BOX)
    # Channels first: comparing the three interleaved values of each pixel takes twenty times as long.
    values = np.moveaxis(np.asarray(working), 2, 0).astype(np.float32, order="C")
    brightness, saturation = float(values.mean()), float(np.ptp(values, axis=0).mean())
    detail = _shrunk(reduced.convert("L"))
    sharpness = _sharpness(detail)
    # Per channel: over all values, a uniformly colored photo would have a large deviation too.
    blank = bool(values.std(axis=(1, 2)).max() < BLANK_DEVIATION)
    checks = {
        "small": min(image.size) < SMALL_SIDE_PX,
        "dark": brightness < DARK_BRIGHTNESS,
        "blank": blank,
        "grey": saturation < GREY_SATURATION,
        "blurred": not blank and sharpness < BLURRED_SHARPNESS,
        "text": not blank and _is_text(np.asarray(detail)),
    }
    return QualityMeasures(
        brightness=brightness,
        colourfulness=_colourfulness(values),
        saturation=saturation,
        sharpness=sharpness,
        flags=tuple(name for name, holds in checks.items() if holds),
    )


def _shrunk(image: Image.Image) -> Image.Image:
    """Return the image at the size at which sharpness is measured; networks do not see finer detail."""
    scale = DETAIL_SIDE_PX / max(image.size)
    if scale >= 1:
        return image
    size = max(3, round(image.width * scale)), max(3, round(image.height * scale))
    return image.resize(size, Image.Resampling.BOX)


def _sharpness(grey: Image.Image) -> float:
    """Return the share of contrast between neighboring pixels that one more blur removes, 0 to 1.

    One minus the measure of Crete, Dolmiere, Ladret and Nicolas, The blur effect (2007), without its squares: a photo
    that is blurred already loses little. The blurrier of the two directions counts, so that motion blur shows too.
    """
    return min(_lost_contrast(grey, (BLUR_RADIUS_PX, 0), 1), _lost_contrast(grey, (0, BLUR_RADIUS_PX), 0))


def _lost_contrast(grey: Image.Image, radius: tuple[int, int], axis: int) -> float:
    before, after = (_contrast(image, axis) for image in (grey, grey.filter(ImageFilter.BoxBlur(radius))))
    # At least 1, because a uniform image has no contrast to lose.
    return float(np.maximum(before - after, 0).sum() / max(int(before.sum()), 1))


def _contrast(grey: Image.Image, axis: int) -> np.ndarray:
    """Return the absolute differences between neighbors; int16, because uint8 differences would wrap around."""
    contrast: np.ndarray = np.abs(np.diff(np.asarray(grey, dtype=np.int16), axis=axis))
    return contrast


def _is_text(grey: np.ndarray) -> bool:
    """Return whether an image is strokes on even ground: neighbors differ strongly or hardly, with many edges per row.

    Args:
        grey: uint8 of shape (height, width).
    """
    steps: np.ndarray = np.diff(grey.astype(np.int16), axis=1)
    hard = HARD_STEP * int(np.ptp(grey))
    up, down = steps > hard, steps < -hard
    hard_steps = np.count_nonzero(up) + np.count_nonzero(down)
    uneven = np.count_nonzero(np.abs(steps) > EVEN_STEP)
    # A stroke has one edge up and one down, and a row of letters has many; the outline of a large object has few.
    # Runs of hard steps count once, because antialiasing spreads an edge over several pixels.
    rises, falls = (np.count_nonzero(edge[:, 1:] & ~edge[:, :-1], axis=1) for edge in (up, down))
    strokes = np.minimum(rises, falls).sum() / grey.size
    return bool(hard_steps > TEXT_HARD_SHARE * uneven and strokes > TEXT_STROKES)


def _colourfulness(values: np.ndarray) -> float:
    """Return M(3) of Hasler and Suesstrunk, Measuring colourfulness in natural images (2003).

    Args:
        values: channels first, float32 of shape (3, height, width).
    """
    red, green, blue = values
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))
