"""Settings to Keras model: activations, layers, what to know beforehand, building, export."""

from emotion_core.network.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, Activation
from emotion_core.network.build import build, probability_model
from emotion_core.network.config import NetworkConfig, checked, field_errors
from emotion_core.network.config_advice import Note, network_notes
from emotion_core.network.layer_table import Layer, layers_of, multiply_adds, parameter_count

__all__ = [
    "HIDDEN_ACTIVATIONS",
    "OUTPUT_ACTIVATIONS",
    "Activation",
    "Layer",
    "NetworkConfig",
    "Note",
    "build",
    "checked",
    "field_errors",
    "layers_of",
    "multiply_adds",
    "network_notes",
    "parameter_count",
    "probability_model",
]
