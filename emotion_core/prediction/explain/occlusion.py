"""Why a network says what it says: which parts of the photo its answer hangs on, and what its blocks make of it."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from emotion_core.images import Pixels
from emotion_core.network import blocks_of
from emotion_core.prediction.classifier import Classifier

# How many places along a side are covered: few of a network that takes long, so that all stay below a second.
LEAST_PLACES, MOST_PLACES = 4, 12
# A core of 2.5 GHz does five times as many in a second, where it has nothing else to do.
MULTIPLICATIONS = 8e9


@dataclass(frozen=True)
class SaliencyMap:
    """How P(sad) changes where a part of the picture is covered.

    Attributes:
        heat: float32 of shape ``(h, w)``, -1 to 1: how much P(sad) falls where that part is covered. Above 0 the part
            speaks for sad, below 0 for happy.
        p_sad: of the picture itself, 0 to 1.
    """

    heat: npt.NDArray[np.float32]
    p_sad: float


@dataclass(frozen=True)
class BlockMaps:
    """What one block of convolutions makes of a picture.

    Attributes:
        name: of the block, ``conv1`` and so on; ``starter1`` and so on for those that the network began with.
        maps: float32 of shape ``(h, w, filters)``, after the activation and before pooling.
    """

    name: str
    maps: npt.NDArray[np.float32]


def occlusion(classifier: Classifier, pixels: Pixels) -> SaliencyMap:
    """Return which parts of a picture the answer hangs on, by covering each with the picture's mean colour.

    After Zeiler and Fergus 2014 (Visualizing and Understanding Convolutional Networks, section 4.2). The covers are two
    places wide, so that neighbours overlap.

    Args:
        classifier: whose answer.
        pixels: uint8 as the network is shown them, ``classifier.input_spec.shape``.
    """
    height, width = pixels.shape[:2]
    wanted = math.isqrt(round(MULTIPLICATIONS / classifier.network.multiplications))
    places = min(max(wanted, LEAST_PLACES), MOST_PLACES)
    covered = [
        _covered(pixels, (row - 0.5) / places, (column - 0.5) / places, 2 / places)
        for row in range(places)
        for column in range(places)
    ]
    p_sad = classifier.predict_pixels([pixels, *covered])
    falls = (p_sad[0] - p_sad[1:]).reshape(places, places)
    heat = Image.fromarray(falls).resize((width, height), Image.Resampling.BILINEAR)
    return SaliencyMap(np.asarray(heat, dtype=np.float32), float(p_sad[0]))


def _covered(pixels: Pixels, top: float, left: float, side: float) -> Pixels:
    """Return a copy with a square covered; the square's place and side are shares of the picture's sides."""
    height, width = pixels.shape[:2]
    rows = slice(max(0, round(top * height)), round((top + side) * height))
    columns = slice(max(0, round(left * width)), round((left + side) * width))
    copy = pixels.copy()
    copy[rows, columns] = pixels.mean(axis=(0, 1)).round()
    return copy


def feature_maps(classifier: Classifier, pixels: Pixels) -> list[BlockMaps]:
    """Return the maps of each block of convolutions, the first block first.

    Args:
        classifier: whose blocks.
        pixels: uint8 as the network is shown them, ``classifier.input_spec.shape``.
    """
    blocks = blocks_of(classifier.config)
    outputs = classifier.network.blocks(list(blocks.values())).run([pixels])
    return [BlockMaps(name, output[0]) for name, output in zip(blocks, outputs, strict=True)]
