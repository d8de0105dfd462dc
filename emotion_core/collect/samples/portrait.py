"""Draw a portrait of the sample gallery, from back to front: body, head, face, hair, glasses.

All lengths are in face units (see ``drawing``): the face is 2 high, its middle is the origin.
"""

import numpy as np

from emotion_core.collect.samples.appearance import (
    HAIR_STYLES,
    HOOD,
    SHAVED,
    Appearance,
    Corners,
    Expression,
    HairStyle,
)
from emotion_core.collect.samples.drawing import Canvas, Colour, Points, blend, brush_stroke, oval, shade, smooth_curve

_SKULL: Corners = ((0, -1), (0.42, -0.95), (0.7, -0.68), (0.785, -0.2), (0.755, 0.2), (0.62, 0.6), (0.32, 0.93))
_SKULL += ((0, 1.02),)
_SKULL += tuple((-x, y) for x, y in _SKULL[-2:0:-1])
_SHIRT: Corners = ((0.3, 1.2), (0.75, 1.36), (1.3, 1.55), (1.55, 2.2), (1.7, 3.4), (-1.7, 3.4), (-1.55, 2.2))
_SHIRT += ((-1.3, 1.55), (-0.75, 1.36), (-0.3, 1.2))
_MOUTH_Y = 0.53
_EYE_Y = -0.1


def draw_portrait(canvas: Canvas, look: Appearance, face: Expression) -> None:
    """Draw a portrait.

    Args:
        canvas: canvas with the background and the pose.
        look: appearance of the portrait.
        face: its expression.
    """
    style = HAIR_STYLES[look.style]
    hair = look.trim if style.fabric else look.hair
    back_hair = look.hair if look.style == "beanie" else hair
    for x, y, radius in style.tufts:
        canvas.shape(oval(x * look.volume, y, radius * look.volume, radius * look.volume), shade(hair, 0.86))
    if style.back:
        canvas.shape(smooth_curve(np.array(style.back)) * [look.volume, 1], shade(back_hair, 0.8))
    _draw_body(canvas, look)
    if look.style == "scarf":
        canvas.shape(smooth_curve(np.array(HOOD)) * [look.volume, 1], hair)
    _draw_head(canvas, look)
    _draw_cheeks(canvas, look, face)
    _draw_beard(canvas, look)
    for side in (-1, 1):
        _draw_eye(canvas, look, face, side)
        _draw_brow(canvas, look, face, side)
    _draw_nose(canvas, look)
    _draw_mouth(canvas, look, face)
    _draw_tear(canvas, look, face)
    _draw_hair(canvas, look, style, hair)
    _draw_glasses(canvas, look)


def _draw_body(canvas: Canvas, look: Appearance) -> None:
    shadow = shade(look.skin, 0.74)
    neck = np.array([(-0.33, 0.5), (0.33, 0.5), (0.36, 1.25), (0.62, 1.45), (-0.62, 1.45), (-0.36, 1.25)])
    canvas.shape(smooth_curve(np.array(_SHIRT)), look.clothes, roll=0.3)
    depth = {"round": 1.42, "vee": 1.75, "collar": 1.55}[look.neckline]
    opening = np.array([(-0.5, 1.2), (0.5, 1.2), (0.42, 1.32), (0, depth), (-0.42, 1.32)])
    canvas.shape(opening if look.neckline != "round" else smooth_curve(opening), shade(look.skin, 0.9), roll=0.3)
    canvas.shape(neck[[0, 1, 2, 5]], shade(look.skin, 0.9), roll=0.6)
    canvas.shape(
        smooth_curve(np.array([(-0.36, 0.6), (0.36, 0.6), (0.36, 1.08), (0, 1.25), (-0.36, 1.08)])), shadow, roll=0.7
    )
    if look.neckline == "collar":
        for side in (-1, 1):
            flap = np.array([(0.3, 1.12), (0.6, 1.26), (0.5, 1.66), (0.02, 1.5)]) * [side, 1]
            canvas.shape(flap, shade(look.clothes, 1.25), roll=0.3)


