"""Numbers and figures of the Activations page."""

from emotion_core.teaching.activations.convolution import (
    KERNELS,
    ConvolutionView,
    convolve_by_hand,
    convolve_by_network,
)
from emotion_core.teaching.activations.descent import LANDSCAPES, Walk, descend
from emotion_core.teaching.activations.epoch_times import KIND, read_epoch_times, start_epoch_times
from emotion_core.teaching.activations.flatness import FLAT_SLOPE, flat_text, largest_slope
from emotion_core.teaching.activations.gradient_stack import (
    MAX_LAYERS,
    WEIGHT_RULES,
    GradientProfile,
    expected_gradient,
    gradient_profile,
)

__all__ = [
    "FLAT_SLOPE",
    "KERNELS",
    "KIND",
    "LANDSCAPES",
    "MAX_LAYERS",
    "WEIGHT_RULES",
    "ConvolutionView",
    "GradientProfile",
    "Walk",
    "convolve_by_hand",
    "convolve_by_network",
    "descend",
    "expected_gradient",
    "flat_text",
    "gradient_profile",
    "largest_slope",
    "read_epoch_times",
    "start_epoch_times",
]
