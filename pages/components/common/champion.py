"""The champion, computed once for all pages and sessions."""

from dataclasses import dataclass, replace

import streamlit as st

from emotion_core.evaluation.comparison import RunComparison, chosen_champion, pinned_run_id
from emotion_core.settings import Workspace
from emotion_core.training import Run
from pages.components.common.workspace import runs, workspace

MEANING = (
    "The network that you have pinned on Predict, else the one with the highest validation AUC on its photos. A study "
    "of drawn faces, such as the guided study, does not replace a champion that learned from photographs."
)


@dataclass(frozen=True)
class ShownChampion:
    """The champion as pages show it.

    Attributes:
        run: the champion.
        numbers: its numbers, if it has any; over folds, its test AUC is that of the choice made inside each fold,
            since its own would be too high.
        is_pinned: whether the user has pinned it.
    """

    run: Run
    numbers: RunComparison | None
    is_pinned: bool


def current_champion() -> ShownChampion | None:
    """Return the champion of the workspace, or None.

    A finished run never changes, so it is valid until a run is added or deleted, changes its state, or is pinned.
    """
    states = tuple((run.run_id, run.study_id, run.state.name) for run in runs())
    return _champion(workspace(), (str(workspace().root), pinned_run_id(workspace()), states))


@st.cache_resource(max_entries=4, show_spinner=False)
def _champion(_workspace: Workspace, cache_key: tuple[object, ...]) -> ShownChampion | None:
    chosen = chosen_champion(_workspace)
    if chosen is None:
        return None
    numbers, inside = chosen.numbers, chosen.compared.comparison.chosen_in_folds
    if numbers is not None and inside is not None and not chosen.is_pinned:
        numbers = replace(numbers, test_auc=inside.auc, test_auc_low=inside.low, test_auc_high=inside.high)
    return ShownChampion(chosen.run, numbers, chosen.is_pinned)
