"""The planner: which difference the study will find, and the seeds and photos that it takes."""

from collections.abc import Mapping

import streamlit as st

from emotion_core.evaluation.answer import DEFAULT_DIFFERENCE
from emotion_core.evaluation.outlook import SeedSpread, assumptions, seed_spread, study_outlook
from emotion_core.settings import Workspace
from emotion_core.training import StudyConfig
from emotion_core.training.config import USUAL_SEEDS
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import workspace
from pages.components.configure.settings_form import SettingsForm

DIFFERENCE_KEY = "difference"
SMALLEST_DIFFERENCE, LARGEST_DIFFERENCE = 0.01, 0.30
CACHE_SECONDS = 60


def show_planner(
    form: SettingsForm, study: StudyConfig, happy: int, sad: int, tested: Mapping[str, int] | None = None
) -> None:
    """Draw what the study will find, and what it would take; nothing without photos or without a comparison.

    Args:
        form: whose number of seeds the button sets.
        study: as set up.
        happy: number of happy photos in the study.
        sad: number of sad photos in the study.
        tested: test photos by label of a predefined split; None where the study's fractions decide.
    """
    if not (happy and sad):
        return
    spread = _cached_spread(workspace(), (str(workspace().root), study.preset))
    difference = float(st.session_state.get(DIFFERENCE_KEY, DEFAULT_DIFFERENCE))
    outlooks = study_outlook(study, happy, sad, spread, difference=difference, tested=tested)
    if not outlooks:
        return
    if warning := outlooks[0].single_seed_warning:
        st.warning(warning, icon=":material/casino:")
        st.button(
            f"Train {USUAL_SEEDS} seeds",
            icon=":material/library_add:",
            key="five_seeds",
            on_click=form.choose_seeds,
            args=(USUAL_SEEDS,),
        )
    left, right = st.columns([1, 3], vertical_alignment="center")
    left.number_input(
        "Difference that matters",
        SMALLEST_DIFFERENCE,
        LARGEST_DIFFERENCE,
        DEFAULT_DIFFERENCE,
        0.01,
        format="%.2f",
        help="The smallest difference in AUC between two activations, or two depths, that you would care about.",
        key=DIFFERENCE_KEY,
        persist_state="session",
    )
    right.info("  \n".join(escape_markdown(outlook.sentence) for outlook in outlooks), icon=":material/balance:")
    st.caption(escape_markdown(f"{outlooks[0].smallest_sentence} {assumptions(outlooks, spread)}"))


@st.cache_data(max_entries=8, ttl=CACHE_SECONDS, show_spinner=False)
def _cached_spread(_workspace: Workspace, cache_key: tuple[str, str]) -> SeedSpread:
    # For a minute, not until a run ends: finding that out would read every run folder at each rerun.
    return seed_spread(_workspace, cache_key[1])
