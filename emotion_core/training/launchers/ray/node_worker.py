"""The process that trains runs on a node of a cluster; per run, a Ray actor holds the processors for it.

``python -m emotion_core.training.launchers.ray.node_worker RUN_FOLDER ASSIGNMENT``, the assignment as JSON.
It is not the actor itself, because an actor ends with its run, and this process can go on with the next one: it has
imported TensorFlow already.
"""

import faulthandler
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from emotion_core.jobs import JobFolder, Record, is_alive
from emotion_core.settings import STARTER_WEIGHTS_VARIABLE
from emotion_core.training.worker import (
    announce,
    become_worker,
    can_train_another,
    threads_match,
    train_in_session,
    wait_for_assignment,
)

NODE_WORKER_MODULE = "emotion_core.training.launchers.ray.node_worker"
POLL_SECONDS, FREEZE_SECONDS = 0.2, 300
# Waiting for the actor of the next run, which starts a second or two after the one before has ended.
OFFER_SECONDS = 15.0


class NodeAssignment(NamedTuple):
    """What a worker on a node needs to know besides the run's folder; the names are keys of a JSON file.

    Attributes:
        actor: identity of the actor's process; the worker ends with it while it trains.
        node: identity of the node's process that starts actors; without it, no further run comes.
        threads: that TensorFlow may use.
        place: node of the worker, recorded in the run's folder.
        waits: folder to wait in for the next run; the worker adds its process id to the name. Empty: do not wait.
        pixels: file with the photos as the network sees them; empty reads them from the workspace.
        starter: file with the starter's weights; empty uses the program's own.
    """

    actor: Record
    node: Record
    threads: int
    place: Mapping[str, str]
    waits: str
    pixels: str = ""
    starter: str = ""


class Watchdog:
    """Kills this process when a watched process has ended.

    Ray ends only the processes that it started itself, and this one is none of them.
    """

    def __init__(self) -> None:
        self._watched: Record | None = None
        threading.Thread(target=self._watch, daemon=True).start()

    def watch(self, process: Record | None) -> None:
        """Watch another process from now on; None watches none."""
        self._watched = process

    def _watch(self) -> None:
        while True:
            watched = self._watched
            # The last condition: the main thread may have switched to another process during the check.
            if watched is not None and not is_alive(watched) and watched is self._watched:
                os.kill(os.getpid(), signal.SIGKILL)
            # Set again in each round: ends the process if Python hangs and this thread no longer runs.
            faulthandler.dump_traceback_later(FREEZE_SECONDS, exit=True)
            time.sleep(POLL_SECONDS)


def train_assigned_runs(folder: JobFolder, assignment: NodeAssignment) -> None:
    """Train a run, then those that are handed over soon after.

    Args:
        folder: of the first run.
        assignment: of the first run.
    """
    watchdog = Watchdog()
    while True:
        watchdog.watch(assignment.actor)
        become_worker(folder)
        _train(folder, assignment)
        if not assignment.waits or not can_train_another(folder, assignment.threads):
            return
        # Before the run is released: its actor ends then, and must not take this process along.
        watchdog.watch(None)
        record = _next_assignment(folder, assignment)
        if record is None:
            return
        assignment = NodeAssignment(**{name: record[name] for name in NodeAssignment._fields})
        folder = JobFolder(Path(record["run"]), assignment.place)
        if not threads_match(folder):
            # A fresh interpreter under the same process id, which the run's folder has recorded already.
            os.execv(sys.executable, command(folder, assignment))


def _train(folder: JobFolder, assignment: NodeAssignment) -> None:
    os.environ[STARTER_WEIGHTS_VARIABLE] = assignment.starter
    train_in_session(
        folder, assignment.threads, np.load(assignment.pixels, mmap_mode="r") if assignment.pixels else None
    )


def _next_assignment(folder: JobFolder, assignment: NodeAssignment) -> Record | None:
    """Offer this process for another run; return the record of its assignment, or None."""
    # A folder per process, unlike a workspace's single standby worker: several may wait on one node.
    root = Path(assignment.waits)
    root = root.with_name(f"{os.getpid()}-{root.name}")
    root.mkdir(exist_ok=True)
    try:
        announce(root, assignment.threads)
        folder.release_process()
        return wait_for_assignment(root, OFFER_SECONDS, lambda: is_alive(assignment.node))
    finally:
        shutil.rmtree(root, ignore_errors=True)


def command(folder: JobFolder, assignment: NodeAssignment) -> list[str]:
    """Return the command that starts a worker for a run.

    Args:
        folder: of the run.
        assignment: of the run.
    """
    return [sys.executable, "-m", NODE_WORKER_MODULE, str(folder.path), json.dumps(assignment._asdict())]


if __name__ == "__main__":
    first = NodeAssignment(**json.loads(sys.argv[2]))
    train_assigned_runs(JobFolder(Path(sys.argv[1]), first.place), first)
