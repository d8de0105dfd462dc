"""Gradients and units in the user's own runs, layer by layer."""

import streamlit as st

from emotion_core.training import list_studies, runs_of
from emotion_core.training.store import short_labels
from pages.components.common.navigation import choose_study
from pages.components.common.run_charts import show_inside
from pages.components.common.workspace import workspace


def show_runs() -> None:
    """Draw gradient norm, dead and saturated units per layer over the epochs, the runs side by side."""
    if not list_studies(workspace()):
        st.info(
            "This view shows the gradient, the dead and the saturated units of your own networks. You have no network "
            "yet. The guided study trains one network each with ReLU, tanh and sigmoid in a minute or two."
        )
        st.page_link("pages/start/home.py", label="Go to the guided study", icon=":material/play_arrow:")
        return
    runs = [run for run in runs_of(workspace(), choose_study()) if run.layer_snapshots]
    if runs:
        show_inside(runs, short_labels(runs))
    else:
        st.info("The runs of this study have not recorded any layer data yet. Choose another study, or wait for them.")
