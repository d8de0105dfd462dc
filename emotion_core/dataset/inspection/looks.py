"""Faces in a photo and how they lie, from looks at it upright and turned; and the parts that show them, turned upright.

An export carries this file: it imports nothing of the project.
"""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

# Left, top, width and height as shares of the photo, the score from 0 to 1, the degrees by which the face is turned
# clockwise, and how far the score lies above that of the photo turned otherwise (1 where that was not looked at).
Row = tuple[float, float, float, float, float, float, float]
# Returns an OpenCV detector for a canvas side.
NewDetector = Callable[[int], Any]


class DetectorCanvas(NamedTuple):
    """A square on which the detector looks at a photo.

    Attributes:
        side_px: longer side to which the photo is scaled.
        margin_px: around it. YuNet finds a face that fills the photo only if there is some space around it.
        gray: of the margin, 0 to 255.
        min_score: of a face.
        clear_score: from this score on an upright face is not looked at turned.
        eighth_lead: by so much a look turned by an eighth must be ahead of all quarters.
    """

    side_px: int
    margin_px: int
    gray: int
    min_score: float
    clear_score: float
    eighth_lead: float


# A picture up to this size is a face that was cut out before, or none.
CUT_OUT_PX = 96
# In a photo at least this large, faces may be too small to be found at the first size.
LARGE_PHOTO_PX = 800
# Of 160 web photos three quarters score .915 upright, and none upside down (at most .91) or on its side (.89). Small
# faces score less, and one in ten would be tilted without need.
SMALL = DetectorCanvas(160, 48, 114, 0.5, 0.9, 0.05)
NORMAL = DetectorCanvas(320, 80, 0, 0.7, 0.915, 0.0)
LARGE = NORMAL._replace(side_px=640)
# The lowest score, which counts as no face but tells how far one look is ahead of another; and for non-maximum
# suppression the largest overlap of two faces (intersection over union), and the candidates considered.
DETECTOR_SETTINGS = 0.3, 0.3, 500
# A face that lies turned is taken for one from this score on.
TURNED_SCORE = 0.8
# With a smaller lead, the look may be the wrong one.
MIN_LEAD = 0.02
# The landmarks do not tell how a face lies: YuNet gives those of an upright face at any angle.
QUARTER_TURNS, EIGHTH_TURN = (90, 270, 180), 45


def look(image: Image.Image, new_detector: NewDetector) -> list[Row]:
    """Return the faces in a photo and how they lie, largest first; safe to call from several threads.

    A photo in which no upright face is clear is also looked at turned, and all faces come from the best look.

    Args:
        image: mode RGB, any size.
        new_detector: returns a detector for a canvas side; called where none is idle.
    """
    for canvas in _canvases(max(image.size)):
        if faces := _faces_of_best_look(image, canvas, new_detector):
            return sorted(faces, key=lambda face: face[2] * face[3], reverse=True)
    return []


def _canvases(side_px: int) -> tuple[DetectorCanvas, ...]:
    if side_px <= CUT_OUT_PX:
        return SMALL, NORMAL
    return (NORMAL, LARGE) if side_px >= LARGE_PHOTO_PX else (NORMAL,)


def _faces_of_best_look(image: Image.Image, canvas: DetectorCanvas, new_detector: NewDetector) -> list[Row]:
    upright = detect(image, canvas, 0, new_detector)
    if _best_score(upright) >= canvas.clear_score:
        return _accepted(upright, canvas.min_score)
    looks = {0: upright, **{roll: detect(image, canvas, roll, new_detector) for roll in QUARTER_TURNS}}
    best = max(looks, key=lambda roll: _best_score(looks[roll]))
    for roll in ((best - EIGHTH_TURN) % 360, (best + EIGHTH_TURN) % 360):
        looks[roll] = detect(image, canvas, roll, new_detector)
    scores = {roll: _best_score(faces) for roll, faces in looks.items()}
    best = max(scores, key=lambda roll: scores[roll] - canvas.eighth_lead * bool(roll % 90))
    if scores[best] < TURNED_SCORE:
        best = 0
    # A look that is turned a little further sees nearly the same.
    others = [score for roll, score in scores.items() if (roll - best + EIGHTH_TURN) % 360 > 2 * EIGHTH_TURN]
    lead = scores[best] - max(others)
    return [(*face[:6], lead) for face in _accepted(looks[best], canvas.min_score)]


