"""Waiting for the runs of a study."""

import time
from collections.abc import Callable

from emotion_core.settings import Workspace
from emotion_core.training.queue import queue_problem, resume_queue
from emotion_core.training.store import Run, Study, runs_of

WAIT_SECONDS = 0.5


def wait_for_study(
    workspace: Workspace, study: Study, *, on_progress: Callable[[str], None] | None = None
) -> list[Run]:
    """Wait until every run of a study has ended.

    Args:
        workspace: the study's.
        study: one that was started.
        on_progress: called with one sentence whenever it changes, such as "1 of 3 runs ended; relu · depth 3 · seed 0:
            epoch 4 of 45".

    Returns:
        The runs in the order of the study, each finished, stopped, failed or lost; runs whose folder was deleted are
        left out.
    """
    reported = ""
    while True:
        # Starts the dispatcher again where it was killed: no page may be open that would do it.
        resume_queue(workspace)
        runs = runs_of(workspace, study)
        text = _progress_text(workspace, runs)
        if text != reported and on_progress is not None:
            on_progress(text)
        reported = text
        # A paused run has not ended: it waits until the user resumes it, and so does this loop.
        if all(run.state.ended for run in runs):
            return runs
        time.sleep(WAIT_SECONDS)


def _progress_text(workspace: Workspace, runs: list[Run]) -> str:
    training = [run for run in runs if run.state.name == "running"]
    text = f"{sum(run.state.ended for run in runs)} of {len(runs)} runs ended"
    if not training:
        return queue_problem(workspace) or text
    return text + "".join(f"; {run.config.label}: epoch {len(run.epochs)} of {run.config.epochs}" for run in training)
