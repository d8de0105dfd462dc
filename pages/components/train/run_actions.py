"""Actions on a run: the main one as a button, the others in a menu."""

from collections.abc import Callable

import streamlit as st

from emotion_core.evaluation.figures import warnings_of
from emotion_core.jobs import PAUSE, STOP, STOP_LATER
from emotion_core.training import Run, delete_run, pause_run, put_first, restart_run, resume_run, stop_run
from pages.components.common.confirmation import ask_confirmation, perform, show_confirmation
from pages.components.common.navigation import open_run_settings
from pages.components.common.run_charts import open_inside
from pages.components.common.workspace import workspace

CHANGE, INSIDE, FIRST = "Change and rerun", "Look inside", "Move to front of queue"
PAUSING, LATER, STOPPING, RESUME = "Pause", "Stop after this epoch", "Stop", "Resume"
RESTART, NEW_SEED, DELETE = "Restart from scratch", "Repeat with a new seed", "Delete"
DELETE_STUDY = "Delete this study"
# Actions that delete something ask for confirmation first.
QUESTIONS = {
    RESTART: "Restart this run from scratch? Its results so far are deleted.",
    DELETE: "Delete this run with its curves, scores and network?",
    DELETE_STUDY: "Delete this study with all its runs, curves, scores and networks? Photos are kept. Runs under way "
    "are stopped.",
}
# An icon only where it fits: a card has no room for a longer label beside the menu.
ICONS = {RESUME: ":material/play_arrow:", PAUSING: ":material/pause:"}


def show_actions(run: Run, runs: list[Run]) -> None:
    """Draw the actions that a run's state allows.

    Args:
        run: the run to act on.
        runs: all runs of its study.
    """
    if show_confirmation(run.run_id, QUESTIONS, lambda action: _perform_action(action, run, [])):
        return
    main, *others = _available_actions(run)
    with st.container(horizontal=True, gap="xsmall"):
        chosen = _show_main(run, main)
        if PAUSING in others and _pending_request(run) is None:
            others.remove(PAUSING)
            icon = ICONS[PAUSING]
            chosen = PAUSING if st.button(PAUSING, key=f"pause-{run.run_id}", icon=icon) else chosen
        # A run with a warning shows the gentle stop as a button: it should not have to be searched for in a menu.
        is_warned = any(not warning.is_past for warning in warnings_of(run))
        if LATER in others and is_warned and _pending_request(run) is None:
            others.remove(LATER)
            chosen = LATER if st.button(LATER, key=f"later-{run.run_id}") else chosen
        menu = st.menu_button("More", others, key=f"more-{run.run_id}", type="tertiary")
    if action := chosen or menu:
        if action in QUESTIONS and (action == DELETE or run.epochs):
            ask_confirmation(run.run_id, action)
        _perform_action(action, run, runs)


def _available_actions(run: Run) -> list[str]:
    """Return the actions that a run's state allows, the main one first."""
    state = run.state.name
    if state == "queued":
        return [STOPPING, FIRST, PAUSING, CHANGE, DELETE]
    if state in ("starting", "running"):
        return [STOPPING, LATER, PAUSING, INSIDE, CHANGE, NEW_SEED, DELETE]
    if state == "paused":
        return [RESUME, STOPPING, INSIDE, CHANGE, RESTART, DELETE]
    begun = [RESUME] if state != "finished" else []
    return [CHANGE, *begun, INSIDE, RESTART, NEW_SEED, DELETE]


def _pending_request(run: Run) -> str | None:
    """Return the request that an active run has received and not acted on yet."""
    requests = (request for request in (STOP, STOP_LATER, PAUSE) if run.folder.requested(request))
    return next(requests, None) if run.state.active else None


def _show_main(run: Run, action: str) -> str | None:
    request = _pending_request(run)
    label = {STOP: "Stopping", STOP_LATER: "Stopping after this epoch", PAUSE: "Pausing"}.get(request or "", action)
    # A run that stops after its epoch can still be stopped at once.
    disabled = request in (STOP, PAUSE)
    pressed = st.button(label, key=f"main-{run.run_id}", icon=ICONS.get(action), disabled=disabled)
    return action if pressed else None


def _perform_action(action: str, run: Run, runs: list[Run]) -> None:
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
        RESTART: lambda: restart_run(workspace(), run),
        NEW_SEED: lambda: restart_run(workspace(), run, 1 + max(other.config.seed for other in runs)),
        DELETE: lambda: delete_run(workspace(), run),
    }
    perform(steps.get(action, lambda: None))
