"""Numbers and figures of the page Activations."""

from emotion_core.teaching.activations.convolution import (
    KERNELS,
    ConvolutionView,
    convolve_by_hand,
    convolve_by_network,
)
from emotion_core.teaching.activations.descent import LANDSCAPES, Walk, descend
from emotion_core.teaching.activations.epoch_times import KIND, epoch_times, start_epoch_times
from emotion_core.teaching.activations.flatness import FLAT_SLOPE, flat_text, largest_slope
from emotion_core.teaching.activations.gradient_stack import (
    MOST_LAYERS,
    WEIGHT_RULES,
    GradientProfile,
    kept_by_slopes,
    read_stack,
)

__all__ = [
    "FLAT_SLOPE",
    "KERNELS",
    "KIND",
    "LANDSCAPES",
    "MOST_LAYERS",
    "WEIGHT_RULES",
    "ConvolutionView",
    "GradientProfile",
    "Walk",
    "convolve_by_hand",
    "convolve_by_network",
    "descend",
    "epoch_times",
    "flat_text",
    "kept_by_slopes",
    "largest_slope",
    "read_stack",
    "start_epoch_times",
]
