"""Appearance and expression of the portraits in the sample gallery, and their hair styles.

``Appearance`` holds what must be independent of the class, ``Expression`` what may depend on it.
"""

from dataclasses import dataclass

import numpy as np

from emotion_core.collect.samples.drawing import Colour

Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Appearance:
    """Everything about a portrait but the expression; lengths in face units (half the height of a face).

    Attributes:
        skin, hair, clothes, trim, iris, frame: colors.
        style: hair style, a key of ``HAIR_STYLES``.
        mirrored: whether the parting is on the other side.
        volume: fullness of the hair or head cover, relative to 1.
        face_width: width of the face, relative to 1.
        eye_gap: distance of an eye's center from the middle of the face.
        eye_size: size of the eyes, relative to 1.
        lid: droop of the upper lids, 0 to 1.
        nose: length of the nose.
        brow: thickness of the brows.
        lip: contrast of the lips with the skin, 0 to 1.
        glasses: "none", "round" or "square".
        beard: "none", "stubble" or "full".
        neckline: "round", "vee" or "collar".
        freckles: whether the face has freckles.
        earrings: whether the ears have earrings.
    """

    skin: Colour
    hair: Colour
    clothes: Colour
    trim: Colour
    iris: Colour
    frame: Colour
    style: str
    mirrored: bool
    volume: float
    face_width: float
    eye_gap: float
    eye_size: float
    lid: float
    nose: float
    brow: float
    lip: float
    glasses: str
    beard: str
    neckline: str
    freckles: bool
    earrings: bool


@dataclass(frozen=True)
class Expression:
    """The expression of a face; lengths in face units.

    Attributes:
        curve: height of the corners of the mouth above its middle; negative if they droop.
        opening: height of the open mouth; 0 if closed.
        width: half the width of the mouth.
        lean: difference in height between the two corners.
        brow_height: how far the brows are raised.
        brow_slant: height of the inner ends of the brows above the outer ones.
        tilt: droop of the outer corners of the eyes.
        upper_lid: height of the eye's opening above its center.
        lower_lid: depth of the eye's opening below its center.
        gaze: direction of the eyes, (x, y) in shares of the eye.
        closed: whether the eyes are closed.
        blush: color of the cheeks, 0 to 1.
        tear: length of a tear; 0 for none.
    """

    curve: float
    opening: float
    width: float
    lean: float
    brow_height: float
    brow_slant: float
    tilt: float
    upper_lid: float
    lower_lid: float
    gaze: tuple[float, float]
    closed: bool
    blush: float
    tear: float


@dataclass(frozen=True)
class HairStyle:
    """A hair style or a head cover, in face units.

    Attributes:
        back: outline of the hair behind the head.
        front: outline of the hair in front of it.
        tufts: (x, y, radius) of round locks behind the head.
        curls: (x, y, radius) of round locks in front of it.
        fabric: whether it is a head cover, drawn in the color of the clothes' trim.
    """

    back: Corners = ()
    front: Corners = ()
    tufts: tuple[tuple[float, float, float], ...] = ()
    curls: tuple[tuple[float, float, float], ...] = ()
    fabric: bool = False


def _ring(
    count: int, start: float, stop: float, distance: float, radius: float
) -> tuple[tuple[float, float, float], ...]:
    """Return round locks around the skull between two angles, in degrees clockwise from the top."""
    angles = np.radians(np.linspace(start, stop, count))
    return tuple((distance * 0.9 * float(np.sin(a)), -distance * float(np.cos(a)) - 0.12, radius) for a in angles)


