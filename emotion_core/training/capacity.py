"""How many runs are trained at once, and with how many threads each."""

import os

import psutil

from emotion_core.errors import SettingsError
from emotion_core.files import read_json, write_json
from emotion_core.settings import RUNS_AT_ONCE_VARIABLE, Workspace

CAPACITY_FILE = "runs_at_once.json"
MAX_RUNS_AT_ONCE = 64
# Measured with two cores: runs beside one another finish no sooner than one after the other, and take more memory.
CORES_PER_RUN = 4
BYTES_PER_RUN = 3_000_000_000


def runs_at_once(workspace: Workspace) -> int:
    """Return how many runs are trained at once: what was set, else ``EMOTION_RUNS_AT_ONCE``, else the machine's.

    Raises:
        SettingsError: the variable holds no such number.
    """
    stored = read_json(workspace.root / CAPACITY_FILE)
    if isinstance(stored, int):
        return stored
    text = os.environ.get(RUNS_AT_ONCE_VARIABLE, "").strip()
    if not text:
        return machine_runs_at_once()
    return _checked(int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0, text)


def set_runs_at_once(workspace: Workspace, count: int | None) -> None:
    """Set how many runs are trained at once, from the next start of a run on; None goes back to the default.

    Raises:
        SettingsError: not 1 to 64.
    """
    if count is None:
        (workspace.root / CAPACITY_FILE).unlink(missing_ok=True)
    else:
        write_json(workspace.root / CAPACITY_FILE, _checked(count, str(count)))


def machine_runs_at_once() -> int:
    """Return how many runs this machine trains at once without being told, from its cores and memory."""
    by_cores = (psutil.cpu_count() or 1) // CORES_PER_RUN
    by_memory = psutil.virtual_memory().total // BYTES_PER_RUN
    return max(1, min(by_cores, by_memory, MAX_RUNS_AT_ONCE))


def threads_per_run(count: int) -> int:
    """Return how many threads each of so many runs at once gets; 0, TensorFlow's own choice, for a single one."""
    return 0 if count == 1 else max(1, (psutil.cpu_count() or 1) // count)


def _checked(count: int, received: str) -> int:
    if 1 <= count <= MAX_RUNS_AT_ONCE:
        return count
    raise SettingsError(
        f"So many runs cannot be trained at once. Expected 1 to {MAX_RUNS_AT_ONCE}. "
        f"Received: {RUNS_AT_ONCE_VARIABLE}={received[:40]!r}. Change it, or leave it out."
    )
