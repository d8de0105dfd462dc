"""Write a trained network as ONNX, for ONNX Runtime and other readers of that format.

A process of its own imports TensorFlow and writes the file; pages and the command line only wait for it.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from emotion_core.disk_space import disk_full
from emotion_core.documents import hashes_of, stored_document, write_document
from emotion_core.errors import JobUnusable
from emotion_core.files import replacing
from emotion_core.jobs import child_environment
from emotion_core.network.export.keras_litert import KERAS_FILE

ONNX_FILE = "model.onnx"
# Of the document beside it that holds its SHA-256.
_HASH_SUFFIX = ".onnx.json"
WRITER_MODULE = "emotion_core.network.export"
# From June 2023: the newest opset that tf2onnx is tested with, and old enough for every runtime in use.
OPSET = 18
TIMEOUT_SECONDS = 600


def onnx_of(folder: Path) -> Path:
    """Return the ONNX file beside ``model.keras``; the first call writes it, in a process that takes a few seconds.

    Raises:
        DiskFull: the disk is full.
        JobUnusable: the network cannot be written as ONNX.
    """
    path = folder / ONNX_FILE
    network = folder / KERAS_FILE
    if path.exists() and path.stat().st_mtime >= network.stat().st_mtime and _is_as_written(path):
        return path
    command = [sys.executable, "-m", WRITER_MODULE, str(network), str(path)]
    # Without a GPU: TensorFlow would reserve its memory, which a training run may need.
    variables = child_environment(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
    try:
        process = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=TIMEOUT_SECONDS)
        problem = "" if process.returncode == 0 else (process.stderr.strip().splitlines() or ["no error message"])[-1]
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = str(error)
    if os.strerror(errno.ENOSPC) in problem:
        raise disk_full("The network cannot be written as ONNX. The disk is full", path)
    if problem:
        raise JobUnusable(
            f"The network cannot be written as ONNX: {problem}. Expected a network of this project, and the packages "
            f"of requirements.txt. Received: network={network.name!r}. Install the requirements again."
        )
    return path


def save_onnx(network: Path, path: Path) -> None:
    """Write a ``model.keras`` as ONNX, float32, from pixels 0 to 255 to P(sad); any number of photos at once.

    Args:
        network: a file that ``save_network`` wrote.
        path: the ONNX file; it appears only when it is complete.
    """
    import keras

    model = keras.models.load_model(network, compile=False)
    _register_tf2onnx_handlers()
    pixels = keras.InputSpec(dtype="float32", shape=model.input_shape, name="pixels")
    with replacing(path) as temporary:
        model.export(temporary, format="onnx", input_signature=[pixels], opset_version=OPSET, verbose=False)
    write_document(path.with_suffix(_HASH_SUFFIX), hashes_of(path.parent, [path.name]))


def _is_as_written(path: Path) -> bool:
    # A file of an earlier version, without a recorded hash, is made again.
    recorded = stored_document(path.with_suffix(_HASH_SUFFIX)) or {}
    return recorded == hashes_of(path.parent, [path.name])


def _register_tf2onnx_handlers() -> None:
    """Register two operators that tf2onnx 1.17 copies unchanged, although ONNX does not define them.

    CELU uses ``expm1(x) = exp(x) - 1``, and GELU uses ``erfc(x) = 1 - erf(x)``.
    """
    from tf2onnx.handler import tf_op

    tf_op("Expm1").register_compat_handler(_expm1, 6)
    tf_op("Erfc").register_compat_handler(_erfc, 9)


def _expm1(graph: Any, node: Any, **_: Any) -> None:
    exponential = graph.make_node("Exp", node.input).output[0]
    _replace_by_difference(graph, node, [exponential, _constant_one(graph)])


def _erfc(graph: Any, node: Any, **_: Any) -> None:
    error = graph.make_node("Erf", node.input).output[0]
    _replace_by_difference(graph, node, [_constant_one(graph), error])


def _constant_one(graph: Any) -> str:
    import numpy as np
    from tf2onnx.utils import make_name

    return str(graph.make_const(make_name("one"), np.array(1, dtype=np.float32)).output[0])


def _replace_by_difference(graph: Any, node: Any, terms: list[str]) -> None:
    """Replace a node by the difference of two tensors."""
    shapes, dtypes = node.output_shapes, node.output_dtypes
    graph.remove_node(node.name)
    graph.make_node("Sub", terms, outputs=node.output, name=node.name, shapes=shapes, dtypes=dtypes)
