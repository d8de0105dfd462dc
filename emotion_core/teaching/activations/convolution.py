"""A convolution looked at number by number: of kernels made by hand, or of a network that was trained."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.signal import correlate

from emotion_core.images import Pixels
from emotion_core.network import HIDDEN_ACTIVATIONS
from emotion_core.prediction import Classifier

Maps = npt.NDArray[np.float32]


class Kernel(NamedTuple):
    """A kernel made by hand.

    Attributes:
        title: for a person.
        note: what it finds.
        weights: 3 x 3 numbers, row by row.
    """

    title: str
    note: str
    weights: tuple[tuple[float, float, float], ...]


KERNELS = {
    "edges": Kernel(
        "Edges, all directions",
        "The middle against its eight neighbours: zero on an even area, large where something begins or ends.",
        ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)),
    ),
    "upright": Kernel(
        "Upright edges",
        "Left against right (Sobel's kernel): light left of dark.",
        ((1, 0, -1), (2, 0, -2), (1, 0, -1)),
    ),
    "level": Kernel(
        "Level edges", "Above against below (Sobel's kernel): light above dark.", ((1, 2, 1), (0, 0, 0), (-1, -2, -1))
    ),
    "blur": Kernel("Blur", "The mean of the nine.", ((1 / 9,) * 3,) * 3),
    "sharpen": Kernel("Sharpen", "The middle, and how much it stands out.", ((0, -1, 0), (-1, 5, -1), (0, -1, 0))),
    "emboss": Kernel("Emboss", "Light from the lower right.", ((-2, -1, 0), (-1, 1, 1), (0, 1, 2))),
}


@dataclass(frozen=True)
class ConvolutionView:
    """One convolution of one photo with all that goes in and comes out.

    Attributes:
        inputs: float32 of shape ``(h, w, channels)``: what it is given, in photos 0 to 1, padded where it pads.
        kernels: float32 of shape ``(kernel height, kernel width, channels, filters)``.
        bias: float32 of shape ``(filters,)``.
        stride: pixels from one place of the kernel to the next.
        feature_maps: float32 of shape ``(h', w', filters)``: kernel times input plus bias.
        activated: float32 of the same shape: behind the activation.
        pooled: float32 of shape ``(h'', w'', filters)``; None where nothing is pooled.
    """

    inputs: Maps
    kernels: Maps
    bias: Maps
    stride: int
    feature_maps: Maps
    activated: Maps
    pooled: Maps | None = None

    def patch(self, row: int, column: int) -> Maps:
        """Return the part of the input that one pixel of the feature maps is made of, with all channels."""
        height, width = self.kernels.shape[:2]
        top, left = row * self.stride, column * self.stride
        return self.inputs[top : top + height, left : left + width]


def convolve(inputs: Maps, kernels: Maps, bias: Maps, stride: int = 1) -> Maps:
    """Return the feature maps: at each place the kernel times what lies under it, added up, plus the bias.

    As in every network, the kernel is not turned around: mathematicians call this correlation.

    Args:
        inputs: float32 of shape ``(h, w, channels)``, padded already.
        kernels: float32 of shape ``(kernel height, kernel width, channels, filters)``.
        bias: float32 of shape ``(filters,)``.
        stride: pixels from one place to the next.
    """
    maps = [correlate(inputs, kernels[..., number], mode="valid")[..., 0] for number in range(kernels.shape[-1])]
    return (np.stack(maps, axis=-1)[::stride, ::stride] + bias).astype(np.float32)


def max_pool(maps: Maps, size: int = 2) -> Maps:
    """Return the largest of each ``size`` x ``size`` square; what is left over at the right and below is dropped."""
    rows, columns = maps.shape[0] // size, maps.shape[1] // size
    cut = maps[: rows * size, : columns * size]
    pooled: Maps = cut.reshape(rows, size, columns, size, -1).max(axis=(1, 3))
    return pooled


def convolve_by_hand(pixels: Pixels, kernel: Kernel, activation: str = "relu") -> ConvolutionView:
    """Return what a kernel made by hand, an activation and 2 x 2 max pooling make of a photo in grey.

    Args:
        pixels: uint8 of shape ``(h, w, 1)``.
        kernel: one of ``KERNELS``.
        activation: a name in ``HIDDEN_ACTIVATIONS``.
    """
    inputs: Maps = (pixels / 255).astype(np.float32)
    kernels = np.array(kernel.weights, dtype=np.float32)[:, :, None, None]
    bias = np.zeros(1, dtype=np.float32)
    maps = convolve(inputs, kernels, bias)
    activated = HIDDEN_ACTIVATIONS[activation].value(maps.astype(np.float64)).astype(np.float32)
    return ConvolutionView(inputs, kernels, bias, 1, maps, activated, max_pool(activated))


def convolve_by_network(classifier: Classifier, pixels: Pixels, number: int = 0) -> ConvolutionView:
    """Return what one convolution of a trained network makes of a photo, with the network's own numbers.

    Batch normalisation that lies between convolution and activation is part of kernel and bias, as LiteRT runs it.

    Args:
        classifier: whose network.
        pixels: uint8 as the network is shown them, ``classifier.input_spec.shape``.
        number: which convolution, 0 for the first.
    """
    found = classifier.network.convolution(number)
    given, activated, *pooled = (output[0] for output in found.network.run([pixels]))
    scale = np.float32(255 if found.takes_photo else 1)
    inputs, kernels = (given / scale).astype(np.float32), found.kernels * scale
    if found.is_padded:
        inputs = _padded(inputs, kernels.shape[:2], found.stride)
    maps = convolve(inputs, kernels, found.bias, found.stride)
    return ConvolutionView(inputs, kernels, found.bias, found.stride, maps, activated, *pooled)


def _padded(inputs: Maps, kernel: tuple[int, ...], stride: int) -> Maps:
    """Return the input with zeros around it as TensorFlow's ``SAME`` puts them: one more below and at the right."""
    missing = [
        max((-(-side // stride) - 1) * stride + size - side, 0)
        for side, size in zip(inputs.shape, kernel, strict=False)
    ]
    return np.pad(inputs, [(some // 2, some - some // 2) for some in missing] + [(0, 0)])
