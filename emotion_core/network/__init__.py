"""Settings to Keras model: activations, layers, advice on settings, building, export."""

from emotion_core.network.activation_math import Values
from emotion_core.network.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, Activation
from emotion_core.network.build import build, probability_model
from emotion_core.network.config import PRELU, NetworkConfig
from emotion_core.network.config_advice import Advice, advice_on
from emotion_core.network.layer_table import (
    STARTER_LAYER,
    Layer,
    blocks_of,
    layers_of,
    multiply_adds,
    parameter_count,
    starter_layers,
)
from emotion_core.network.settings_errors import checked, field_errors
from emotion_core.network.starter import NEITHER_STARTER, STARTER, WEIGHTS_FILE, save_weights, starter_weights_file

__all__ = [
    "HIDDEN_ACTIVATIONS",
    "NEITHER_STARTER",
    "OUTPUT_ACTIVATIONS",
    "PRELU",
    "STARTER",
    "STARTER_LAYER",
    "WEIGHTS_FILE",
    "Activation",
    "Advice",
    "Layer",
    "NetworkConfig",
    "Values",
    "advice_on",
    "blocks_of",
    "build",
    "checked",
    "field_errors",
    "layers_of",
    "multiply_adds",
    "parameter_count",
    "probability_model",
    "save_weights",
    "starter_layers",
    "starter_weights_file",
]
