"""One convolution, number by number: with a handmade kernel, or with the kernels of a trained network."""

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
    """A handmade kernel.

    Attributes:
        title: display name.
        note: what it detects or does.
        weights: 3 x 3 numbers, row by row.
    """

    title: str
    note: str
    weights: tuple[tuple[float, float, float], ...]


KERNELS = {
    "edges": Kernel(
        "Edges, all directions",
        "The center minus its eight neighbors: zero on a uniform area, large at edges.",
        ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)),
    ),
    "upright": Kernel(
        "Vertical edges",
        "Left minus right (Sobel kernel): responds to light left of dark.",
        ((1, 0, -1), (2, 0, -2), (1, 0, -1)),
    ),
    "level": Kernel(
        "Horizontal edges",
        "Top minus bottom (Sobel kernel): responds to light above dark.",
        ((1, 2, 1), (0, 0, 0), (-1, -2, -1)),
    ),
    "blur": Kernel("Blur", "The mean of the nine pixels.", ((1 / 9,) * 3,) * 3),
    "sharpen": Kernel(
        "Sharpen", "The center, plus its difference from its neighbors.", ((0, -1, 0), (-1, 5, -1), (0, -1, 0))
    ),
    "emboss": Kernel("Emboss", "Looks as if lit from the lower right.", ((-2, -1, 0), (-1, 1, 1), (0, 1, 2))),
}


@dataclass(frozen=True)
class ConvolutionView:
    """One convolution applied to one photo, with its inputs and outputs.

    Attributes:
        inputs: float32 of shape ``(h, w, channels)``, including padding; a photo is scaled to 0 to 1.
        kernels: float32 of shape ``(kernel height, kernel width, channels, filters)``.
        bias: float32 of shape ``(filters,)``.
        stride: step of the kernel, in pixels.
        feature_maps: float32 of shape ``(h', w', filters)``: kernel times input plus bias.
        activated: float32 of the same shape: the maps after the activation.
        pooled: float32 of shape ``(h'', w'', filters)``; None without pooling.
    """

    inputs: Maps
    kernels: Maps
    bias: Maps
    stride: int
    feature_maps: Maps
    activated: Maps
    pooled: Maps | None = None

    def patch(self, row: int, column: int) -> Maps:
        """Return the part of the input under the kernel for one pixel of the feature maps.

        Args:
            row: of the pixel, from 0.
            column: of the pixel, from 0.

        Returns:
            float32 of shape ``(kernel height, kernel width, channels)``.
        """
        height, width = self.kernels.shape[:2]
        top, left = row * self.stride, column * self.stride
        return self.inputs[top : top + height, left : left + width]


def convolve(inputs: Maps, kernels: Maps, bias: Maps, stride: int = 1) -> Maps:
    """Return the feature maps: at each position the sum of kernel times input, plus the bias.

    As in every deep learning library the kernel is not flipped; in mathematics this is a cross-correlation.

    Args:
        inputs: float32 of shape ``(h, w, channels)``, including padding.
        kernels: float32 of shape ``(kernel height, kernel width, channels, filters)``.
        bias: float32 of shape ``(filters,)``.
        stride: step of the kernel, in pixels.
    """
    maps = [correlate(inputs, kernels[..., index], mode="valid")[..., 0] for index in range(kernels.shape[-1])]
    return (np.stack(maps, axis=-1)[::stride, ::stride] + bias).astype(np.float32)


def max_pool(maps: Maps, size: int = 2) -> Maps:
    """Return the maximum of each square; incomplete squares at the right and at the bottom are dropped.

    Args:
        maps: float32 of shape ``(h, w, filters)``.
        size: side of a square, in pixels.
    """
    rows, columns = maps.shape[0] // size, maps.shape[1] // size
    cut = maps[: rows * size, : columns * size]
    pooled: Maps = cut.reshape(rows, size, columns, size, -1).max(axis=(1, 3))
    return pooled


def convolve_by_hand(pixels: Pixels, kernel: Kernel, activation: str = "relu") -> ConvolutionView:
    """Apply a handmade kernel, an activation and 2 x 2 max pooling to a gray photo.

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
    """Apply one convolution of a trained network to a photo.

    Batch normalization between convolution and activation is folded into kernel and bias, as in the LiteRT file.

    Args:
        classifier: with the trained network.
        pixels: the network's input, uint8 of shape ``classifier.input_spec.shape``.
        number: index of the convolution, 0 for the first.
    """
    convolution = classifier.network.convolution(number)
    network_inputs, activated, *pooled = (output[0] for output in convolution.network.run([pixels]))
    # Where the division by 255 is folded into the kernels, both are shown on the scale that people read.
    scale = np.float32(255 if convolution.takes_photo else 1)
    inputs, kernels = (network_inputs / scale).astype(np.float32), convolution.kernels * scale
    if convolution.is_padded:
        inputs = _padded(inputs, kernels.shape[:2], convolution.stride)
    maps = convolve(inputs, kernels, convolution.bias, convolution.stride)
    return ConvolutionView(inputs, kernels, convolution.bias, convolution.stride, maps, activated, *pooled)


def _padded(inputs: Maps, kernel: tuple[int, ...], stride: int) -> Maps:
    """Return the input padded as TensorFlow's ``SAME`` does: an odd zero goes to the bottom and the right."""
    missing = [
        max((-(-side // stride) - 1) * stride + size - side, 0)
        for side, size in zip(inputs.shape, kernel, strict=False)
    ]
    return np.pad(inputs, [(total // 2, total - total // 2) for total in missing] + [(0, 0)])
