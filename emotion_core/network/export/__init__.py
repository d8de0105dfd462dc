"""A trained network as files: Keras, LiteRT, ONNX."""

from emotion_core.network.export.keras_litert import KERAS_FILE, LITERT_FILE, litert, save
from emotion_core.network.export.onnx import onnx_of

__all__ = [
    "KERAS_FILE",
    "LITERT_FILE",
    "litert",
    "onnx_of",
    "save",
]