def _draw_head(canvas: Canvas, look: Appearance) -> None:
    """Draw ears and skull; nested outlines that shift towards the light make the face look round."""
    if look.style != "scarf":
        for side in (-1, 1):
            canvas.shape(oval(side * 0.79 * look.face_width, 0.0, 0.13, 0.22), shade(look.skin, 0.88))
            canvas.shape(oval(side * 0.8 * look.face_width, 0.0, 0.07, 0.14), shade(look.skin, 0.76))
            if look.earrings:
                canvas.shape(oval(side * 0.82 * look.face_width, 0.27, 0.055, 0.055), (238, 206, 120))
    outline = smooth_curve(np.array(_SKULL)) * [look.face_width, 1]
    layers = 6
    for layer in range(layers):
        share = layer / (layers - 1)
        drift = 0.05 * share * (-1 if look.mirrored else 1)
        canvas.shape(outline * (1 - 0.2 * share) + [drift, -0.04 * share], shade(look.skin, 0.86 + 0.17 * share))


def _draw_cheeks(canvas: Canvas, look: Appearance, face: Expression) -> None:
    rose = blend(look.skin, (226, 78, 78), 0.6)
    for side in (-1, 1):
        canvas.spot(side * 0.43, 0.26, 0.25, rose, 0.25 + 0.5 * face.blush, flat=0.75)
        if look.freckles:
            for x, y in ((0.3, 0.2), (0.38, 0.27), (0.46, 0.19), (0.52, 0.28), (0.4, 0.14)):
                canvas.shape(oval(side * x, y, 0.016, 0.014, 8), shade(look.skin, 0.7), opacity=0.7, depth=1)


def _draw_beard(canvas: Canvas, look: Appearance) -> None:
    """Draw a beard along the jaw, below the mouth."""
    if look.beard == "none":
        return
    jaw = [(0.77, -0.12), (0.77, 0.2), (0.65, 0.62), (0.34, 0.98), (0, 1.07)]
    cheek = [(-0.34, 0.98), (-0.65, 0.62), (-0.77, 0.2), (-0.77, -0.12), (-0.68, 0.16), (-0.58, 0.4), (-0.5, 0.62)]
    chin = [(-0.25, 0.78), (0, 0.8), (0.25, 0.78), (0.5, 0.62), (0.58, 0.4), (0.68, 0.16)]
    opacity, size = (0.94, 1.0) if look.beard == "full" else (0.28, 0.965)
    canvas.shape(
        smooth_curve(np.array(jaw + cheek + chin)) * [look.face_width * size, size],
        shade(look.hair, 0.95),
        opacity=opacity,
    )


def _lids(look: Appearance, face: Expression, side: int, points: int = 15) -> tuple[Points, Points]:
    """Return the upper and the lower lid of one eye, both from the inner to the outer corner."""
    t = np.linspace(-1, 1, points)
    half = 0.165 * look.eye_size
    x = side * (look.eye_gap + half * t)
    middle = _EYE_Y + face.tilt * t
    bow = (1 - t**2) ** 0.75
    upper = middle - (face.upper_lid * (1 - 0.3 * look.lid)) * look.eye_size * bow
    lower = middle + face.lower_lid * look.eye_size * bow
    return np.column_stack([x, upper]), np.column_stack([x, lower])


