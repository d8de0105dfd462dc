"""The photos of the sample gallery: portraits drawn from a seed, in which only the expression depends on the class.

Skin, hair, glasses, clothes, pose, light, background and focus have the same distributions in both classes (the
functions that draw them never see the label), so colors, brightness and style do not reveal the class; mouth, brows,
eyes and cheeks do. ``benchmarks/gallery_difficulty.py`` measures that a linear model stays weak on these photos and
that a small convolutional network does not.
"""

import io
from functools import lru_cache

import numpy as np
from PIL import Image

from emotion_core.collect.samples.appearance import BEARD_STYLES, HAIR_STYLES, Appearance, Expression
from emotion_core.collect.samples.drawing import (
    PHOTO_SIZE_PX,
    Canvas,
    Colour,
    Pose,
    apply_lighting,
    blend,
    draw_background,
    shade,
)
from emotion_core.collect.samples.portrait import draw_portrait
from emotion_core.errors import SettingsError

# Best of the first twenty seeds: no two portraits are near copies, and the colors happen to reveal the class least.
GALLERY_SEED = 15
PHOTOS_PER_PAGE = 60
PAGES = 4
LABELS = ("happy", "sad")
JPEG_QUALITY = 88

# From light to dark; a skin tone is a blend of two neighbors.
_SKINS: tuple[Colour, ...] = (
    (245, 214, 188),
    (238, 200, 168),
    (228, 184, 149),
    (210, 160, 121),
    (186, 132, 94),
    (158, 106, 73),
    (130, 84, 60),
    (106, 69, 52),
)
# From dark to fair; the darker the skin, the fewer fair colors are available.
_HAIRS: tuple[Colour, ...] = (
    (40, 34, 38),
    (60, 42, 36),
    (92, 62, 46),
    (158, 156, 160),
    (124, 64, 42),
    (178, 98, 52),
    (166, 128, 80),
    (220, 184, 124),
)
_CLOTHES: tuple[Colour, ...] = (
    (226, 112, 92),
    (70, 118, 150),
    (238, 184, 92),
    (88, 140, 116),
    (122, 98, 150),
    (236, 230, 220),
    (60, 66, 84),
    (204, 140, 156),
    (150, 176, 190),
)
_BACKGROUNDS: tuple[Colour, ...] = (
    (252, 220, 186),
    (176, 212, 222),
    (200, 220, 190),
    (236, 190, 186),
    (206, 196, 226),
    (108, 152, 166),
    (130, 108, 136),
    (244, 240, 228),
    (70, 96, 112),
    (220, 164, 108),
    (92, 118, 98),
    (168, 96, 88),
)
_IRISES: tuple[Colour, ...] = ((70, 44, 32), (92, 62, 40), (60, 92, 76), (72, 110, 146), (104, 112, 116))
_FRAMES: tuple[Colour, ...] = ((40, 38, 44), (120, 70, 44), (170, 60, 66), (60, 84, 120), (196, 164, 96))


def draw_photo(label: str, index: int, *, seed: int = GALLERY_SEED) -> Image.Image:
    """Draw a portrait; the same arguments give the same pixels on every machine.

    Args:
        label: "happy" or "sad".
        index: index of the portrait within its class, from 0.
        seed: seed of the gallery.

    Returns:
        An RGB image of 256 x 256 pixels.

    Raises:
        SettingsError: the label is unknown or the index negative.
    """
    code = LABELS.index(check_label(label))
    rng = np.random.default_rng([seed, code, _checked_index(index)])
    pose = _draw_pose(rng)
    look = _draw_look(rng)
    canvas = Canvas(draw_background(rng, _BACKGROUNDS), pose)
    draw_portrait(canvas, look, _draw_happy(rng) if label == "happy" else _draw_sad(rng))
    # The light has its own generator, because the two expressions draw different amounts from the first one.
    return apply_lighting(canvas.downsampled(), np.random.default_rng([seed, 2 + code, index]))


@lru_cache(maxsize=2 * PAGES * PHOTOS_PER_PAGE)
def photo_bytes(label: str, index: int, *, seed: int = GALLERY_SEED) -> bytes:
    """Return a portrait as a JPEG file of about 20 kB; one gallery (480 portraits) is cached.

    Args:
        label: "happy" or "sad".
        index: index of the portrait within its class, from 0.
        seed: seed of the gallery.

    Raises:
        SettingsError: the label is unknown or the index negative.
    """
    buffer = io.BytesIO()
    draw_photo(label, index, seed=seed).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def check_label(label: str) -> str:
    """Return the label if it is a class of the gallery.

    Raises:
        SettingsError: it is neither "happy" nor "sad".
    """
    if label not in LABELS:
        raise SettingsError(
            "The sample gallery has no such class. Expected happy or sad. "
            f"Received: label={label!r}. Choose one of the two."
        )
    return label


