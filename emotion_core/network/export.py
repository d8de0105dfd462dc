"""A trained network as files: Keras' own format, and LiteRT for prediction without TensorFlow."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

KERAS_FILE = "model.keras"
LITERT_FILE = "model.tflite"


def save(model: keras.Model, folder: Path) -> None:
    """Write the network to ``folder`` as ``model.keras`` and ``model.tflite``, float32 both.

    Each file is moved into place when it is whole, the LiteRT one last: where that is, the network is complete.
    """
    import tensorflow as tf

    whole = folder / f".{KERAS_FILE}"
    model.save(whole)
    whole.replace(folder / KERAS_FILE)
    # The converter prints the whole signature, which would bury the log's last useful line.
    with contextlib.redirect_stdout(io.StringIO()):
        converted = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    temporary = folder / f".{LITERT_FILE}"
    temporary.write_bytes(converted)
    temporary.replace(folder / LITERT_FILE)
