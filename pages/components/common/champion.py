"""The champion, found once for all pages and everybody who looks."""

import streamlit as st

from emotion_core.evaluation import RunComparison
from emotion_core.evaluation.comparison import champion_study
from emotion_core.settings import Workspace
from emotion_core.training import list_runs


def champion_of(workspace: Workspace) -> RunComparison | None:
    """Return the numbers of the champion of the newest study that has ended and has one, or None.

    A finished run never changes, so the answer is good for as long as no run comes, goes or changes its state.
    """
    states = tuple((run.run_id, run.study_id, run.state.name) for run in list_runs(workspace))
    return _champion(workspace, (str(workspace.root), states))


@st.cache_data(max_entries=4, show_spinner=False)
def _champion(_workspace: Workspace, of: tuple[object, ...]) -> RunComparison | None:
    compared = champion_study(_workspace)
    if compared is None:
        return None
    return next(numbers for run, numbers in compared.rows() if run is compared.champion)