def _best_score(faces: Sequence[Row]) -> float:
    return max((face[4] for face in faces), default=0.0)


def _accepted(faces: Sequence[Row], min_score: float) -> list[Row]:
    return [face for face in faces if face[4] >= min_score]


def detect(image: Image.Image, canvas: DetectorCanvas, roll: int, new_detector: NewDetector) -> list[Row]:
    """Return the faces, however low their score, that the detector finds in a turned photo.

    Args:
        image: mode RGB, any size.
        canvas: to look at it on.
        roll: degrees by which it is turned counterclockwise.
        new_detector: as for ``look``.
    """
    scale = canvas.side_px / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    resampling = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    small = image.resize(size, resampling, reducing_gap=2.0)
    side = canvas.side_px + 2 * canvas.margin_px
    left, top = canvas.margin_px, canvas.margin_px
    if roll:
        gray = (canvas.gray,) * 3
        small = small.rotate(roll, Image.Resampling.BILINEAR, expand=True, fillcolor=gray)
        small = small.crop(_middle(small.size, side)) if max(small.size) > side else small
        left, top = (side - small.width) // 2, (side - small.height) // 2
    pixels = np.full((side, side, 3), canvas.gray, dtype=np.uint8)
    # OpenCV expects BGR.
    pixels[top : top + small.height, left : left + small.width] = np.asarray(small)[:, :, ::-1]
    idle = _idle_detectors(side)
    try:
        detector = idle.pop()
    except IndexError:
        detector = new_detector(side)
    rows = detector.detect(pixels)[1]
    idle.append(detector)
    middle = left + small.width / 2, top + small.height / 2
    return [] if rows is None else [_face(row, middle, size, roll) for row in rows.astype(float)]


def _middle(size: tuple[int, int], side: int) -> tuple[int, int, int, int]:
    left, top = max(0, (size[0] - side) // 2), max(0, (size[1] - side) // 2)
    return left, top, min(size[0], left + side), min(size[1], top + side)


def _face(row: npt.NDArray[np.float64], middle: tuple[float, float], size: tuple[int, int], roll: int) -> Row:
    """Return the face in a row of the detector, its box turned back and clipped to the photo.

    Args:
        row: of shape ``(15,)``: box in canvas pixels, five landmarks, score.
        middle: of the photo on the canvas, in pixels.
        size: width and height of the photo at the canvas's scale, before it was turned.
        roll: by which the photo was turned counterclockwise, in degrees.
    """
    width, height = float(row[2]), float(row[3])
    across, down = float(row[0]) + width / 2 - middle[0], float(row[1]) + height / 2 - middle[1]
    cosine, sine = (round(float(turned), 12) for turned in (np.cos(np.radians(roll)), np.sin(np.radians(roll))))
    if roll in (90, 270):
        width, height = height, width
    center_x, center_y = across * cosine - down * sine + size[0] / 2, across * sine + down * cosine + size[1] / 2
    x, right = (min(max((center_x + half) / size[0], 0.0), 1.0) for half in (-width / 2, width / 2))
    y, bottom = (min(max((center_y + half) / size[1], 0.0), 1.0) for half in (-height / 2, height / 2))
    return x, y, right - x, bottom - y, float(row[14]), float(roll), 1.0


@functools.cache
def _idle_detectors(side: int) -> list[Any]:
    """Return the idle detectors for a canvas side.

    A detector holds the state of its current image, so that each thread needs one of its own; a list is safe to push to
    and pop from in several threads.
    """
    return []


class Box(NamedTuple):
    """A part of a photo, in pixels.

    Attributes:
        left: left edge.
        top: upper edge.
        right: right edge.
        bottom: lower edge.
        roll: degrees by which the part is turned counterclockwise about its middle, so that its face is upright.
    """

    left: float
    top: float
    right: float
    bottom: float
    roll: float = 0.0

    @property
    def size(self) -> tuple[float, float]:
        """Its width and height, in pixels."""
        return self.right - self.left, self.bottom - self.top


def upright_part(image: Image.Image, box: Box) -> tuple[Image.Image, tuple[float, float, float, float]]:
    """Return an image in which a part of a photo is upright, and its left, top, right and bottom there, in pixels.

    Args:
        image: mode RGB, any size.
        box: the part.
    """
    if not box.roll:
        return image, box[:4]
    # Turned by quarters, the part needs nothing around it; else its corners may lie outside the photo, and are black.
    spare = 0 if box.roll % 90 == 0 else math.ceil((math.sqrt(2) - 1) / 2 * max(box.size)) + 1
    left, top = math.floor(box.left) - spare, math.floor(box.top) - spare
    around = image.crop((left, top, math.ceil(box.right) + spare, math.ceil(box.bottom) + spare))
    turned = around.rotate(box.roll, Image.Resampling.BICUBIC, expand=box.roll % 90 == 0)
    moved = Box(box.left - left, box.top - top, box.right - left, box.bottom - top, box.roll)
    upright = turned_box(moved, around.size, turned.size, box.roll)
    # Rounding may put an edge outside by a hair.
    low, high = np.zeros(4), np.array([*turned.size, *turned.size], dtype=float)
    left, top, right, bottom = np.clip(upright[:4], low, high).tolist()
    return turned, (left, top, right, bottom)


def turned_box(box: Box, size: tuple[int, int], turned_size: tuple[int, int], roll: float) -> Box:
    """Return where a part of a photo lies after the photo was turned about its middle.

    Args:
        box: the part, in pixels of the photo.
        size: width and height of the photo, in pixels.
        turned_size: the same of the turned photo.
        roll: degrees by which the photo was turned counterclockwise.

    >>> turned_box(Box(0, 0, 10, 10, 90), (100, 50), (50, 100), 90)
    Box(left=0.0, top=90.0, right=10.0, bottom=100.0, roll=0)
    """
    cosine, sine = (round(value, 12) for value in (math.cos(math.radians(roll)), math.sin(math.radians(roll))))
    across, down = (box.left + box.right - size[0]) / 2, (box.top + box.bottom - size[1]) / 2
    x, y = across * cosine + down * sine + turned_size[0] / 2, down * cosine - across * sine + turned_size[1] / 2
    width, height = box.size[::-1] if roll % 180 == 90 else box.size
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2, (box.roll - roll) % 360)


