"""Estimates of time, memory and disk before a study is started, and the measurement of the machine they use."""

from emotion_core.training.cost.affordable_seeds import SeededPlan, affordable_seeds
from emotion_core.training.cost.calibration import (
    KIND,
    Calibration,
    calibration,
    start_calibration,
    unreadable_calibration,
)
from emotion_core.training.cost.calibration_worker import (
    ClockReading,
    read_clocks,
    undisturbed_seconds,
    undisturbed_share,
)
from emotion_core.training.cost.estimate import estimate, estimate_study, free_resources, split_sizes
from emotion_core.training.cost.estimate_records import FreeResources, Slots, StudyEstimate

__all__ = [
    "KIND",
    "Calibration",
    "ClockReading",
    "FreeResources",
    "SeededPlan",
    "Slots",
    "StudyEstimate",
    "affordable_seeds",
    "calibration",
    "estimate",
    "estimate_study",
    "free_resources",
    "read_clocks",
    "split_sizes",
    "start_calibration",
    "undisturbed_seconds",
    "undisturbed_share",
    "unreadable_calibration",
]
