"""Launchers, which start the processes that train runs: on this machine or on a Ray cluster."""

from emotion_core.training.launchers.local import LocalLauncher
from emotion_core.training.launchers.protocol import Launcher

__all__ = [
    "Launcher",
    "LocalLauncher",
]
