"""What the activations did in the person's own runs, layer by layer."""

import streamlit as st

from emotion_core.training import list_studies, runs_of
from emotion_core.training.store import short_labels
from pages.components.common.navigation import choose_study
from pages.components.common.run_charts import show_inside
from pages.components.common.workspace import workspace


def show_runs() -> None:
    """Draw gradient norm, dead and saturated units of each layer over the epochs, one activation beside the other."""
    if not list_studies(workspace()):
        st.info(
            "Here you will see how the gradient, the dead and the saturated units of your own networks went. You have "
            "no network yet: the guided study trains one each with ReLU, tanh and sigmoid in a minute or two."
        )
        st.page_link("pages/start/home.py", label="To the guided study", icon=":material/play_arrow:")
        return
    runs = [run for run in runs_of(workspace(), choose_study()) if run.layer_snapshots]
    if runs:
        show_inside(runs, short_labels(runs))
    else:
        st.info("The runs of this study have not recorded their inside yet. Choose another study, or wait for them.")
