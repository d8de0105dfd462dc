"""Explain a prediction by the feature maps of each block of convolutions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_core.images import Pixels
from emotion_core.network import blocks_of
from emotion_core.prediction.classifier import Classifier


@dataclass(frozen=True)
class BlockMaps:
    """Feature maps of one block of convolutions.

    Attributes:
        name: the block's name, ``conv1`` and so on; ``starter1`` and so on for blocks of the starter.
        maps: float32 of shape ``(h, w, filters)``, after the activation and before pooling.
    """

    name: str
    maps: npt.NDArray[np.float32]


def feature_maps(classifier: Classifier, pixels: Pixels) -> list[BlockMaps]:
    """Return the feature maps of each block of convolutions, the first block first.

    Args:
        classifier: whose blocks are shown.
        pixels: the network's input, uint8 of shape ``classifier.input_spec.shape``.
    """
    blocks = blocks_of(classifier.config)
    outputs = classifier.network.block_extractor(list(blocks.values())).run([pixels])
    return [BlockMaps(name, output[0]) for name, output in zip(blocks, outputs, strict=True)]
