"""The process that trains a run on a node that does not share the workspace, below the one that Ray started there.

``python -m emotion_core.training.node_worker RUN_FOLDER ORDERS``, with ``Orders`` as JSON.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from emotion_core.jobs import JobFolder
from emotion_core.settings import STARTER_WEIGHTS_VARIABLE
from emotion_core.training.worker import work_in

LOOK_SECONDS = 1.0


class Orders(NamedTuple):
    """What the process is told.

    Attributes:
        parent: id of the process that answers for this one; it ends with that.
        threads: that TensorFlow may use.
        pixels: file of the photos as the network sees them.
        starter: file of the weights that a network begins with, where it does.
        place: of this process, recorded with it.
    """

    parent: int
    threads: int
    pixels: str
    starter: str
    place: Mapping[str, str]


def end_with(parent: int) -> None:
    """End this process at once when the one above it has ended: Ray ends only those that it started itself."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    orders = Orders(**json.loads(sys.argv[2]))
    end_with(orders.parent)
    os.environ[STARTER_WEIGHTS_VARIABLE] = orders.starter
    pixels = np.lib.format.open_memmap(orders.pixels, mode="r")
    work_in(JobFolder(Path(sys.argv[1]), orders.place), orders.threads, pixels)
