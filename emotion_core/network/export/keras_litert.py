"""A trained network as files: Keras' own format, and LiteRT for prediction without TensorFlow."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

from emotion_core.files import move_into_place, temporary_beside, write_bytes
from emotion_core.network.build import probability_model
from emotion_core.network.config import NetworkConfig

if TYPE_CHECKING:
    import keras

KERAS_FILE = "model.keras"
LITERT_FILE = "model.tflite"


def save(model: keras.Model, config: NetworkConfig, folder: Path) -> None:
    """Write the network to ``folder`` as ``model.keras`` and ``model.tflite``, float32 both.

    Both say P(sad), whatever the output activation is. Each file is moved into place when it is whole, the LiteRT one
    last: where that is, the network is complete.
    """
    model = probability_model(model, config)
    whole = temporary_beside(folder / KERAS_FILE)
    model.save(whole)
    move_into_place(whole, folder / KERAS_FILE)
    write_bytes(folder / LITERT_FILE, litert(model))


def litert(model: keras.Model, *, half_precision: bool = False) -> bytes:
    """Return the network as a LiteRT file.

    Args:
        model: says P(sad).
        half_precision: whether weights are kept as float16, in half the space; they are computed with as float32.
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if half_precision:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    # The converter prints the whole signature, which would bury the log's last useful line.
    with contextlib.redirect_stdout(io.StringIO()):
        converted: bytes = converter.convert()
    return converted
