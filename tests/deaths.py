"""Death of a process at every step that it takes on the disk: ``python -m tests.deaths MODULE FUNCTION FOLDER``.

The function is called with a new folder, in a process that ends without any cleaning up at its first write, then with
another folder up to its second one, and so on, until it comes to its end. What precedes is prepared by the function
``prepare`` of the same module, which lives.
"""

import importlib
import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from emotion_core.jobs import child_environment

EVENTS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}
MOST_STEPS = 500


def die_at_each_step(module: str, function: str, folder: Path) -> list[Path]:
    """Return the folders that are left, each by a process that died one step later than the one before.

    Args:
        module: name of the module with the function.
        function: called with a folder.
        folder: gets the folders.
    """
    command = [sys.executable, "-m", "tests.deaths", module, function, str(folder)]
    subprocess.run(command, check=True, env=child_environment(), timeout=300)
    return sorted(folder.iterdir())


def _dies(folder: Path, steps: int, act: Any) -> bool:
    """Act in a process of its own, and return whether it died."""
    process = os.fork()
    if process:
        return os.waitpid(process, 0)[1] != 0
    left = itertools.count(steps, -1)

    def count_step(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (writes or event in EVENTS) and str(folder) in str(arguments[0]) and next(left) == 0:
            os._exit(1)

    sys.addaudithook(count_step)
    act(folder)
    os._exit(0)


if __name__ == "__main__":
    prepared = importlib.import_module(sys.argv[1])
    for number in range(MOST_STEPS):
        below = Path(sys.argv[3]) / f"{number:03d}"
        below.mkdir(parents=True)
        prepared.prepare(below)
        if not _dies(below, number, getattr(prepared, sys.argv[2])):
            break
