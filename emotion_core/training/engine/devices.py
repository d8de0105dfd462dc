"""The devices that training runs on: processor or GPUs, threads, and what identifies the machine."""

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
    """Return the strategy that splits each batch between several devices, or the default one for a single device.

    Build the network and the ``Trainer`` inside its ``scope()``.

    Args:
        devices: their names in TensorFlow; None for all GPUs of the machine.
    """
    import tensorflow as tf

    if devices is None:
        devices = [device.name for device in tf.config.list_logical_devices("GPU")]
    return tf.distribute.MirroredStrategy(devices) if len(devices) > 1 else tf.distribute.get_strategy()


def thread_count() -> int:
    """Return how many threads TensorFlow uses for one operation.

    Sums depend on how they are divided between threads: another number of threads changes the last digits.
    """
    import tensorflow as tf

    return tf.config.threading.get_intra_op_parallelism_threads() or default_thread_count()


def default_thread_count() -> int:
    """Return how many threads TensorFlow uses for one operation unless the program sets another number."""
    if from_environment := int(os.environ.get("TF_NUM_INTRAOP_THREADS", 0)):
        return from_environment
    # macOS has no affinity: psutil knows which processors a process may use only on Linux, Windows and FreeBSD.
    process = psutil.Process()
    return len(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else psutil.cpu_count() or 1


def this_machine() -> dict[str, Any]:
    """Return what decides how fast this machine trains: processor, number of cores, versions of the libraries."""
    return {"processor": _processor(), "cores": psutil.cpu_count(), **dict(_versions())}


def _processor() -> str:
    # On Linux, platform.processor() names only the architecture, if anything.
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _versions() -> Iterator[tuple[str, str]]:
    for name in LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            yield name, version(name)
