"""Settings to Keras model: activations, layers, building, export."""

from emotion_core.network.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, Activation
from emotion_core.network.build import build
from emotion_core.network.config import NetworkConfig, checked, field_errors
from emotion_core.network.layers import Layer, layers_of, parameter_count

__all__ = [
    "HIDDEN_ACTIVATIONS",
    "OUTPUT_ACTIVATIONS",
    "Activation",
    "Layer",
    "NetworkConfig",
    "build",
    "checked",
    "field_errors",
    "layers_of",
    "parameter_count",
]
