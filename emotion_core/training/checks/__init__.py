"""The checks on a run: pure functions of its history, the same while it trains and when it has ended."""

from emotion_core.training.checks.finding import CODES, Finding, FindingCode, Severity
from emotion_core.training.checks.history import RunHistory, SplitPredictions
from emotion_core.training.checks.judgement import findings, has_learned, new_warnings
from emotion_core.training.checks.layer_snapshot import LayerSnapshot, LayerState

__all__ = [
    "CODES",
    "Finding",
    "FindingCode",
    "LayerSnapshot",
    "LayerState",
    "RunHistory",
    "Severity",
    "SplitPredictions",
    "findings",
    "has_learned",
    "new_warnings",
]
