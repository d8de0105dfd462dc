"""Files of a network: each outputs P(sad), the same as the network before it was saved."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from ai_edge_litert.interpreter import Interpreter

from emotion_core.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, NetworkConfig, build, probability_model
from emotion_core.network.export import KERAS_FILE, LITERT_FILE, save_network
from emotion_core.network.export.onnx import ONNX_FILE, save_onnx

# Keras asks its tensors for a NumPy array in a way that NumPy 2 deprecates (keras 3.15, tensorflow 2.21).
# Its patch of tf2onnx asks whether NumPy still has what NumPy 2 left out.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:In the future `np.object` will be defined:FutureWarning"),
]

NAMES = list(HIDDEN_ACTIVATIONS)
# Each function once, in convolutions or in the dense layer; outputs, heads and poolings take turns.
PAIRS = list(zip(NAMES[::2], NAMES[1::2], strict=True))


def config_for(number: int) -> NetworkConfig:
    """Return a small network of a pair of activations."""
    return NetworkConfig(
        image_size=16,
        filters=(4,),
        kernel_size=3,
        dense_units=(8,),
        hidden_activation=PAIRS[number][0],
        dense_activation=PAIRS[number][1],
        output_activation=list(OUTPUT_ACTIVATIONS)[number % 5],
        pooling=("max", "average", "none")[number % 3],
        head=("flatten", "global_average", "global_max")[number % 3],
        batch_normalization=number % 2 == 1,
        color=("rgb", "grey")[number % 2],
        dropout=0.2,
    )


def in_litert(path: Path, pixels: np.ndarray) -> np.ndarray:
    """Return the output of the LiteRT file for one photo."""
    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pixels)
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


def in_onnx(path: Path, pixels: np.ndarray) -> np.ndarray:
    """Return the output of the ONNX file for photos."""
    [p_sad] = onnxruntime.InferenceSession(str(path)).run(None, {"pixels": pixels})
    return np.asarray(p_sad)


@pytest.mark.parametrize("number", range(len(PAIRS)), ids=lambda number: "-".join(PAIRS[number]))
def test_saved_files_say_what_the_network_says(number: int, tmp_path: Path) -> None:
    """With every activation and output, each file gives the network's P(sad), and no other file is left behind."""
    import keras

    config = config_for(number)
    model = build(config)
    save_network(model, config, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [KERAS_FILE, LITERT_FILE]
    pixels = np.random.default_rng(0).integers(0, 256, (1, 16, 16, config.channels)).astype(np.float32)
    p_sad = np.asarray(probability_model(model, config)(pixels))
    assert p_sad.shape == (1, 1) and 0 <= p_sad <= 1
    np.testing.assert_allclose(np.asarray(keras.models.load_model(tmp_path / KERAS_FILE)(pixels)), p_sad, atol=1e-6)
    np.testing.assert_allclose(in_litert(tmp_path / LITERT_FILE, pixels), p_sad, atol=1e-5)
    save_onnx(tmp_path / KERAS_FILE, tmp_path / ONNX_FILE)
    hashes = f"{ONNX_FILE}.json"
    assert sorted(path.name for path in tmp_path.iterdir()) == [KERAS_FILE, ONNX_FILE, hashes, LITERT_FILE]
    several = np.concatenate([pixels, 255 - pixels])
    np.testing.assert_allclose(
        in_onnx(tmp_path / ONNX_FILE, several), probability_model(model, config)(several), atol=1e-5
    )
