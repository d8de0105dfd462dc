"""What a run records while it trains."""

from emotion_core.training.monitor.recorder import Recorder

__all__ = ["Recorder"]
