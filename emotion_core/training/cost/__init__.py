"""Time and memory of a study before it is started."""

from emotion_core.training.cost.calibration import KIND, Calibration, calibration, start_calibration
from emotion_core.training.cost.calibration_worker import ClockReading, reading, undisturbed_seconds, undisturbed_share
from emotion_core.training.cost.estimate import Places, StudyEstimate, estimate, estimate_study, free_room, split_sizes

__all__ = [
    "KIND",
    "Calibration",
    "ClockReading",
    "Places",
    "StudyEstimate",
    "calibration",
    "estimate",
    "estimate_study",
    "free_room",
    "reading",
    "split_sizes",
    "start_calibration",
    "undisturbed_seconds",
    "undisturbed_share",
]
