"""Diagnosis of each network's training, with the evidence and what to try."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.evaluation.comparison import ComparedRun
from emotion_core.evaluation.figures import diagnosis_table
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import open_run_settings
from pages.components.common.tables import show_table

MAX_DETAILED_RUNS = 12


def show_diagnoses(runs: Sequence[ComparedRun]) -> None:
    """Draw the diagnoses of each run, the most serious first: one expander per run, or a table for many runs.

    Args:
        runs: the runs selected on the page.
    """
    if len(runs) > MAX_DETAILED_RUNS:
        show_table(diagnosis_table(runs))
        st.caption(f"Select up to {MAX_DETAILED_RUNS} networks above to see their full diagnosis.")
        return
    for run in runs:
        first, *others = run.diagnoses
        more = f" :gray-badge[and {len(others)} more]" if others else ""
        with st.expander(f"**{escape_markdown(run.name)}**: {escape_markdown(first.sentence)}{more}"):
            for number, diagnosis in enumerate(run.diagnoses):
                heading = f"**{escape_markdown(diagnosis.sentence)}**\n\n" if number else ""
                evidence, advice = escape_markdown(diagnosis.evidence), escape_markdown(diagnosis.advice)
                st.markdown(f"{heading}{evidence}\n\n*What to try:* {advice}")
            if st.button("Change and rerun", icon=":material/tune:", key=f"change-{run.run_id}"):
                open_run_settings(run.run_id)
