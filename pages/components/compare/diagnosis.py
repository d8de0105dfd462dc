"""What went wrong, or right, in each network's training, with the evidence and what to try."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.evaluation.comparison import ComparedRun
from emotion_core.evaluation.figures import diagnosis_table
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import open_run_settings
from pages.components.compare.tables import show_table

MOST_OPENED = 12


def show_diagnoses(runs: Sequence[ComparedRun]) -> None:
    """Draw the findings of each run, the most serious first; of many runs as a table.

    Args:
        runs: those that are drawn.
    """
    if len(runs) > MOST_OPENED:
        show_table(diagnosis_table(runs))
        st.caption(f"Choose up to {MOST_OPENED} networks above to open them one by one.")
        return
    for run in runs:
        first, *others = run.diagnoses
        more = f" :gray-badge[and {len(others)} more]" if others else ""
        with st.expander(f"**{escape_markdown(run.name)}**: {escape_markdown(first.sentence)}{more}"):
            for number, one in enumerate(run.diagnoses):
                heading = f"**{escape_markdown(one.sentence)}**\n\n" if number else ""
                st.markdown(f"{heading}{escape_markdown(one.evidence)}\n\n*What to try:* {escape_markdown(one.advice)}")
            if st.button("Change and rerun", icon=":material/tune:", key=f"change-{run.run_id}"):
                open_run_settings(run.run_id)
