"""Train: the runs of a study as they go, with live curves; everything is read from the run folders."""

import contextlib

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.jobs import ACTIVE_STATES
from emotion_core.training import Run, Study, resume_queue, runs_of, stop_run
from pages.shared.plans import open_run_settings
from pages.shared.runs import show_live_charts, show_progress, show_trouble
from pages.shared.session import choose_study, open_study, workspace
from pages.shared.texts import plain

TICK_SECONDS = 1.0
RUNS_PER_ROW = 3

st.title("Train")
study = choose_study()


def draw_run(run: Run) -> None:
    """Draw one run: progress, what went wrong, curves, Stop or another go."""
    show_progress(run)
    show_trouble(run)
    if run.epochs:
        show_live_charts(run)
    if run.state.active:
        stopping = run.folder.stop_requested()
        if st.button("Stopping" if stopping else "Stop", key=f"stop-{run.run_id}", disabled=stopping):
            stop_runs([run])
    elif st.button("Change and run again", icon=":material/tune:", key=f"change-{run.run_id}"):
        open_run_settings(run.run_id)


def stop_runs(runs: list[Run]) -> None:
    """Ask runs to stop and draw them anew, or say why they cannot be asked."""
    try:
        for run in runs:
            stop_run(workspace(), run)
    except EmotionError as error:
        st.error(plain(error))
        return
    st.rerun(scope="fragment")


def draw_study(study: Study, was_active: bool) -> None:
    """Draw every run of the study, side by side; draws the whole page once more when the last one has ended."""
    runs = runs_of(workspace(), study)
    active = [run for run in runs if run.state.active]
    if active and all(run.state.name == "queued" for run in active):
        # Other studies may be first; but where the queue's process was killed, nobody else would start a new one.
        with contextlib.suppress(EmotionError):
            resume_queue(workspace())
    missing = len(study.run_ids) - len(runs)
    if missing:
        st.warning(f"{missing} of {len(study.run_ids)} runs are not shown: their folders were deleted or are damaged.")
    for start in range(0, len(runs), RUNS_PER_ROW):
        for column, run in zip(st.columns(RUNS_PER_ROW, border=True), runs[start : start + RUNS_PER_ROW], strict=False):
            with column:
                draw_run(run)
    if len(active) > 1 and st.button("Stop all", icon=":material/stop_circle:", key="stop_all"):
        stop_runs(active)
    if was_active and not active:
        st.rerun()


states = {run.state.name for run in runs_of(workspace(), study)}
under_way = bool(states & ACTIVE_STATES)
# The browser asks again once a second while something runs, and not at all after that.
st.fragment(draw_study, run_every=TICK_SECONDS if under_way else None)(study, under_way)
if (
    not under_way
    and "finished" in states
    and st.button("Compare these networks", type="primary", icon=":material/balance:")
):
    open_study("study/compare", study.study_id)
folder = workspace().runs
st.caption("Runs go on when you close this page. To look at them in TensorBoard:")
st.code(f'tensorboard --logdir "{folder}"', language=None)
