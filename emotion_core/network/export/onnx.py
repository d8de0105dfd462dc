"""A trained network as ONNX, for ONNX Runtime and whatever else reads that format.

TensorFlow is imported by what writes the file, in a process of its own: pages and the command line only wait for it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from emotion_core.errors import JobUnusable
from emotion_core.files import move_into_place, temporary_beside
from emotion_core.jobs import child_environment
from emotion_core.network.export.keras_litert import KERAS_FILE

ONNX_FILE = "model.onnx"
WRITER_MODULE = "emotion_core.network.export"
# Of June 2023: the newest that tf2onnx is tested with, and old enough for every runtime in use.
OPSET = 18
MOST_SECONDS = 600


def onnx_of(folder: Path) -> Path:
    """Return the ONNX file beside ``model.keras``; written once, which takes a process and a few seconds.

    Raises:
        JobUnusable: the network cannot be written as ONNX.
    """
    path = folder / ONNX_FILE
    network = folder / KERAS_FILE
    if path.exists() and path.stat().st_mtime >= network.stat().st_mtime:
        return path
    command = [sys.executable, "-m", WRITER_MODULE, str(network), str(path)]
    # No GPU: the export does not need one, and would take memory from a run.
    variables = child_environment(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
    try:
        ended = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=MOST_SECONDS)
        problem = "" if ended.returncode == 0 else (ended.stderr.strip().splitlines() or ["it said nothing"])[-1]
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = str(error)
    if problem:
        raise JobUnusable(
            f"The network cannot be written as ONNX: {problem}. Expected a network of this project, and the packages "
            f"of requirements.txt. Received: network={network.name!r}. Install the requirements again."
        )
    return path


def save_onnx(network: Path, path: Path) -> None:
    """Write a ``model.keras`` as ONNX, float32, from pixels 0 to 255 to P(sad); any number of photos at once.

    Args:
        network: as ``save`` wrote it.
        path: is moved into place when it is whole.
    """
    import keras

    model = keras.models.load_model(network, compile=False)
    _teach_tf2onnx()
    pixels = keras.InputSpec(dtype="float32", shape=model.input_shape, name="pixels")
    whole = temporary_beside(path)
    model.export(whole, format="onnx", input_signature=[pixels], opset_version=OPSET, verbose=False)
    move_into_place(whole, path)


def _teach_tf2onnx() -> None:
    """Tell tf2onnx 1.17 of two functions that it passes on as they are, though ONNX has none of that name.

    CELU has ``expm1(x) = exp(x) - 1``, GELU has ``erfc(x) = 1 - erf(x)``.
    """
    from tf2onnx.handler import tf_op

    tf_op("Expm1").register_compat_handler(_expm1, 6)
    tf_op("Erfc").register_compat_handler(_erfc, 9)


def _expm1(graph: Any, node: Any, **_: Any) -> None:
    power = graph.make_node("Exp", node.input).output[0]
    _replace(graph, node, [power, _one(graph)])


def _erfc(graph: Any, node: Any, **_: Any) -> None:
    error = graph.make_node("Erf", node.input).output[0]
    _replace(graph, node, [_one(graph), error])


def _one(graph: Any) -> str:
    import numpy as np
    from tf2onnx.utils import make_name

    return str(graph.make_const(make_name("one"), np.array(1, dtype=np.float32)).output[0])


def _replace(graph: Any, node: Any, terms: list[str]) -> None:
    """Put the difference of two tensors in the place of a node."""
    shapes, dtypes = node.output_shapes, node.output_dtypes
    graph.remove_node(node.name)
    graph.make_node("Sub", terms, outputs=node.output, name=node.name, shapes=shapes, dtypes=dtypes)
