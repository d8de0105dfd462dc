"""What the training runs on: one processor or GPU, or all GPUs of the machine. TensorFlow is imported by the calls."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

LIBRARIES = ("tensorflow", "tensorflow-cpu", "keras")

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


def this_machine() -> dict[str, Any]:
    """Return what decides how fast this machine trains: processor, cores, versions of the libraries."""
    return {"processor": _processor(), "cores": psutil.cpu_count(), **dict(_versions())}


def _processor() -> str:
    # Elsewhere than on Linux, the platform knows more than the kind of instructions.
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _versions() -> Iterator[tuple[str, str]]:
    for name in LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            yield name, version(name)
