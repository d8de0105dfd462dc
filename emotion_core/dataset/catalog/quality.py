"""What can be told of one photo by itself: numbers and simple flags."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

NUMBERS = ("brightness", "colourfulness", "saturation", "sharpness")
FLAGS = ("small", "dark", "blank", "grey", "blurred", "text")

SMALL_SIDE_PX = 64
DARK_BRIGHTNESS = 40
BLANK_DEVIATION = 6
GREY_SATURATION = 4
WORKING_SIDE_PX = 64
DETAIL_SIDE_PX = 256
BLUR_RADIUS_PX = 4
BLURRED_SHARPNESS = 0.43
# Steps between neighbours: of grey levels, and as a share of the distance from the darkest to the lightest.
EVEN_STEP, HARD_STEP = 5, 0.25
# Of the uneven steps that are hard, and strokes to a pixel.
TEXT_HARD_SHARE, TEXT_STROKES = 0.22, 0.006


@dataclass(frozen=True)
class QualityMeasures:
    """What was measured of a photo.

    Attributes:
        brightness: mean of all values, 0 to 255.
        colourfulness: of Hasler and Suesstrunk (2003), 0 for grey to above 100.
        saturation: mean distance between the largest and the smallest of a pixel's three values, 0 to 255.
        sharpness: how much contrast one more blur takes away, 0 for blurred to 1.
        flags: any of ``FLAGS``.
    """

    brightness: float
    colourfulness: float
    saturation: float
    sharpness: float
    flags: tuple[str, ...]

    def as_row(self) -> dict[str, object]:
        """Return the numbers as the catalog keeps them."""
        return {name: getattr(self, name) for name in NUMBERS}


def measure(image: Image.Image) -> QualityMeasures:
    """Return the numbers and the flags of one upright RGB photo."""
    # Whole pixels at a time at first, which is the faster way for large photos.
    reduced = image.reduce(max(1, max(image.size) // DETAIL_SIDE_PX))
    working = reduced.resize((WORKING_SIDE_PX, WORKING_SIDE_PX), Image.Resampling.BOX)
    # One plane after the other: comparing the three numbers of a pixel where they lie takes twenty times as long.
    values = np.moveaxis(np.asarray(working), 2, 0).astype(np.float32, order="C")
    brightness, saturation = float(values.mean()), float(np.ptp(values, axis=0).mean())
    detail = _shrunk(reduced.convert("L"))
    sharpness = _sharpness(detail)
    # From place to place: the three numbers of one colour differ too.
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
    """Return the picture in the size that sharpness is told in: what is lost in it, no network misses."""
    scale = DETAIL_SIDE_PX / max(image.size)
    if scale >= 1:
        return image
    size = max(3, round(image.width * scale)), max(3, round(image.height * scale))
    return image.resize(size, Image.Resampling.BOX)


def _sharpness(grey: Image.Image) -> float:
    """Return how much of a photo's contrast between neighbours goes where it is blurred once more, 0 to 1.

    One minus the measure of Crete, Dolmiere, Ladret and Nicolas, The blur effect (2007), without its squares: what was
    blurred before, loses little. The blurrier direction counts, so that movement is seen too.
    """
    return min(_lost(grey, (BLUR_RADIUS_PX, 0), 1), _lost(grey, (0, BLUR_RADIUS_PX), 0))


def _lost(grey: Image.Image, radius: tuple[int, int], axis: int) -> float:
    before, after = (_steps(picture, axis) for picture in (grey, grey.filter(ImageFilter.BoxBlur(radius))))
    return float(np.maximum(before - after, 0).sum() / max(int(before.sum()), 1))


def _steps(grey: Image.Image, axis: int) -> np.ndarray:
    steps: np.ndarray = np.abs(np.diff(np.asarray(grey, dtype=np.int16), axis=axis))
    return steps


def _is_text(grey: np.ndarray) -> bool:
    """Whether a picture is strokes on an even ground: neighbours differ much or hardly, and rows go up and down often.

    Args:
        grey: uint8 of shape (height, width).
    """
    steps: np.ndarray = np.diff(grey.astype(np.int16), axis=1)
    hard = HARD_STEP * int(np.ptp(grey))
    up, down = steps > hard, steps < -hard
    is_hard = np.count_nonzero(up) + np.count_nonzero(down)
    uneven = np.count_nonzero(np.abs(steps) > EVEN_STEP)
    # A stroke goes up and down again, and a row of letters has many; the outline of something large has few.
    rises, falls = (np.count_nonzero(way[:, 1:] & ~way[:, :-1], axis=1) for way in (up, down))
    strokes = np.minimum(rises, falls).sum() / grey.size
    return bool(is_hard > TEXT_HARD_SHARE * uneven and strokes > TEXT_STROKES)


def _colourfulness(values: np.ndarray) -> float:
    """Hasler and Suesstrunk, Measuring colourfulness in natural images (2003), equation of their M(3)."""
    red, green, blue = values
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))
