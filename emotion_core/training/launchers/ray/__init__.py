"""Runs on a Ray cluster."""

from emotion_core.training.launchers.ray.launcher import RayLauncher

__all__ = [
    "RayLauncher",
]
