"""Files of a trained network: Keras, LiteRT, ONNX."""

from emotion_core.network.export.keras_litert import KERAS_FILE, LITERT_FILE, save_network, to_litert
from emotion_core.network.export.onnx import ONNX_FILE, onnx_of

__all__ = [
    "KERAS_FILE",
    "LITERT_FILE",
    "ONNX_FILE",
    "onnx_of",
    "save_network",
    "to_litert",
]
