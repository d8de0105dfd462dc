"""The queue of a workspace: a small process of its own, so that a study goes on when whatever started it ends."""

import sys

from emotion_core.jobs import JobFolder
from emotion_core.processes import start_detached
from emotion_core.settings import Workspace

DISPATCHER_MODULE = "emotion_core.training.dispatcher"


def start_queue(workspace: Workspace) -> None:
    """Start a process that works the queue; where one does already, the new one ends by itself."""
    start_detached([sys.executable, "-m", DISPATCHER_MODULE, str(workspace.root)])


def resume_queue(workspace: Workspace) -> None:
    """Start the queue where runs wait and nobody may be working on them, after a restart of the machine for example."""
    if any(folder.state().name == "queued" for folder in JobFolder.all_in(workspace.runs)):
        start_queue(workspace)
