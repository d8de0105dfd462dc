"""Write a trained network as Keras and LiteRT files; LiteRT predicts without TensorFlow."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

from emotion_core.files import replacing, write_bytes
from emotion_core.network.build import probability_model
from emotion_core.network.config import NetworkConfig

if TYPE_CHECKING:
    import keras

KERAS_FILE = "model.keras"
LITERT_FILE = "model.tflite"


def save_network(model: keras.Model, config: NetworkConfig, folder: Path) -> None:
    """Write the network as ``model.keras`` and ``model.tflite``, both float32 with P(sad) as output.

    Args:
        model: built from ``config`` and trained.
        config: the network's settings.
        folder: the files' folder; it must exist.
    """
    model = probability_model(model, config)
    with replacing(folder / KERAS_FILE) as temporary:
        model.save(temporary)
    # The LiteRT file comes last: readers take its presence as the sign that both files are complete.
    write_bytes(folder / LITERT_FILE, to_litert(model))


def to_litert(model: keras.Model, *, half_precision: bool = False) -> bytes:
    """Return the network as a LiteRT file.

    Args:
        model: with P(sad) as its output.
        half_precision: whether to store weights as float16, in half the space; computation stays float32.
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if half_precision:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    # The converter prints the whole signature, and a run's log is read from its last lines.
    with contextlib.redirect_stdout(io.StringIO()):
        converted: bytes = converter.convert()
    return converted
