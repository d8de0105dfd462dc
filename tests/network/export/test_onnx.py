"""A process of its own writes ONNX, once; a failure becomes one sentence."""

import os
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from emotion_core.errors import JobUnusable
from emotion_core.network import NetworkConfig, build
from emotion_core.network.export import KERAS_FILE, onnx_of, save_network
from emotion_core.network.export.onnx import ONNX_FILE

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]
SMALL = NetworkConfig(image_size=16, filters=(4,), kernel_size=3, dense_units=(8,))


def test_file_is_written_once_and_again_when_the_network_changes(tmp_path: Path) -> None:
    """A second export reuses the file; a network that was trained again gets a new one."""
    model = build(SMALL)
    save_network(model, SMALL, tmp_path)
    path = onnx_of(tmp_path)
    assert path == tmp_path / ONNX_FILE
    written = path.stat().st_mtime_ns
    assert onnx_of(tmp_path).stat().st_mtime_ns == written
    pixels = np.full((1, 16, 16, 3), 128, dtype=np.float32)
    before = onnxruntime.InferenceSession(str(path)).run(None, {"pixels": pixels})[0]
    model.get_layer("output").bias.assign([3.0])
    save_network(model, SMALL, tmp_path)
    os.utime(tmp_path / KERAS_FILE, ns=(written + 10**9, written + 10**9))
    after = onnxruntime.InferenceSession(str(onnx_of(tmp_path))).run(None, {"pixels": pixels})[0]
    np.testing.assert_allclose(after, model(pixels), atol=1e-5)
    assert after[0, 0] > before[0, 0]


def test_damaged_network_is_told_in_one_line_and_leaves_no_file(tmp_path: Path) -> None:
    """The rest of the process's output is not shown."""
    (tmp_path / KERAS_FILE).write_bytes(b"no network")
    with pytest.raises(JobUnusable, match=r"cannot be written as ONNX: .*model\.keras") as raised:
        onnx_of(tmp_path)
    assert "\n" not in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == [KERAS_FILE]
