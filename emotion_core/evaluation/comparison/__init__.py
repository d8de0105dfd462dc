"""Runs of one study, or of several on the same photos, against one another."""

from emotion_core.evaluation.comparison.baseline import baseline_comparison, study_baseline
from emotion_core.evaluation.comparison.chosen_on_validation import (
    calibrated_test,
    run_calibration,
    threshold_interval,
)
from emotion_core.evaluation.comparison.compare import compare
from emotion_core.evaluation.comparison.compared_runs import (
    ComparedRun,
    ComparedStudies,
    best_thresholds,
    compare_studies,
    photos_classified_as,
    why_not_comparable_studies,
)
from emotion_core.evaluation.comparison.current_champion import (
    WorkspaceChampion,
    chosen_champion,
    pin_champion,
    pinned_run_id,
    workspace_champion,
)
from emotion_core.evaluation.comparison.measures import run_roc_curve
from emotion_core.evaluation.comparison.out_of_fold import run_scores_record
from emotion_core.evaluation.comparison.study_cells import levels_of
from emotion_core.evaluation.comparison.study_comparison import (
    StudyComparison,
    compare_study,
    run_scores,
)
from emotion_core.evaluation.records import (
    BaselineComparison,
    ChampionDifference,
    ChosenInFolds,
    Comparison,
    PairComparison,
    RunComparison,
    RunScores,
)

__all__ = [
    "BaselineComparison",
    "ChampionDifference",
    "ChosenInFolds",
    "ComparedRun",
    "ComparedStudies",
    "Comparison",
    "PairComparison",
    "RunComparison",
    "RunScores",
    "StudyComparison",
    "WorkspaceChampion",
    "baseline_comparison",
    "best_thresholds",
    "calibrated_test",
    "chosen_champion",
    "compare",
    "compare_studies",
    "compare_study",
    "levels_of",
    "photos_classified_as",
    "pin_champion",
    "pinned_run_id",
    "run_calibration",
    "run_roc_curve",
    "run_scores",
    "run_scores_record",
    "study_baseline",
    "threshold_interval",
    "why_not_comparable_studies",
    "workspace_champion",
]
