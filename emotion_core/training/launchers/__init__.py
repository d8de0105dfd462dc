"""Where runs are trained: this machine or a Ray cluster."""

from emotion_core.training.launchers.local import LocalLauncher
from emotion_core.training.launchers.protocol import Launcher

__all__ = [
    "Launcher",
    "LocalLauncher",
]
