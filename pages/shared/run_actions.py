"""What a person can do with a run: one button in view, the rest in a menu; and with the queue."""

from collections.abc import Callable

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.jobs import PAUSE, STOP, STOP_LATER
from emotion_core.training import (
    Run,
    delete_run,
    pause_run,
    put_first,
    queued_runs,
    restart_run,
    resume_run,
    runs_at_once,
    set_runs_at_once,
    stop_run,
)
from emotion_core.training.capacity import MAX_RUNS_AT_ONCE
from pages.shared.plans import open_run_settings
from pages.shared.run_charts import open_inside
from pages.shared.session import workspace
from pages.shared.texts import plain

ASKED_KEY = "asked_run"
CHANGE, INSIDE, FIRST = "Change and run again", "Look inside", "Train it next"
PAUSING, LATER, STOPPING, RESUME = "Pause", "Stop at the epoch's end", "Stop", "Resume"
ANEW, ANOTHER_SEED, DELETE = "Train it anew", "Train it with another seed", "Delete"
# What cannot be undone is asked about.
QUESTIONS = {
    ANEW: "Train this run from its beginning? What it has come to so far is deleted.",
    DELETE: "Delete this run with its curves, its scores and its network?",
}
ICONS = {RESUME: ":material/play_arrow:", CHANGE: ":material/tune:"}


def show_actions(run: Run, runs: list[Run]) -> None:
    """Draw what can be done with a run in the state that it is in.

    Args:
        run: the run.
        runs: all of its study.
    """
    if st.session_state.get(ASKED_KEY, ("", ""))[0] == run.run_id:
        _show_question(run)
        return
    main, *others = _offered(run)
    with st.container(horizontal=True):
        chosen = _show_main(run, main)
        menu = st.menu_button("More", others, key=f"more-{run.run_id}", type="tertiary")
    if action := chosen or menu:
        if action in QUESTIONS and (action == DELETE or run.epochs):
            st.session_state[ASKED_KEY] = (run.run_id, action)
            st.rerun()
        _take(action, run, runs)


def _offered(run: Run) -> list[str]:
    """Return what a run's state allows, what is wanted most first."""
    state = run.state.name
    if state == "queued":
        return [STOPPING, FIRST, PAUSING, CHANGE, DELETE]
    if state in ("starting", "running"):
        return [STOPPING, LATER, PAUSING, INSIDE, CHANGE, ANOTHER_SEED, DELETE]
    if state == "paused":
        return [RESUME, STOPPING, INSIDE, CHANGE, ANEW, DELETE]
    begun = [RESUME] if state != "finished" else []
    return [CHANGE, *begun, INSIDE, ANEW, ANOTHER_SEED, DELETE]


def _show_main(run: Run, action: str) -> str | None:
    asked = run.state.active and next((what for what in (STOP, STOP_LATER, PAUSE) if run.folder.requested(what)), None)
    label = {STOP: "Stopping", STOP_LATER: "Stopping after this epoch", PAUSE: "Pausing"}.get(asked or "", action)
    # One that lets the epoch end may still be ended at once.
    disabled = asked in (STOP, PAUSE)
    pressed = st.button(label, key=f"main-{run.run_id}", icon=ICONS.get(action), disabled=disabled)
    return action if pressed else None


def _show_question(run: Run) -> None:
    action = st.session_state[ASKED_KEY][1]
    st.warning(QUESTIONS[action])
    with st.container(horizontal=True):
        if st.button(action, key=f"yes-{run.run_id}", type="primary"):
            del st.session_state[ASKED_KEY]
            _take(action, run, [])
        if st.button("Keep it", key=f"no-{run.run_id}"):
            del st.session_state[ASKED_KEY]
            st.rerun()


def _take(action: str, run: Run, runs: list[Run]) -> None:
    if action == CHANGE:
        open_run_settings(run.run_id)
    if action == INSIDE:
        open_inside(run)
    steps: dict[str, Callable[[], object]] = {
        STOPPING: lambda: stop_run(workspace(), run),
        LATER: lambda: stop_run(workspace(), run, at_epoch_end=True),
        PAUSING: lambda: pause_run(run),
        RESUME: lambda: resume_run(workspace(), run),
        FIRST: lambda: put_first(workspace(), run),
        ANEW: lambda: restart_run(workspace(), run),
        ANOTHER_SEED: lambda: restart_run(workspace(), run, 1 + max(other.config.seed for other in runs)),
        DELETE: lambda: delete_run(workspace(), run),
    }
    do(steps.get(action, lambda: None))


def do(*steps: Callable[[], object]) -> None:
    """Do what was asked and draw the page anew, or say why it cannot be done."""
    try:
        for step in steps:
            step()
    except EmotionError as error:
        # Not where the next tick would wipe it away.
        st.toast(plain(error), icon=":material/error:", duration="long")
        return
    st.rerun()


def show_queue() -> None:
    """Draw how many runs are trained at once, and which wait, in their order; read only while it is open."""
    queue = st.popover("Queue", icon=":material/format_list_numbered:", key="queue", on_change="rerun")
    if not queue.open:
        return
    with queue:
        count = runs_at_once(workspace())
        wanted = st.number_input(
            "Runs at once",
            1,
            MAX_RUNS_AT_ONCE,
            count,
            help="How many runs are trained beside one another. On few cores, one after the other is as fast and takes "
            "less memory.",
        )
        if wanted != count:
            do(lambda: set_runs_at_once(workspace(), wanted))
        waiting = queued_runs(workspace())
        st.caption("Next in turn:" if waiting else "No run is waiting.")
        st.markdown("\n".join(f"1. {plain(run.config.label)}" for run in waiting))