def face_boxes(image: Image.Image, faces: Sequence[Row], margin: float) -> list[Box | None]:
    """Return the parts of a photo that show its faces, in the order of the faces.

    Args:
        image: mode RGB, any size.
        faces: from ``find_faces``.
        margin: margin on each side, as a share of the face's longer side.

    Returns:
        A box for each face. A photo so small that it was cut out around a face is one part, and a box of its own is
        needed only if it lies turned: cropping it again would cut off the face's edges.
    """
    if not faces or max(image.size) > CUT_OUT_PX:
        return [box_of(face, image.size, margin) for face in faces]
    return [whole_box(image, faces[0][5])]


def box_of(face: Row, size: tuple[int, int], margin: float) -> Box:
    """Return the square around a face, with a margin.

    Args:
        face: face from ``find_faces``.
        size: width and height of its photo, in pixels.
        margin: margin on each side, as a share of the face's longer side.

    Returns:
        A box within the photo and no wider than its shorter side.
    """
    photo_width, photo_height = size
    x, y, width, height = face[0] * photo_width, face[1] * photo_height, face[2] * photo_width, face[3] * photo_height
    side = min((1 + 2 * margin) * max(width, height), photo_width, photo_height)
    # At the edge of the photo the square is shifted inside, so that it shows photo only.
    left = min(max(x + (width - side) / 2, 0.0), photo_width - side)
    top = min(max(y + (height - side) / 2, 0.0), photo_height - side)
    return Box(left, top, left + side, top + side, face[5])


def whole_box(image: Image.Image, roll: float) -> Box | None:
    """Return the whole of a photo that lies turned, or None if it is upright.

    Args:
        image: any size.
        roll: how far it is turned clockwise, in degrees.
    """
    return Box(0.0, 0.0, float(image.width), float(image.height), roll) if roll else None


def turned_text(roll: float) -> str:
    """Return how a face lies in its photo, and how it was read.

    Args:
        roll: how far it is turned clockwise, in degrees.

    >>> turned_text(180)
    'The face is upside down; it was read turned by 180 degrees.'
    """
    degrees = abs((roll + 180) % 360 - 180)
    lies = "is tilted" if degrees < 90 else "lies on its side" if degrees == 90 else "is upside down"
    return f"The face {lies}; it was read turned by {degrees:.0f} degrees."
