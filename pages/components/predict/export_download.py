"""A network for use outside this app: written by a job in the background, and downloaded as one zip file."""

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.prediction.export import export_of, start_export, starter_zip, zip_of
from emotion_core.training import Run
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import workspace

TICK_SECONDS = 1.0
CONTENTS = (
    "A folder that works without this app: the network as Keras, LiteRT and ONNX, its settings and scores, a model "
    "card, and a short Python script that says P(sad) of photos."
)
STARTER_CONTENTS = (
    "A folder that works without this app: the network as LiteRT, its settings, a model card, and a short Python "
    "script that says P(sad) of photos."
)


def show_export(run: Run | None) -> None:
    """Draw what exports a finished run.

    Args:
        run: a finished run, or None for the network that comes with the project.
    """
    if run is None:
        _show_starter()
        return
    st.caption(CONTENTS)
    job = export_of(workspace(), run)
    active = job is not None and job.state().active
    st.fragment(_draw, run_every=TICK_SECONDS if active else None)(run, active)


def _draw(run: Run, live: bool) -> None:
    job = export_of(workspace(), run)
    state = job.state() if job else None
    if live and (state is None or not state.active):
        # Drawn anew without the clock.
        st.rerun()
    if job is not None and state is not None and state.name == "finished" and zip_of(job).exists():
        path = zip_of(job)
        st.download_button(
            "Download the export",
            data=path.read_bytes,
            file_name=f"{run.run_id}.zip",
            mime="application/zip",
            icon=":material/download:",
            key=f"download_{run.run_id}",
            on_click="ignore",
        )
        return
    if state is not None and state.active:
        st.button("Exporting …", disabled=True, icon=":material/hourglass_top:", key=f"exporting_{run.run_id}")
        st.caption("A process writes the network as ONNX, which takes about ten seconds the first time.")
        return
    if state is not None and state.message:
        st.error(f"The export did not finish: {escape_markdown(state.message)}")
    if st.button("Prepare the export", icon=":material/archive:", key=f"export_{run.run_id}"):
        _start(run)


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
