"""What the training runs on: one processor or GPU, or all GPUs of the machine. TensorFlow is imported by the calls."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    import tensorflow as tf


def strategy(devices: Sequence[str] | None = None) -> tf.distribute.Strategy:
    """Return how a network is spread: each batch is shared out between several devices, one has it whole.

    Build network and ``Trainer`` within its ``scope()``.

    Args:
        devices: TensorFlow's names of them; all GPUs of the machine where left out.
    """
    import tensorflow as tf

    if devices is None:
        devices = [device.name for device in tf.config.list_logical_devices("GPU")]
    return tf.distribute.MirroredStrategy(devices) if len(devices) > 1 else tf.distribute.get_strategy()


def threads() -> int:
    """Return how many threads share one operation; another number may give other last digits."""
    import tensorflow as tf

    return tf.config.threading.get_intra_op_parallelism_threads() or default_threads()


def default_threads() -> int:
    """Return how many threads TensorFlow takes where nobody says so in the program."""
    if asked := int(os.environ.get("TF_NUM_INTRAOP_THREADS", 0)):
        return asked
    # Only Linux and Windows tell which processors a process may use.
    process = psutil.Process()
    return len(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else psutil.cpu_count() or 1
