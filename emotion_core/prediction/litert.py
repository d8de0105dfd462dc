"""The LiteRT file of a trained network: its output and the outputs of its layers, without TensorFlow."""

import functools
import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import flatbuffers
import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from emotion_core.documents import check_hash
from emotion_core.errors import DocumentDamaged, JobUnusable
from emotion_core.images import Pixels

Values = npt.NDArray[np.float32]

# Measured: larger batches are at most a fifth faster, and 32 photos of 256 pixels take 250 MB more memory.
BATCH_SIZE = 8
# A second thread speeds up no network that trains in minutes, and takes the core that detects faces.
THREADS = 1
_FILE_IDENTIFIER = b"TFL3"
_POOLS = {schema.BuiltinOperator.MAX_POOL_2D, schema.BuiltinOperator.AVERAGE_POOL_2D}


class LiteRTNetwork:
    """A network ready to run. Threads may share it; a lock lets one batch run at a time.

    Args:
        content: bytes of a LiteRT file.
        name: the file's name, for error messages.

    Raises:
        JobUnusable: the bytes are no LiteRT file.
    """

    def __init__(self, content: bytes, name: str) -> None:
        try:
            self._interpreter = Interpreter(model_content=content, num_threads=THREADS)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise JobUnusable(
                f"The trained network cannot be read. Expected a LiteRT file. Received: {name!r}. Train it again."
            ) from error
        self._content, self._name = content, name
        self._lock = threading.Lock()

    @classmethod
    def read(cls, path: Path, sha256: str | None = None) -> "LiteRTNetwork":
        """Return the network in a file.

        Args:
            path: LiteRT file.
            sha256: of its bytes as they were written; None where that was not recorded.

        Raises:
            JobUnusable: the file is missing, damaged, or no LiteRT file.
        """
        try:
            content = path.read_bytes()
            check_hash(path.name, content, sha256)
            return cls(content, path.name)
        except DocumentDamaged as error:
            raise JobUnusable(f"The trained network cannot be used. {error}") from error
        except OSError as error:
            raise JobUnusable(
                f"The trained network cannot be opened: {error.strerror}. Expected a LiteRT file. "
                f"Received: {path.name!r}. Train it again."
            ) from error

    def run(self, pixels: Sequence[Pixels]) -> list[Values]:
        """Return each of the network's outputs for all photos.

        Args:
            pixels: at least one input, uint8 of the network's input shape each.

        Returns:
            Float32 arrays of shape ``(n, ...)``. A network as it was trained has one output, P(sad), of shape
            ``(n, 1)``; with ``neither`` P(sad) and P(neither), of shape ``(n, 2)``.
        """
        batches = []
        for start in range(0, len(pixels), BATCH_SIZE):
            batch = np.stack(pixels[start : start + BATCH_SIZE]).astype(np.float32)
            with self._lock:
                batches.append(self._run_batch(batch))
        return [np.concatenate(output) for output in zip(*batches, strict=True)]

    def _run_batch(self, batch: Values) -> list[Values]:
        [inputs] = self._interpreter.get_input_details()
        if tuple(inputs["shape"]) != batch.shape:
            self._interpreter.resize_tensor_input(inputs["index"], batch.shape)
            self._interpreter.allocate_tensors()
        self._interpreter.set_tensor(inputs["index"], batch)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(output["index"]) for output in self._interpreter.get_output_details()]

    @functools.cached_property
    def convolution_multiply_adds(self) -> int:
        """Multiply-adds of all convolutions for one photo, which take most of a prediction's time."""
        model = self._model()
        tensors = model.subgraphs[0].tensors
        shapes = [
            (tensors[operator.outputs[0]].shape, tensors[operator.inputs[1]].shape) for operator in _convolutions(model)
        ]
        # Maps of (1, h, w, filters) by kernels of (filters, h, w, channels).
        return sum(math.prod(maps) * math.prod(kernel[1:]) for maps, kernel in shapes)

    @functools.cached_property
    def hidden_extractor(self) -> "LiteRTNetwork":
        """The same network up to its last hidden layer, with that layer's output, of shape ``(n, units)``."""
        model = self._model()
        dense = _operators(model, schema.BuiltinOperator.FULLY_CONNECTED)
        return self._with_outputs(model, [dense[-1].inputs[0]])

    def block_extractor(self, convolutions: Sequence[int]) -> "LiteRTNetwork":
        """Return the same network with the feature maps of each block, before pooling, as outputs.

        Args:
            convolutions: number of convolutions in each block, the first block first.
        """
        model = self._model()
        return self._with_outputs(model, _block_tensors(model, convolutions))

    @functools.cached_property
    def convolution_count(self) -> int:
        """Number of convolutions."""
        return len(_convolutions(self._model()))

    def convolution(self, index: int) -> "Convolution":
        """Return one convolution with its weights, and a network that outputs its feature maps.

        Args:
            index: 0 for the network's first convolution.
        """
        model = self._model()
        graph, convolutions = model.subgraphs[0], _convolutions(model)
        operator, activated = convolutions[index], _block_tensors(model, [1] * len(convolutions))[index]
        pooled = [
            pool.outputs[0] for pool in graph.operators if _code(model, pool) in _POOLS and pool.inputs[0] == activated
        ]
        kernels, bias = (_constant(model, tensor) for tensor in operator.inputs[1:])
        options = operator.builtinOptions
        return Convolution(
            kernels.transpose(1, 2, 3, 0),
            bias,
            options.strideW,
            options.padding == schema.Padding.SAME,
            operator.inputs[0] == graph.inputs[0],
            self._with_outputs(model, [operator.inputs[0], activated, *pooled]),
        )

    def _model(self) -> Any:
        return schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(self._content), 0))

    def _with_outputs(self, model: Any, tensors: Sequence[int]) -> "LiteRTNetwork":
        # Rewritten as outputs of the file: the interpreter can keep inner tensors only without XNNPACK.
        model.subgraphs[0].outputs = list(tensors)
        model.signatureDefs = None
        builder = flatbuffers.Builder(len(self._content))
        builder.Finish(model.Pack(builder), _FILE_IDENTIFIER)
        return LiteRTNetwork(bytes(builder.Output()), self._name)


