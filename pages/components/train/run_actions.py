"""What a person can do with a run: one button in view, the rest in a menu."""

from collections.abc import Callable
from typing import NoReturn

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.evaluation.figures import warnings_of
from emotion_core.jobs import PAUSE, STOP, STOP_LATER
from emotion_core.training import Run, delete_run, pause_run, put_first, restart_run, resume_run, stop_run
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import open_run_settings
from pages.components.common.run_charts import open_inside
from pages.components.common.workspace import workspace

ASKED_KEY = "asked"
CHANGE, INSIDE, FIRST = "Change and rerun", "Look inside", "Train it next"
PAUSING, LATER, STOPPING, RESUME = "Pause", "Stop at the epoch's end", "Stop", "Resume"
ANEW, ANOTHER_SEED, DELETE = "Train it anew", "Train it with another seed", "Delete"
DELETE_STUDY = "Delete this study"
# What cannot be undone is asked about.
QUESTIONS = {
    ANEW: "Train this run from its beginning? What it has come to so far is deleted.",
    DELETE: "Delete this run with its curves, its scores and its network?",
    DELETE_STUDY: "Delete this study with all its runs, their curves, scores and networks? Photos stay. Runs under way "
    "are ended.",
}
# The other labels are as wide as a card has room for beside the menu.
ICONS = {RESUME: ":material/play_arrow:"}


def show_actions(run: Run, runs: list[Run]) -> None:
    """Draw what can be done with a run in the state that it is in.

    Args:
        run: the run.
        runs: all of its study.
    """
    if show_question(run.run_id, lambda action: _take(action, run, [])):
        return
    main, *others = _offered(run)
    with st.container(horizontal=True, gap="xsmall"):
        chosen = _show_main(run, main)
        # Whoever is warned need not look for the gentler way in a menu.
        if LATER in others and any(not warning.is_past for warning in warnings_of(run)) and _asked(run) is None:
            others.remove(LATER)
            chosen = LATER if st.button(LATER, key=f"later-{run.run_id}") else chosen
        menu = st.menu_button("More", others, key=f"more-{run.run_id}", type="tertiary")
    if action := chosen or menu:
        if action in QUESTIONS and (action == DELETE or run.epochs):
            ask(run.run_id, action)
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


def _asked(run: Run) -> str | None:
    """Return what a run that is under way has been asked and has not done yet."""
    asked = (what for what in (STOP, STOP_LATER, PAUSE) if run.folder.requested(what))
    return next(asked, None) if run.state.active else None


def _show_main(run: Run, action: str) -> str | None:
    asked = _asked(run)
    label = {STOP: "Stopping", STOP_LATER: "Stopping after this epoch", PAUSE: "Pausing"}.get(asked or "", action)
    # One that lets the epoch end may still be ended at once.
    disabled = asked in (STOP, PAUSE)
    pressed = st.button(label, key=f"main-{run.run_id}", icon=ICONS.get(action), disabled=disabled)
    return action if pressed else None


def ask(about: str, action: str) -> NoReturn:
    """Ask whether an action is meant, in place of what can be done with the run or the study of that id."""
    st.session_state[ASKED_KEY] = (about, action)
    st.rerun()


def show_question(about: str, take: Callable[[str], None]) -> bool:
    """Draw the question that is open about a run or a study, if there is one, and do what is confirmed."""
    asked, action = st.session_state.get(ASKED_KEY, ("", ""))
    if asked != about:
        return False
    st.warning(QUESTIONS[action])
    with st.container(horizontal=True):
        if st.button(action, key=f"yes-{about}", type="primary"):
            del st.session_state[ASKED_KEY]
            take(action)
        if st.button("Keep it", key=f"no-{about}"):
            del st.session_state[ASKED_KEY]
            st.rerun()
    return True


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
        st.toast(escape_markdown(error), icon=":material/error:", duration="long")
        return
    st.rerun()
