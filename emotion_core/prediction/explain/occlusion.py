"""Explain a prediction by the parts of the photo that it depends on."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from emotion_core.images import Pixels
from emotion_core.prediction.classifier import Classifier

# Cover positions along a side; slow networks get fewer, so that an explanation takes less than a second.
MIN_POSITIONS, MAX_POSITIONS = 4, 12
# An idle 2.5 GHz core computes five times as many multiply-adds in a second.
MULTIPLY_ADD_BUDGET = 8e9


@dataclass(frozen=True)
class SaliencyMap:
    """How P(sad) changes when a part of the photo is covered.

    Attributes:
        heat: float32 of shape ``(h, w)``, -1 to 1: how much P(sad) falls when that part is covered. Above 0 the part
            is evidence for sad, below 0 for happy.
        p_sad: of the uncovered photo, 0 to 1.
    """

    heat: npt.NDArray[np.float32]
    p_sad: float


def occlusion(classifier: Classifier, pixels: Pixels) -> SaliencyMap:
    """Return which parts of a photo the prediction depends on, by covering each with the photo's mean color.

    After Zeiler and Fergus 2014 (Visualizing and Understanding Convolutional Networks, section 4.2). A cover is two
    steps wide, so that neighboring covers overlap.

    Args:
        classifier: whose prediction is explained.
        pixels: the network's input, uint8 of shape ``classifier.input_spec.shape``.
    """
    height, width = pixels.shape[:2]
    affordable = math.isqrt(round(MULTIPLY_ADD_BUDGET / classifier.network.convolution_multiply_adds))
    positions = min(max(affordable, MIN_POSITIONS), MAX_POSITIONS)
    covered = [
        _covered(pixels, (row - 0.5) / positions, (column - 0.5) / positions, 2 / positions)
        for row in range(positions)
        for column in range(positions)
    ]
    p_sad = classifier.predict_pixels([pixels, *covered])
    falls = (p_sad[0] - p_sad[1:]).reshape(positions, positions)
    heat = Image.fromarray(falls).resize((width, height), Image.Resampling.BILINEAR)
    return SaliencyMap(np.asarray(heat, dtype=np.float32), float(p_sad[0]))


def _covered(pixels: Pixels, top: float, left: float, side: float) -> Pixels:
    """Return a copy with a square covered; its position and side are shares of the photo's sides."""
    height, width = pixels.shape[:2]
    rows = slice(max(0, round(top * height)), round((top + side) * height))
    columns = slice(max(0, round(left * width)), round((left + side) * width))
    copy = pixels.copy()
    copy[rows, columns] = pixels.mean(axis=(0, 1)).round()
    return copy
