"""The champion, computed once for all pages and sessions."""

from dataclasses import replace

import streamlit as st

from emotion_core.evaluation.comparison import RunComparison, champion_study
from emotion_core.settings import Workspace
from pages.components.common.workspace import runs, workspace


def newest_champion() -> RunComparison | None:
    """Return the scores of the champion of the newest study that has ended and has one, or None.

    Over folds its test AUC is that of the choice made inside each fold: its own would be too high.

    A finished run never changes, so they are valid until a run is added or deleted, or changes its state.
    """
    states = tuple((run.run_id, run.study_id, run.state.name) for run in runs())
    return _champion(workspace(), (str(workspace().root), states))


@st.cache_data(max_entries=4, show_spinner=False)
def _champion(_workspace: Workspace, states: tuple[object, ...]) -> RunComparison | None:
    compared = champion_study(_workspace)
    if compared is None:
        return None
    champion = next(comparison for run, comparison in compared.rows() if run is compared.champion)
    inside = compared.comparison.chosen_in_folds
    if inside is None:
        return champion
    return replace(champion, test_auc=inside.auc, test_auc_low=inside.low, test_auc_high=inside.high)