def _checked_index(index: int) -> int:
    if index < 0:
        raise SettingsError(
            "The photo index is negative. Expected a whole number of at least 0. "
            f"Received: index={index}. Choose 0 to {PAGES * PHOTOS_PER_PAGE - 1}."
        )
    return index


def _draw_pose(rng: np.random.Generator) -> Pose:
    return Pose(
        x_px=PHOTO_SIZE_PX * rng.uniform(0.42, 0.58),
        y_px=PHOTO_SIZE_PX * rng.uniform(0.45, 0.6),
        unit_px=PHOTO_SIZE_PX * rng.uniform(0.355, 0.43),
        roll=float(np.radians(rng.uniform(-14, 14))),
        yaw=rng.uniform(-0.22, 0.22),
        nod=rng.uniform(-0.12, 0.12),
    )


def _pick(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return shade(colours[int(rng.integers(len(colours)))], rng.uniform(0.9, 1.1))


def _draw_skin_and_hair(rng: np.random.Generator) -> tuple[Colour, Colour]:
    tone = rng.uniform(0, len(_SKINS) - 1)
    lower = int(tone)
    skin = blend(_SKINS[lower], _SKINS[min(lower + 1, len(_SKINS) - 1)], tone - lower)
    available = max(3, len(_HAIRS) - int(tone))
    return skin, _pick(rng, _HAIRS[:available])


def _draw_look(rng: np.random.Generator) -> Appearance:
    skin, hair = _draw_skin_and_hair(rng)
    style = list(HAIR_STYLES)[int(rng.integers(len(HAIR_STYLES)))]
    beard = str(rng.choice(["none", "stubble", "full"], p=[0.5, 0.3, 0.2])) if style in BEARD_STYLES else "none"
    return Appearance(
        skin=skin,
        hair=hair,
        clothes=_pick(rng, _CLOTHES),
        trim=_pick(rng, _CLOTHES),
        iris=_pick(rng, _IRISES),
        frame=_pick(rng, _FRAMES),
        style=style,
        mirrored=bool(rng.random() < 0.5),
        volume=rng.uniform(0.97, 1.14),
        face_width=rng.uniform(0.92, 1.08),
        eye_gap=rng.uniform(0.3, 0.35),
        eye_size=rng.uniform(0.9, 1.12),
        lid=rng.uniform(0, 1),
        nose=rng.uniform(0.08, 0.2),
        brow=rng.uniform(0.06, 0.1),
        lip=rng.uniform(0, 1),
        glasses=str(rng.choice(["none", "round", "square"], p=[0.7, 0.16, 0.14])),
        beard=beard,
        neckline=str(rng.choice(["round", "vee", "collar"])),
        freckles=bool(rng.random() < 0.2),
        earrings=bool(beard == "none" and rng.random() < 0.3),
    )


def _draw_happy(rng: np.random.Generator) -> Expression:
    """Draw a smile: corners up, often open, raised brows, eyes narrowed from below by the cheeks."""
    return Expression(
        curve=rng.uniform(0.17, 0.27),
        opening=rng.uniform(0.14, 0.27) if rng.random() < 0.5 else 0.0,
        width=rng.uniform(0.29, 0.39),
        lean=rng.normal(0, 0.012),
        brow_height=rng.uniform(0.0, 0.1),
        brow_slant=rng.uniform(-0.04, 0.03),
        tilt=rng.uniform(-0.03, 0.01),
        upper_lid=rng.uniform(0.09, 0.13),
        lower_lid=rng.uniform(0.02, 0.06),
        gaze=(rng.uniform(-0.7, 0.7), rng.uniform(-0.4, 0.4)),
        closed=bool(rng.random() < 0.18),
        blush=rng.uniform(0.2, 1.0),
        tear=0.0,
    )


def _draw_sad(rng: np.random.Generator) -> Expression:
    """Draw sadness: corners down, often open, inner brows up, heavy lids, sometimes a tear."""
    return Expression(
        curve=-rng.uniform(0.16, 0.26),
        opening=rng.uniform(0.14, 0.27) if rng.random() < 0.5 else 0.0,
        width=rng.uniform(0.28, 0.38),
        lean=rng.normal(0, 0.012),
        brow_height=rng.uniform(-0.02, 0.07),
        brow_slant=rng.uniform(0.05, 0.12),
        tilt=rng.uniform(0.02, 0.06),
        upper_lid=rng.uniform(0.06, 0.1),
        lower_lid=rng.uniform(0.05, 0.09),
        gaze=(rng.uniform(-0.7, 0.7), rng.uniform(-0.1, 0.8)),
        closed=bool(rng.random() < 0.18),
        blush=rng.uniform(0.0, 0.8),
        tear=rng.uniform(0.15, 0.5) if rng.random() < 0.3 else 0.0,
    )
