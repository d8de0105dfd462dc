"""One batch on several devices gives the numbers of one device; two logical processors stand in for two GPUs."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow

# TensorFlow takes its devices once, when a process first uses them; the last of the batches has a single photo.
TRAINING = """
import sys
import numpy as np
import tensorflow as tf
[processor] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
import keras
from emotion_core.network import build
from emotion_core.training.config.run_config import RunConfig
from emotion_core.training.engine.devices import strategy, thread_count
from emotion_core.training.engine.trainer import Trainer
from emotion_core.training.engine.data import PhotoDataset

config = RunConfig(image_size=16, filters=(4,), kernel_size=3, dense_units=(8,), epochs=3, batch_size=8)
pixels = np.random.default_rng(0).integers(0, 256, (17, 16, 16, 3)).astype(np.uint8)
photos = PhotoDataset(pixels, np.arange(17) % 2)
states = []
for devices in (["/cpu:0"], ["/cpu:0", "/cpu:1"]):
    keras.utils.set_random_seed(5)
    with strategy(devices).scope():
        trainer = Trainer(build(config), config)
    results = list(trainer.epochs(photos, photos))
    trainer.restore(trainer.state())
    states.append({**trainer.state(), "losses": np.array([result.loss for result in results])})
print(strategy(["/cpu:0", "/cpu:1"]).num_replicas_in_sync, strategy().num_replicas_in_sync, thread_count())
np.savez(sys.argv[1], **{f"{number}/{name}": state[name] for number, state in enumerate(states) for name in state})
"""


def test_two_devices_give_the_numbers_of_one(tmp_path: Path) -> None:
    """Weights, optimizer and losses agree to float tolerance, and the number of threads is that of the environment."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_NUM_INTRAOP_THREADS": "1"}
    command = [sys.executable, "-c", TRAINING, str(tmp_path / "states.npz")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "2 1 1"
    with np.load(tmp_path / "states.npz") as states:
        names = {name.partition("/")[2] for name in states}
        assert len(states.files) == 2 * len(names)
        for name in names:
            assert states[f"1/{name}"] == pytest.approx(states[f"0/{name}"], rel=1e-3, abs=1e-5), name
