"""The LiteRT file of a trained network: its answers, and what its layers say on the way, without TensorFlow."""

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

from emotion_core.errors import JobUnusable
from emotion_core.images import Pixels

Values = npt.NDArray[np.float32]

# Measured: more at a time is at most a fifth faster, and 32 photos of 256 pixels take 250 MB more memory.
BATCH_SIZE = 8
# A second thread makes no network faster that trains in minutes, and takes the core that looks for faces.
THREADS = 1
_FILE_IDENTIFIER = b"TFL3"
_POOLS = {schema.BuiltinOperator.MAX_POOL_2D, schema.BuiltinOperator.AVERAGE_POOL_2D}


class LiteRTNetwork:
    """A network ready to run; may be shared between threads, one of which it works for at a time.

    Args:
        content: of a LiteRT file.
        name: the file's, for messages.

    Raises:
        JobUnusable: it is no such file.
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
    def read(cls, path: Path) -> "LiteRTNetwork":
        """Return the network in a file.

        Raises:
            JobUnusable: there is no file, or no network in it.
        """
        try:
            return cls(path.read_bytes(), path.name)
        except OSError as error:
            raise JobUnusable(
                f"The trained network cannot be opened: {error.strerror}. Expected a LiteRT file. "
                f"Received: {path.name!r}. Train it again."
            ) from error

    def run(self, pixels: Sequence[Pixels]) -> list[Values]:
        """Return each output for all of the photos.

        Args:
            pixels: uint8 of the shape that the network takes, at least one.

        Returns:
            Arrays of shape ``(n, ...)``: a network as it was trained has one output, P(sad), of shape ``(n, 1)``.
        """
        parts = []
        for start in range(0, len(pixels), BATCH_SIZE):
            batch = np.stack(pixels[start : start + BATCH_SIZE]).astype(np.float32)
            with self._lock:
                parts.append(self._run_batch(batch))
        return [np.concatenate(output) for output in zip(*parts, strict=True)]

    def _run_batch(self, batch: Values) -> list[Values]:
        [inputs] = self._interpreter.get_input_details()
        if tuple(inputs["shape"]) != batch.shape:
            self._interpreter.resize_tensor_input(inputs["index"], batch.shape)
            self._interpreter.allocate_tensors()
        self._interpreter.set_tensor(inputs["index"], batch)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(output["index"]) for output in self._interpreter.get_output_details()]

    @functools.cached_property
    def multiplications(self) -> int:
        """How many its convolutions make for one photo, which is what its answer takes time for."""
        model = self._model()
        graph = model.subgraphs[0]
        shapes = [
            (graph.tensors[operator.outputs[0]].shape, graph.tensors[operator.inputs[1]].shape)
            for operator in graph.operators
            if _code(model, operator) == schema.BuiltinOperator.CONV_2D
        ]
        # Maps of (1, h, w, filters) by kernels of (filters, h, w, channels).
        return sum(math.prod(maps) * math.prod(kernel[1:]) for maps, kernel in shapes)

    @functools.cached_property
    def hidden(self) -> "LiteRTNetwork":
        """The same network, whose output is what its last layer before the output says, of shape ``(n, units)``."""
        model = self._model()
        operators = model.subgraphs[0].operators
        dense = [each for each in operators if _code(model, each) == schema.BuiltinOperator.FULLY_CONNECTED]
        return self._revealing(model, [dense[-1].inputs[0]])

    def blocks(self, convolutions: Sequence[int]) -> "LiteRTNetwork":
        """Return the same network, whose outputs are the maps of each block of convolutions, before pooling.

        Args:
            convolutions: how many each block has, the first block first.
        """
        model = self._model()
        return self._revealing(model, _block_tensors(model, convolutions))

    @functools.cached_property
    def convolution_count(self) -> int:
        """How many convolutions it has."""
        model = self._model()
        codes = [_code(model, operator) for operator in model.subgraphs[0].operators]
        return codes.count(schema.BuiltinOperator.CONV_2D)

    def convolution(self, number: int) -> "Convolution":
        """Return one convolution with its numbers, and the same network with its maps as outputs.

        Args:
            number: 0 for the first of the network.
        """
        model = self._model()
        graph = model.subgraphs[0]
        found = [each for each in graph.operators if _code(model, each) == schema.BuiltinOperator.CONV_2D]
        operator, activated = found[number], _block_tensors(model, [1] * len(found))[number]
        pooled = [
            each.outputs[0] for each in graph.operators if _code(model, each) in _POOLS and each.inputs[0] == activated
        ]
        kernels, bias = (_constant(model, tensor) for tensor in operator.inputs[1:])
        options = operator.builtinOptions
        return Convolution(
            kernels.transpose(1, 2, 3, 0),
            bias,
            options.strideW,
            options.padding == schema.Padding.SAME,
            operator.inputs[0] == graph.inputs[0],
            self._revealing(model, [operator.inputs[0], activated, *pooled]),
        )

    def _model(self) -> Any:
        return schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(self._content), 0))

    def _revealing(self, model: Any, tensors: Sequence[int]) -> "LiteRTNetwork":
        # As outputs of the file: tensors that the interpreter is told to keep are only there without XNNPACK.
        model.subgraphs[0].outputs = list(tensors)
        model.signatureDefs = None
        builder = flatbuffers.Builder(len(self._content))
        builder.Finish(model.Pack(builder), _FILE_IDENTIFIER)
        return LiteRTNetwork(bytes(builder.Output()), self._name)


class Convolution(NamedTuple):
    """One convolution of a network.

    Attributes:
        kernels: of shape ``(height, width, channels, filters)``; batch normalisation right behind it is part of them.
        bias: of shape ``(filters,)``.
        stride: pixels from one place of the kernel to the next.
        same: whether its input is padded so that, but for the stride, the maps are as large.
        of_pixels: whether its input is the photo from 0 to 255; the division by 255 is then part of the kernels.
        network: whose outputs are this convolution's input, its maps behind the activation, and the pooled maps where
            it is followed by pooling.
    """

    kernels: Values
    bias: Values
    stride: int
    same: bool
    of_pixels: bool
    network: LiteRTNetwork


def _constant(model: Any, tensor: int) -> Values:
    """Return numbers that lie in the file; those kept with half the digits go through an operator first."""
    graph = model.subgraphs[0]
    kept = next((each.inputs[0] for each in graph.operators if each.outputs[0] == tensor), tensor)
    found = graph.tensors[kept]
    digits = np.float16 if found.type == schema.TensorType.FLOAT16 else np.float32
    numbers = np.asarray(model.buffers[found.buffer].data, dtype=np.uint8).view(digits)
    return numbers.reshape(found.shape).astype(np.float32)


def _code(model: Any, operator: Any) -> int:
    return int(model.operatorCodes[operator.opcodeIndex].builtinCode)


def _block_tensors(model: Any, convolutions: Sequence[int]) -> list[int]:
    """Return the tensor that each block ends with: the last maps before it is pooled, or before the next block."""
    graph = model.subgraphs[0]
    codes = [_code(model, operator) for operator in graph.operators]
    of_convolutions = iter([block for block, count in enumerate(convolutions) for _ in range(count)])
    block, found, in_block = 0, {}, False
    for operator, code in zip(graph.operators, codes, strict=True):
        if code == schema.BuiltinOperator.CONV_2D:
            block, in_block = next(of_convolutions), True
        tensor = operator.outputs[0]
        is_maps = len(graph.tensors[tensor].shape) == 4 and code != schema.BuiltinOperator.PAD
        in_block = in_block and is_maps and code not in _POOLS
        if in_block:
            found[block] = tensor
    return [found[block] for block in sorted(found)]
