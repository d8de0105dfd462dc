"""Runs of one study, or of several on the same photos, against one another."""

from emotion_core.evaluation.comparison.baseline import baseline_verdict, study_baseline
from emotion_core.evaluation.comparison.compare import compare
from emotion_core.evaluation.comparison.compared_runs import (
    EPOCH_NUMBERS,
    ComparedRun,
    Together,
    compare_together,
    photos_called,
    threshold_of,
    why_not_comparable_studies,
)
from emotion_core.evaluation.comparison.out_of_fold import on_one_scale
from emotion_core.evaluation.comparison.study_comparison import (
    StudyComparison,
    champion_study,
    compare_study,
    run_scores,
    workspace_champion,
)

__all__ = [
    "EPOCH_NUMBERS",
    "ComparedRun",
    "StudyComparison",
    "Together",
    "baseline_verdict",
    "champion_study",
    "compare",
    "compare_study",
    "compare_together",
    "on_one_scale",
    "photos_called",
    "run_scores",
    "study_baseline",
    "threshold_of",
    "why_not_comparable_studies",
    "workspace_champion",
]
