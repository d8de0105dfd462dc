"""The champions of two studies side by side, where both studies stand on the same photos."""

from dataclasses import dataclass

from emotion_core.dataset import load_snapshot, why_not_comparable
from emotion_core.errors import DataError
from emotion_core.evaluation._text import p_text, share_text
from emotion_core.evaluation.comparison import SIGNIFICANCE
from emotion_core.evaluation.statistics import delong_test
from emotion_core.evaluation.study import StudyComparison
from emotion_core.settings import Workspace
from emotion_core.training import Run, Study


@dataclass(frozen=True)
class ChampionsCompared:
    """Two champions on the same test photos.

    Attributes:
        run: the other study's champion, or None where there is nothing to compare.
        sentence: how the two compare, or why they cannot be compared.
    """

    run: Run | None
    sentence: str


def why_not_comparable_studies(workspace: Workspace, first: Study, second: Study) -> str | None:
    """Return why the ROC curves of two studies may not be laid over one another, or None where they may."""
    if first.snapshot == second.snapshot:
        return None
    try:
        return why_not_comparable(*(load_snapshot(workspace, study.snapshot) for study in (first, second)))
    except DataError as error:
        return f"The two studies cannot be compared: they name different snapshots, and one is lost. {error}"


def compare_champions(workspace: Workspace, compared: StudyComparison, other: StudyComparison) -> ChampionsCompared:
    """Compare the champion of a study with that of another: paired, on the test photos of both.

    Args:
        workspace: of both.
        compared: the study in hand.
        other: the study whose champion is put beside it.
    """
    if (why := why_not_comparable_studies(workspace, compared.study, other.study)) is not None:
        return ChampionsCompared(None, why)
    first, second = (study.champion.scores() if study.champion else None for study in (compared, other))
    if first is None or second is None or other.champion is None:
        return ChampionsCompared(None, "One of the two studies has no champion, so there is nothing to compare yet.")
    labels, scores = first.of("test")
    test = delong_test(labels, scores, second.of("test")[1])
    verdict = "can" if test.p_value < SIGNIFICANCE else "cannot"
    return ChampionsCompared(
        other.champion,
        f"Both studies stand on the same photos and splits. Their champions {verdict} be told apart: "
        f"AUC {share_text(test.auc_a)} here, {share_text(test.auc_b)} there, difference {share_text(test.difference)} "
        f"[{share_text(test.low)} to {share_text(test.high)}], {p_text(test.p_value)}.",
    )
