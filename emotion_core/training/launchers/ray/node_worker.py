"""The process that trains runs on a node of a cluster, each for an actor that holds the processors meanwhile.

``python -m emotion_core.training.launchers.ray.node_worker RUN_FOLDER ORDERS``, with ``NodeAssignment`` as JSON.
When a run has finished, the process offers itself for the next one for a while: TensorFlow is imported already.
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
LOOK_SECONDS, DEAF_SECONDS = 0.2, 300
# The actor of the next run begins a second or two after that of the one before has ended.
OFFER_SECONDS = 15.0


class NodeAssignment(NamedTuple):
    """What the process is told beside the run's folder.

    Attributes:
        actor: identity of the process that answers for this one while it trains; it ends with that.
        node: identity of the process that started the actor; without it, nobody will come any more.
        threads: that TensorFlow may use.
        place: of this process, recorded with it.
        waits: path, with its id before the name, of a folder to wait in for the next run; empty to train this one only.
        pixels: file of the photos as the network sees them; empty where the workspace has them.
        starter: file of the weights that a network begins with; empty where the program's are meant.
    """

    actor: Record
    node: Record
    threads: int
    place: Mapping[str, str]
    waits: str
    pixels: str = ""
    starter: str = ""


class Guard:
    """Ends this process at once when the one that answers for it has ended: Ray ends only those it started itself."""

    def __init__(self) -> None:
        self._watched: Record | None = None
        threading.Thread(target=self._watch, daemon=True).start()

    def watch(self, process: Record | None) -> None:
        """Watch this process, or none."""
        self._watched = process

    def _watch(self) -> None:
        while True:
            watched = self._watched
            if watched is not None and not is_alive(watched) and watched is self._watched:
                os.kill(os.getpid(), signal.SIGKILL)
            # Where Python itself stands still, nobody could tell it to stop.
            faulthandler.dump_traceback_later(DEAF_SECONDS, exit=True)
            time.sleep(LOOK_SECONDS)


def train_assigned_runs(folder: JobFolder, orders: NodeAssignment) -> None:
    """Train a run, and then those that are handed over soon after."""
    guard = Guard()
    while True:
        guard.watch(orders.actor)
        become_worker(folder)
        _train(folder, orders)
        if not orders.waits or not can_train_another(folder, orders.threads):
            return
        # The actor ends when it sees that the run is let go.
        guard.watch(None)
        found = _next_assignment(folder, orders)
        if found is None:
            return
        orders = NodeAssignment(**{name: found[name] for name in NodeAssignment._fields})
        folder = JobFolder(Path(found["run"]), orders.place)
        if not threads_match(folder):
            # The same process, with another program.
            os.execv(sys.executable, command(folder, orders))


def _train(folder: JobFolder, orders: NodeAssignment) -> None:
    os.environ[STARTER_WEIGHTS_VARIABLE] = orders.starter
    train_in_session(folder, orders.threads, np.load(orders.pixels, mmap_mode="r") if orders.pixels else None)


def _next_assignment(folder: JobFolder, orders: NodeAssignment) -> Record | None:
    """Offer this process for another run; return what it is told, or None where nobody wants it."""
    root = Path(orders.waits)
    root = root.with_name(f"{os.getpid()}-{root.name}")
    root.mkdir(exist_ok=True)
    try:
        announce(root, orders.threads)
        folder.release_process()
        return wait_for_assignment(root, OFFER_SECONDS, lambda: is_alive(orders.node))
    finally:
        shutil.rmtree(root, ignore_errors=True)


def command(folder: JobFolder, orders: NodeAssignment) -> list[str]:
    """Return how a process is started that trains this run."""
    return [sys.executable, "-m", NODE_WORKER_MODULE, str(folder.path), json.dumps(orders._asdict())]


if __name__ == "__main__":
    first = NodeAssignment(**json.loads(sys.argv[2]))
    train_assigned_runs(JobFolder(Path(sys.argv[1]), first.place), first)