_DOME: Corners = ((0.8, -0.02), (0.87, -0.45), (0.74, -0.92), (0.38, -1.17), (0, -1.22))
_DOME += tuple((-x, y) for x, y in _DOME[-2::-1])
_HIGH: Corners = ((-0.72, -0.2), (-0.68, -0.46), (-0.5, -0.68), (0, -0.76), (0.5, -0.68), (0.68, -0.46), (0.72, -0.2))
_SWEPT: Corners = ((-0.73, -0.15), (-0.7, -0.4), (-0.6, -0.5), (-0.1, -0.6), (0.3, -0.84), (0.6, -0.62), (0.72, -0.2))
SHAVED: Corners = ((0.78, -0.2), (0.71, -0.66), (0.43, -0.95), (0, -1.01), (-0.43, -0.95), (-0.71, -0.66))
SHAVED += ((-0.78, -0.2), *_HIGH)
_FRINGE: Corners = ((-0.74, -0.1), (-0.7, -0.4), (-0.35, -0.5), (0, -0.53), (0.35, -0.5), (0.7, -0.4), (0.74, -0.1))
_PARTED: Corners = ((-0.76, 0.05), (-0.7, -0.3), (-0.45, -0.62), (0, -0.92), (0.45, -0.62), (0.7, -0.3), (0.76, 0.05))
_BOB: Corners = ((0, -1.2), (0.7, -1), (0.98, -0.4), (1.02, 0.3), (0.9, 0.85), (0.5, 0.95), (-0.5, 0.95))
_BOB += ((-0.9, 0.85), (-1.02, 0.3), (-0.98, -0.4), (-0.7, -1))
_LONG: Corners = ((0, -1.2), (0.7, -1), (0.97, -0.4), (1.02, 0.4), (1.12, 1.1), (1.0, 1.75), (-1.0, 1.75))
_LONG += ((-1.12, 1.1), (-1.02, 0.4), (-0.97, -0.4), (-0.7, -1))
_SCARF: Corners = ((0, -1.28), (0.68, -1.08), (0.97, -0.4), (0.98, 0.4), (0.95, 1.0), (1.2, 1.7), (-1.2, 1.7))
_SCARF += ((-0.95, 1.0), (-0.98, 0.4), (-0.97, -0.4), (-0.68, -1.08))
HOOD: Corners = ((0, -1.28), (0.68, -1.08), (0.97, -0.4), (0.96, 0.4), (0.7, 1.0), (0, 1.35), (-0.7, 1.0))
HOOD += ((-0.96, 0.4), (-0.97, -0.4), (-0.68, -1.08))
_CUFF: Corners = ((0.84, -0.34), (0.86, -0.62), (0.74, -1.02), (0.4, -1.3), (0, -1.37), (-0.4, -1.3), (-0.74, -1.02))
_CUFF += ((-0.86, -0.62), (-0.84, -0.34), (-0.4, -0.5), (0, -0.54), (0.4, -0.5))

BEARD_STYLES = ("crop", "swept", "afro", "curls", "shaved", "bun")  # hair styles that may come with a beard
HAIR_STYLES: dict[str, HairStyle] = {
    "crop": HairStyle(front=_DOME + _HIGH),
    "swept": HairStyle(front=_DOME + _SWEPT),
    "fringe": HairStyle(front=_DOME + _FRINGE),
    "bob": HairStyle(back=_BOB, front=_DOME + _FRINGE),
    "long": HairStyle(back=_LONG, front=_DOME + _PARTED),
    "swept long": HairStyle(back=_LONG, front=_DOME + _SWEPT),
    "bun": HairStyle(front=_DOME + _HIGH, tufts=((0.05, -1.36, 0.34),)),
    "afro": HairStyle(front=_DOME + _HIGH, tufts=_ring(11, -105, 105, 0.98, 0.4)),
    "curls": HairStyle(front=_DOME + _HIGH, tufts=_ring(9, -120, 120, 0.9, 0.26), curls=_ring(7, -62, 62, 0.74, 0.2)),
    "shaved": HairStyle(),
    "scarf": HairStyle(back=_SCARF, fabric=True),
    "beanie": HairStyle(back=_BOB, front=_CUFF, fabric=True),
}
