"""The export of a network: written by a background job, and downloaded as one zip file."""

from functools import partial

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.prediction.export import export_of, start_export, starter_zip, zip_of
from emotion_core.training import Run
from pages.components.common.markdown import escape_markdown
from pages.components.common.polling import poll
from pages.components.common.workspace import workspace

CONTENTS = (
    "A folder that works without this app: the network as Keras, LiteRT and ONNX, its settings and scores, a model "
    "card, and a short Python script that classifies photos."
)
STARTER_CONTENTS = (
    "A folder that works without this app: the network as LiteRT, its settings, a model card, and a short Python "
    "script that classifies photos."
)


def show_export(run: Run | None) -> None:
    """Draw the export of a network.

    Args:
        run: a finished run, or None for the starter.
    """
    if run is None:
        _show_starter()
        return
    st.caption(CONTENTS)
    job = export_of(workspace(), run)
    poll(partial(_draw, run), job is not None and job.state().active)


def _draw(run: Run) -> bool:
    """Draw the export in its current state, and return whether it is being written."""
    job = export_of(workspace(), run)
    state = job.state() if job else None
    if job is not None and state is not None and state.name == "finished" and zip_of(job).exists():
        path = zip_of(job)
        st.download_button(
            "Download the export",
            data=path.read_bytes,  # a function: the file is read only when the button is pressed
            file_name=f"{run.run_id}.zip",
            mime="application/zip",
            icon=":material/download:",
            key=f"download_{run.run_id}",
            on_click="ignore",
        )
        return False
    if state is not None and state.active:
        st.button("Exporting …", disabled=True, icon=":material/hourglass_top:", key=f"exporting_{run.run_id}")
        st.caption("Writing the network as ONNX takes about ten seconds the first time.")
        return True
    if state is not None and state.message:
        st.error(f"The export did not finish: {escape_markdown(state.message)}")
    if st.button("Prepare the export", icon=":material/archive:", key=f"export_{run.run_id}"):
        _start(run)
    return False


def _start(run: Run) -> None:
    try:
        start_export(workspace(), run)
    except EmotionError as error:
        st.error(escape_markdown(error))
        return
    st.rerun()


def _show_starter() -> None:
    st.caption(STARTER_CONTENTS)
    try:
        data = starter_zip()
    except EmotionError as error:
        st.error(escape_markdown(error))
        return
    st.download_button(
        "Download the export",
        data=data,
        file_name="starter.zip",
        mime="application/zip",
        icon=":material/download:",
        key="download_starter",
        on_click="ignore",
    )