def _draw_eye(canvas: Canvas, look: Appearance, face: Expression, side: int) -> None:
    upper, lower = _lids(look, face, side)
    dark = shade(blend(look.skin, look.hair, 0.6), 0.42)
    canvas.spot(side * look.eye_gap, _EYE_Y - 0.02, 0.25, shade(look.skin, 0.72), 0.35, flat=0.7)
    if face.closed:
        canvas.stroke(lower if face.curve < 0 else upper, 0.062, dark)
        return
    canvas.shape(np.vstack([upper, lower[::-1]]), (250, 248, 244), depth=1)
    size = 0.1 * look.eye_size
    x = side * look.eye_gap + face.gaze[0] * 0.06
    y = _EYE_Y + (face.lower_lid - face.upper_lid) * 0.3 + face.gaze[1] * 0.05
    for radius, colour in ((size, shade(look.iris, 0.7)), (size * 0.86, look.iris), (size * 0.48, (22, 18, 22))):
        canvas.shape(_clip_to_lids(oval(x, y, radius, radius), upper, lower), colour, depth=1)
    canvas.shape(_clip_to_lids(oval(x + 0.035, y - 0.04, 0.026, 0.026, 10), upper, lower), (255, 255, 255), depth=1)
    canvas.stroke(lower, 0.018, shade(look.skin, 0.6))
    canvas.stroke(upper, 0.055, dark, taper=0.6)


def _clip_to_lids(points: Points, upper: Points, lower: Points) -> Points:
    """Return an outline clipped to the opening between the lids."""
    order = np.argsort(upper[:, 0])
    top = np.interp(points[:, 0], upper[order, 0], upper[order, 1])
    bottom = np.interp(points[:, 0], lower[order, 0], lower[order, 1])
    return np.column_stack([points[:, 0], np.clip(points[:, 1], top, bottom)])


def _draw_brow(canvas: Canvas, look: Appearance, face: Expression, side: int) -> None:
    t = np.linspace(-1, 1, 11)
    arch = 0.06 * (1 - t**2)
    y = _EYE_Y - 0.25 - face.brow_height - arch + face.brow_slant * t
    line = np.column_stack([side * (look.eye_gap + 0.2 * t), y])
    colour = look.hair if look.style not in ("scarf", "beanie") else shade(look.hair, 0.9)
    canvas.stroke(line, look.brow, blend(colour, (50, 36, 32), 0.35), taper=0.6)


def _draw_nose(canvas: Canvas, look: Appearance) -> None:
    tip = 0.1 + look.nose
    side = -1 if look.mirrored else 1
    canvas.spot(0, tip - 0.04, 0.14, blend(shade(look.skin, 0.9), (210, 90, 80), 0.18), 0.6, flat=0.8)
    bridge = np.array([(0.05, 0.0), (0.09, tip - 0.12), (0.12, tip - 0.02), (0.07, tip + 0.05), (-0.03, tip + 0.05)])
    canvas.stroke(smooth_curve(bridge * [side, 1], closed=False), 0.038, shade(look.skin, 0.66))
    canvas.spot(-0.02 * side, tip - 0.05, 0.06, shade(look.skin, 1.35), 0.6)


def _draw_mouth(canvas: Canvas, look: Appearance, face: Expression) -> None:
    t = np.linspace(-1, 1, 21)
    x = face.width * t
    line = _MOUTH_Y + face.curve * (0.4 - t**2) + face.lean * t
    bow = 1 - t**2
    above, below = (0.3, 0.7) if face.curve > 0 else (0.6, 0.4)
    upper = np.column_stack([x, line - above * face.opening * bow])
    lower = np.column_stack([x, line + below * face.opening * bow])
    lip = blend(shade(look.skin, 0.72), (188, 62, 70), 0.25 + 0.5 * look.lip)
    thick = 0.075 * bow[:, None] * [0, 1]
    canvas.shape(np.vstack([upper - thick * 0.8, (lower + thick)[::-1]]), lip, depth=1)
    if face.opening > 0:
        canvas.shape(np.vstack([upper, lower[::-1]]), (92, 28, 36), depth=1)
        tongue = upper + (lower - upper) * 0.66
        canvas.shape(np.vstack([tongue, lower[::-1]]), (206, 98, 98), depth=1)
        teeth = upper + (lower - upper) * 0.42
        canvas.shape(np.vstack([upper, teeth[::-1]]), (250, 247, 240), depth=1)
    canvas.stroke(upper, 0.04, shade(lip, 0.5), taper=0.4)
    canvas.stroke(lower, 0.028, shade(lip, 0.62), taper=0.9)


