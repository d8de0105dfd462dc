"""Actions on a whole study, and on the queue of runs."""

from functools import partial

import streamlit as st

from emotion_core.training import (
    Run,
    Study,
    delete_study,
    pause_all_waiting,
    pause_run,
    paused_runs,
    queued_runs,
    resume_all_paused,
    resume_run,
    runs_at_once,
    set_priority,
    set_runs_at_once,
    stop_run,
)
from emotion_core.training.queue import (
    CORES_PER_RUN,
    ENOUGH_RUNS,
    MAX_RUNS_AT_ONCE,
    chosen_runs_at_once,
)
from emotion_core.training.store import priority_of, short_labels
from pages.components.common.add_seeds import show_add_seeds
from pages.components.common.confirmation import ask_confirmation, perform, show_confirmation
from pages.components.common.markdown import escape_markdown
from pages.components.common.study_name import show_rename
from pages.components.common.workspace import workspace
from pages.components.train.run_actions import DELETE_STUDY, QUESTIONS
from pages.components.train.training_place import show_training_place

MAX_LISTED = 20


def show_study_actions(study: Study, runs: list[Run]) -> None:
    """Draw the actions on a study: name, add seeds, the queue, where to train, pause and resume, stop, delete.

    Args:
        study: the study to act on.
        runs: its runs.
    """
    if show_confirmation(study.study_id, QUESTIONS, lambda _: perform(lambda: delete_study(workspace(), study))):
        return
    with st.container(horizontal=True):
        show_rename(study)
        show_add_seeds(study)
        show_queue(study)
        show_training_place()
        _show_all_buttons(runs)
        if st.button(DELETE_STUDY, icon=":material/delete:", type="tertiary", key="delete_study"):
            ask_confirmation(study.study_id, DELETE_STUDY)


def _show_all_buttons(runs: list[Run]) -> None:
    """Draw what can be done with all runs of a study at once, where there are several to do it with."""
    active = [run for run in runs if run.state.active]
    paused = [run for run in runs if run.state.name == "paused"]
    at_work = [run for run in active if run not in paused]
    if len(at_work) > 1 and st.button("Pause all", icon=":material/pause:", key="pause_study"):
        perform(*(partial(pause_run, run) for run in at_work))
    if len(paused) > 1 and st.button("Resume all", icon=":material/play_arrow:", key="resume_study"):
        perform(*(partial(resume_run, workspace(), run) for run in paused))
    if len(active) > 1 and st.button("Stop all", icon=":material/stop_circle:", key="stop_all"):
        perform(*(partial(stop_run, workspace(), run) for run in active))


def show_queue(study: Study) -> None:
    """Draw the number of runs at once and the waiting runs in order; the queue is read only while this is open."""
    queue = st.popover("Queue", icon=":material/format_list_numbered:", key="queue", on_change="rerun")
    if not queue.open:
        return
    with queue:
        count = chosen_runs_at_once(workspace())
        wanted = st.number_input(
            "Runs at once",
            1,
            MAX_RUNS_AT_ONCE,
            count,
            placeholder=f"{runs_at_once(workspace(), study.config)} (automatic)",
            help="How many runs are trained at the same time; they share the processor cores. Leave empty for one run "
            f"per {CORES_PER_RUN} cores, or one per core in studies of {ENOUGH_RUNS} runs or more with small networks, "
            "such as the usual one at up to 128 pixels. On two cores, 12 took .7 times as long two at a time; "
            "with larger networks there is less to gain.",
        )
        if wanted != count:
            perform(lambda: set_runs_at_once(workspace(), wanted))
        _show_waiting(queued_runs(workspace()))
        if paused_runs(workspace()) and st.button("Resume all paused runs", key="resume_all"):
            perform(lambda: resume_all_paused(workspace()))


def _show_waiting(waiting: list[Run]) -> None:
    st.caption("Waiting, next first:" if waiting else "No run is waiting.")
    if not waiting:
        return
    names = short_labels(waiting)
    priorities = {run.run_id: priority_of(run.folder) for run in waiting}
    rows = [
        (escape_markdown(names[run_id]), f" (priority {priority})" * bool(priority))
        for run_id, priority in priorities.items()
    ]
    st.markdown("\n".join(f"1. {name}{priority}" for name, priority in rows[:MAX_LISTED]))
    if len(rows) > MAX_LISTED:
        st.caption(f"and {len(rows) - MAX_LISTED} more.")
    left, right = st.columns(2)
    chosen = left.selectbox("Network", list(names), format_func=names.__getitem__, key="waiting_run")
    # The stored priority is part of the key, so that a change made in another tab resets this field.
    key = f"priority-{chosen}-{priorities[chosen]}"
    help_text = "Runs with a higher priority start first; equal priorities start in the order they were added."
    priority = right.number_input("Priority", value=priorities[chosen], step=1, help=help_text, key=key)
    if priority != priorities[chosen]:
        perform(lambda: set_priority(next(run for run in waiting if run.run_id == chosen), priority))
    if st.button("Pause all waiting runs", key="pause_all"):
        perform(lambda: pause_all_waiting(workspace()))
