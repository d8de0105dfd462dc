"""What a run records while it trains."""

from emotion_core.training.monitor.live_warnings import EXPLODED_RATIO, VANISHED_RATIO
from emotion_core.training.monitor.recorder import Recorder

__all__ = ["EXPLODED_RATIO", "VANISHED_RATIO", "Recorder"]