def _draw_tear(canvas: Canvas, look: Appearance, face: Expression) -> None:
    if face.tear <= 0:
        return
    side = 1 if look.mirrored else -1
    x, top, end = side * (look.eye_gap + 0.03), _EYE_Y + 0.1, _EYE_Y + 0.12 + face.tear
    drop = np.array(
        [(x, top), (x + 0.04, end - 0.08), (x + 0.045, end), (x, end + 0.045), (x - 0.045, end), (x - 0.04, end - 0.08)]
    )
    canvas.shape(smooth_curve(drop), (150, 200, 232), opacity=0.85, depth=1)
    canvas.shape(oval(x - 0.012, end - 0.02, 0.014, 0.03, 10), (255, 255, 255), opacity=0.9, depth=1)


def _draw_hair(canvas: Canvas, look: Appearance, style: HairStyle, hair: Colour) -> None:
    flip = np.array([-1 if look.mirrored else 1, 1])
    if look.style == "shaved":
        stubble = smooth_curve(np.array(SHAVED)) * [look.face_width, 1]
        canvas.shape(stubble, blend(look.hair, look.skin, 0.3), opacity=0.55)
    if style.front:
        canvas.shape(smooth_curve(np.array(style.front)) * flip, hair)
        shine = smooth_curve(np.array([(-0.62, -0.74), (-0.36, -0.98), (0.0, -1.06), (0.3, -1.0)]), closed=False)
        canvas.shape(brush_stroke(shine * flip, 0.075), shade(hair, 1.22), opacity=0.6)
        if not style.fabric and not style.curls:
            _draw_strands(canvas, hair, flip)
    for x, y, radius in style.curls:
        canvas.shape(oval(x, y, radius, radius), hair)
        canvas.shape(
            oval(x - radius * 0.2, y - radius * 0.3, radius * 0.5, radius * 0.4), shade(hair, 1.12), opacity=0.5
        )
    if look.style == "beanie":
        cuff = smooth_curve(
            np.array([(-0.86, -0.42), (-0.4, -0.56), (0, -0.6), (0.4, -0.56), (0.86, -0.42)]), closed=False
        )
        canvas.shape(brush_stroke(cuff, 0.24, taper=0.1), shade(hair, 0.82))


def _draw_strands(canvas: Canvas, hair: Colour, flip: Points) -> None:
    """Draw a few darker strands from the crown to the temples."""
    for reach in (-0.62, -0.36, -0.1, 0.2, 0.48):
        strand = np.array([(0.12, -1.14), (0.1 + reach * 0.6, -1.02), (reach * 1.22, -0.74 + 0.1 * abs(reach))])
        canvas.shape(brush_stroke(smooth_curve(strand * flip, closed=False), 0.03), shade(hair, 0.78), opacity=0.55)


def _draw_glasses(canvas: Canvas, look: Appearance) -> None:
    if look.glasses == "none":
        return
    t = np.linspace(0, 2 * np.pi, 33)
    power = 1.0 if look.glasses == "round" else 0.5
    corner = np.column_stack(
        [np.sign(np.cos(t)) * np.abs(np.cos(t)) ** power, np.sign(np.sin(t)) * np.abs(np.sin(t)) ** power]
    )
    for side in (-1, 1):
        rim = corner * [0.265, 0.235] + [side * look.eye_gap, _EYE_Y + 0.02]
        canvas.shape(rim, (255, 255, 255), opacity=0.1, depth=1.1)
        canvas.stroke(rim, 0.042, look.frame, taper=0, depth=1.1)
        arm = np.array([(side * (look.eye_gap + 0.26), _EYE_Y - 0.03), (side * 0.76 * look.face_width, _EYE_Y - 0.06)])
        canvas.stroke(arm, 0.04, look.frame, taper=0, depth=0.35)
    inner = look.eye_gap - 0.262
    canvas.stroke(
        np.array([(-inner, _EYE_Y), (0, _EYE_Y - 0.04), (inner, _EYE_Y)]), 0.042, look.frame, taper=0, depth=1.1
    )
