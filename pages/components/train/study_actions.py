"""What a person can do with a whole study, and with the queue that its runs wait in."""

from functools import partial

import streamlit as st

from emotion_core.training import (
    Run,
    Study,
    delete_study,
    pause_all_waiting,
    paused_runs,
    queued_runs,
    resume_all_paused,
    runs_at_once,
    set_priority,
    set_runs_at_once,
    stop_run,
)
from emotion_core.training.queue import (
    CORES_PER_RUN,
    MANY_RUNS_PER_CORE,
    MAX_RUNS_AT_ONCE,
    SMALL_SIDE_PX,
    chosen_runs_at_once,
)
from emotion_core.training.store import priority_of, short_labels
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import workspace
from pages.components.train.run_actions import DELETE_STUDY, ask, do, show_question
from pages.components.train.training_place import show_place

MOST_LISTED = 20


def show_study_actions(study: Study, active: list[Run]) -> None:
    """Draw what can be done with a whole study.

    Args:
        study: the study.
        active: its runs that are under way or wait.
    """
    if show_question(study.study_id, lambda _: do(lambda: delete_study(workspace(), study))):
        return
    with st.container(horizontal=True):
        show_queue(study)
        show_place()
        if len(active) > 1 and st.button("Stop all", icon=":material/stop_circle:", key="stop_all"):
            do(*(partial(stop_run, workspace(), run) for run in active))
        if st.button(DELETE_STUDY, icon=":material/delete:", type="tertiary", key="delete_study"):
            ask(study.study_id, DELETE_STUDY)


def show_queue(study: Study) -> None:
    """Draw how many runs are trained at once, and which wait, in their order; read only while it is open."""
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
            placeholder=f"{runs_at_once(workspace(), study.config)}, chosen for this study",
            help="How many runs are trained beside one another; each gets its share of the cores. Left empty, it is "
            f"one for every {CORES_PER_RUN} cores, and one for each core in studies of {MANY_RUNS_PER_CORE} or more "
            f"runs for each core whose photos have at most {SMALL_SIDE_PX} pixels: on two cores, 12 such runs took "
            ".7 times as long two at a time; with larger photos there is less to gain.",
        )
        if wanted != count:
            do(lambda: set_runs_at_once(workspace(), wanted))
        _show_waiting(queued_runs(workspace()))
        if paused_runs(workspace()) and st.button("Resume all that are paused", key="resume_all"):
            do(lambda: resume_all_paused(workspace()))


def _show_waiting(waiting: list[Run]) -> None:
    st.caption("Next in turn:" if waiting else "No run is waiting.")
    if not waiting:
        return
    names = short_labels(waiting)
    priorities = {run.run_id: priority_of(run.folder) for run in waiting}
    rows = [
        (escape_markdown(names[run_id]), f" (priority {priority})" * bool(priority))
        for run_id, priority in priorities.items()
    ]
    st.markdown("\n".join(f"1. {name}{priority}" for name, priority in rows[:MOST_LISTED]))
    if len(rows) > MOST_LISTED:
        st.caption(f"and {len(rows) - MOST_LISTED} more")
    left, right = st.columns(2)
    chosen = left.selectbox("Network", list(names), format_func=names.__getitem__, key="waiting_run")
    # Named after what it shows: where somebody else changes the priority, the field shows theirs.
    shown = f"priority-{chosen}-{priorities[chosen]}"
    help_text = "Runs of higher priority go first, those of the same one by age."
    priority = right.number_input("Its priority", value=priorities[chosen], step=1, help=help_text, key=shown)
    if priority != priorities[chosen]:
        do(lambda: set_priority(next(run for run in waiting if run.run_id == chosen), priority))
    if st.button("Pause all that wait", key="pause_all"):
        do(lambda: pause_all_waiting(workspace()))