class Convolution(NamedTuple):
    """One convolution of a network.

    Attributes:
        kernels: float32 of shape ``(height, width, channels, filters)``; the converter has folded a batch
            normalization that follows into them.
        bias: float32 of shape ``(filters,)``.
        stride: step of the kernel, in pixels.
        is_padded: whether the input is padded (``same``), so that at stride 1 the maps are as large as the input.
        takes_photo: whether the input is the photo, 0 to 255; the division by 255 is then folded into the kernels.
        network: with the convolution's input and its maps after the activation as outputs, and the pooled maps where
            pooling follows.
    """

    kernels: Values
    bias: Values
    stride: int
    is_padded: bool
    takes_photo: bool
    network: LiteRTNetwork


def _constant(model: Any, tensor_index: int) -> Values:
    """Return a constant of the file as float32."""
    graph = model.subgraphs[0]
    # A float16 constant is not read directly: a DEQUANTIZE operator stands between it and its reader.
    stored_index = next(
        (operator.inputs[0] for operator in graph.operators if operator.outputs[0] == tensor_index), tensor_index
    )
    tensor = graph.tensors[stored_index]
    dtype = np.float16 if tensor.type == schema.TensorType.FLOAT16 else np.float32
    numbers = np.asarray(model.buffers[tensor.buffer].data, dtype=np.uint8).view(dtype)
    return numbers.reshape(tensor.shape).astype(np.float32)


def _code(model: Any, operator: Any) -> int:
    return int(model.operatorCodes[operator.opcodeIndex].builtinCode)


def _operators(model: Any, code: int) -> list[Any]:
    return [operator for operator in model.subgraphs[0].operators if _code(model, operator) == code]


def _convolutions(model: Any) -> list[Any]:
    return _operators(model, schema.BuiltinOperator.CONV_2D)


def _block_tensors(model: Any, convolutions: Sequence[int]) -> list[int]:
    """Return the index of each block's last feature maps: those before its pooling, or before the next block."""
    graph = model.subgraphs[0]
    block_of_convolution = iter([block for block, count in enumerate(convolutions) for _ in range(count)])
    # An activation may be several operators, so the last tensor of four dimensions in a block counts.
    block, last_maps, in_block = 0, {}, False
    for operator in graph.operators:
        code, tensor = _code(model, operator), operator.outputs[0]
        if code == schema.BuiltinOperator.CONV_2D:
            block, in_block = next(block_of_convolution), True
        is_maps = len(graph.tensors[tensor].shape) == 4 and code != schema.BuiltinOperator.PAD
        in_block = in_block and is_maps and code not in _POOLS
        if in_block:
            last_maps[block] = tensor
    return [last_maps[block] for block in sorted(last_maps)]
