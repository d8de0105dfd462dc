"""Drawing tools of the sample gallery: a posed canvas, smooth shapes, soft spots, backgrounds and lighting.

Shapes are given in *face units*: the origin is the middle of the face, x runs right, y runs down, and one unit is half
the height of the face. The canvas rotates, scales and shifts them into pixels, so the code that draws a part of a face
is independent of the pose.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

PHOTO_SIZE_PX = 256
OVERSAMPLING = 3  # Drawn three times too large, then averaged down: Pillow does not antialias polygons.

Points = NDArray[np.float64]
Colour = tuple[int, int, int]


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """Blend two colors.

    Args:
        first: red, green, blue, 0 to 255.
        second: red, green, blue, 0 to 255.
        share: share of the second color, 0 to 1.
    """
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def shade(colour: Colour, factor: float) -> Colour:
    """Darken or lighten a color.

    Args:
        colour: red, green, blue, 0 to 255.
        factor: brightness; below 1 darkens, above 1 lightens, 0 to 2.
    """
    # A reddish black: pure black would turn dark skin and hair gray.
    dark, light = (30, 10, 14), (255, 250, 240)
    return blend(dark, colour, factor) if factor <= 1 else blend(colour, light, factor - 1)


def smooth_curve(corners: Points, *, closed: bool = True, steps: int = 8) -> Points:
    """Return points on a Catmull-Rom curve through the corners.

    Args:
        corners: shape (corners, 2).
        closed: whether the curve returns to its first corner.
        steps: points drawn for each piece between two corners.

    Returns:
        Points on the curve, shape (pieces * steps, 2), in the order of the corners.
    """
    if closed:
        before, here, after, beyond = (np.roll(corners, shift, axis=0) for shift in (1, 0, -1, -2))
    else:
        padded = np.vstack([2 * corners[0] - corners[1], corners, 2 * corners[-1] - corners[-2]])
        before, here, after, beyond = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.linspace(0.0, 1.0, steps, endpoint=not closed)[None, :, None]
    p0, p1, p2, p3 = (points[:, None, :] for points in (before, here, after, beyond))
    curve = p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
    return np.asarray(curve.reshape(-1, 2), dtype=np.float64)


def oval(x: float, y: float, half_width: float, half_height: float, points: int = 28) -> Points:
    """Return the outline of an upright ellipse.

    Args:
        x: center, in face units.
        y: center, in face units.
        half_width: half the width, in face units.
        half_height: half the height, in face units.
        points: number of points on the outline.
    """
    angle = np.linspace(0.0, 2 * np.pi, points, endpoint=False)
    return np.column_stack([x + half_width * np.cos(angle), y + half_height * np.sin(angle)])


def brush_stroke(line: Points, width: float, *, taper: float = 0.85) -> Points:
    """Return the outline of a brush stroke along a line.

    Args:
        line: shape (points, 2), in face units.
        width: largest width, in face units.
        taper: share of the width that is lost at both ends, 0 to 1.
    """
    along = np.gradient(line, axis=0)
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
    t = np.linspace(-1.0, 1.0, len(line))
    half = (width / 2 * (1 - taper * t**2))[:, None] * normal
    return np.vstack([line + half, (line - half)[::-1]])


@dataclass(frozen=True)
class Pose:
    """Pose of the head and its position in the frame.

    Attributes:
        x_px: middle of the face from the left edge, in pixels of the final photo.
        y_px: middle of the face from the top edge, in pixels of the final photo.
        unit_px: half the height of the face, in pixels of the final photo.
        roll: tilt of the head in radians, positive to the right.
        yaw: sideways turn of the head, -1 to 1; features shift by this share of their depth.
        nod: vertical turn of the head, -1 (up) to 1 (down).
    """

    x_px: float
    y_px: float
    unit_px: float
    roll: float
    yaw: float
    nod: float


class Canvas:
    """An oversampled picture on which shapes in face units are drawn."""

    def __init__(self, background: Image.Image, pose: Pose) -> None:
        soft = background.resize((PHOTO_SIZE_PX, PHOTO_SIZE_PX), Image.Resampling.BICUBIC)
        side_px = PHOTO_SIZE_PX * OVERSAMPLING
        # NEAREST is fast, and averaging down undoes it exactly.
        self.image = soft.resize((side_px, side_px), Image.Resampling.NEAREST)
        self.pose = pose
        self._fill, self._glaze = ImageDraw.Draw(self.image), ImageDraw.Draw(self.image, "RGBA")

    def shape(
        self, points: Points, colour: Colour, *, opacity: float = 1.0, depth: float = 0.0, roll: float = 1
    ) -> None:
        """Fill a shape.

        Args:
            points: outline in face units, shape (points, 2).
            colour: red, green, blue, 0 to 255.
            opacity: 0 to 1.
            depth: distance in front of the ears; 0 for the skull, about 1 for the face.
            roll: share of the head's tilt that this shape follows, 0 to 1.
        """
        corners = self._pixels(points, depth, roll).ravel().tolist()
        if opacity >= 1:
            # The same pixels as a glaze of full opacity, in half the time.
            self._fill.polygon(corners, fill=colour)
        else:
            self._glaze.polygon(corners, fill=(*colour, round(255 * opacity)))

    def stroke(self, line: Points, width: float, colour: Colour, *, taper: float = 0.85, depth: float = 1.0) -> None:
        """Draw a brush stroke.

        Args:
            line: shape (points, 2), in face units.
            width: largest width, in face units.
            colour: red, green, blue, 0 to 255.
            taper: share of the width that is lost at both ends, 0 to 1.
            depth: distance in front of the ears; 0 for the skull, about 1 for the face.
        """
        self.shape(brush_stroke(line, width, taper=taper), colour, depth=depth)

    def spot(self, x: float, y: float, radius: float, colour: Colour, opacity: float, *, flat: float = 1.0) -> None:
        """Draw a spot with a soft edge.

        Args:
            x: center, in face units.
            y: center, in face units.
            radius: half the width, in face units.
            colour: red, green, blue, 0 to 255.
            opacity: opacity of the center, 0 to 1.
            flat: height over width.
        """
        layers = 5
        for layer in range(layers):
            size = radius * (1 - layer / layers)
            self.shape(oval(x, y, size, size * flat, 20), colour, opacity=opacity / layers, depth=1.0)

    def _pixels(self, points: Points, depth: float, roll: float) -> Points:
        pose = self.pose
        bulge = depth * np.sqrt(np.maximum(0.05, 1 - 0.8 * points[:, 0] ** 2 - 0.35 * points[:, 1] ** 2))
        x, y = points[:, 0] + 0.5 * pose.yaw * bulge, points[:, 1] + 0.5 * pose.nod * bulge
        cosine, sine = np.cos(pose.roll * roll), np.sin(pose.roll * roll)
        rotated = np.column_stack([x * cosine - y * sine, x * sine + y * cosine])
        return np.asarray((rotated * pose.unit_px + [pose.x_px, pose.y_px]) * OVERSAMPLING, dtype=np.float64)

    def downsampled(self) -> Image.Image:
        """Return the picture averaged down to its final size."""
        return self.image.reduce(OVERSAMPLING)


def draw_background(rng: np.random.Generator, palette: tuple[Colour, ...]) -> Image.Image:
    """Return a slanted gradient with out-of-focus lights, in a small size that enlarging makes soft.

    Args:
        rng: generator of the random choices.
        palette: colors to choose from, at least two.
    """
    side = 64
    first, second = (palette[i] for i in rng.choice(len(palette), 2, replace=False))
    slant = rng.uniform(0, 2 * np.pi)
    grid = np.linspace(-1, 1, side)
    share = 0.5 + 0.5 * (np.cos(slant) * grid[None, :] + np.sin(slant) * grid[:, None])
    gradient = np.array(first) * (1 - share[..., None]) + np.array(second) * share[..., None]
    image = Image.fromarray(np.clip(gradient, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image, "RGBA")
    # A few large lights make each background distinct; without them, perceptual hashes report many near copies.
    large, small = int(rng.integers(0, 4)), int(rng.integers(0, 10))
    for radius in (*rng.uniform(12, 28, large), *rng.uniform(2, 10, small)):
        x, y = rng.uniform(0, side), rng.uniform(0, side)
        colour = shade(palette[int(rng.integers(len(palette)))], rng.uniform(0.8, 1.5))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*colour, int(rng.integers(50, 150))))
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(1.0, 3.0)))


def apply_lighting(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Apply random lighting: direction, exposure, color cast, focus and grain.

    Args:
        image: RGB image.
        rng: generator of the random choices.
    """
    blurred = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.0, 1.1)))
    direction, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.0, 0.28)
    grid = np.linspace(-1, 1, image.width, dtype=np.float32)
    slope = np.float32(np.cos(direction)) * grid[None, :] + np.float32(np.sin(direction)) * grid[:, None]
    exposure = rng.uniform(0.78, 1.08) * (1 + np.float32(strength) * slope)
    cast = 1 + np.array([1, 0.1, -1]) * rng.normal(0, 0.035) + np.array([-0.4, 1, -0.4]) * rng.normal(0, 0.01)
    pixels = np.asarray(blurred, dtype=np.float32) * exposure.astype(np.float32)[..., None]
    pixels *= cast.astype(np.float32)
    grain = rng.standard_normal(pixels.shape[:2], dtype=np.float32) * np.float32(rng.uniform(0.5, 3.5))
    return Image.fromarray(np.clip(pixels + grain[..., None], 0, 255).astype(np.uint8))
