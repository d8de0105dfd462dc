"""How many runs are trained at once, and with how many threads per run."""

import psutil

from emotion_core.documents import not_a_record, read_value, write_value
from emotion_core.errors import DocumentError
from emotion_core.settings import RUNS_AT_ONCE_VARIABLE, Workspace, checked_number, whole_number
from emotion_core.training.config import StudyConfig
from emotion_core.training.queue.cluster_settings import cluster_slots

CAPACITY_FILE = "runs_at_once.json"
MAX_RUNS_AT_ONCE = 1000
CORES_PER_RUN = 4
# On two cores, networks for photos of this side leave the second one idle half of the time
# (benchmarks/parallel_runs.py), so runs side by side gain time.
SMALL_SIDE_PX = 64
# With this many runs per core, it hardly matters that the last one leaves the other cores idle.
MANY_RUNS_PER_CORE = 4
BYTES_PER_RUN = 3_000_000_000


def runs_at_once(workspace: Workspace, study: StudyConfig | None = None) -> int:
    """Return how many runs are trained at once: the user's setting, else ``EMOTION_RUNS_AT_ONCE``, else what fits.

    Args:
        workspace: whose setting applies.
        study: whose runs are trained; None for any study.

    Raises:
        SettingsError: the variable is not a whole number from 1 to 1000.
    """
    return chosen_runs_at_once(workspace) or cluster_slots(workspace) or machine_runs_at_once(study)


def chosen_runs_at_once(workspace: Workspace) -> int | None:
    """Return how many runs at once the user asked for, or None; ``queue_problem`` names a damaged setting.

    Raises:
        SettingsError: the variable ``EMOTION_RUNS_AT_ONCE`` is not a whole number from 1 to 1000.
    """
    try:
        stored = _stored_count(workspace)
    except DocumentError:
        stored = None
    return stored if stored is not None else whole_number(RUNS_AT_ONCE_VARIABLE, 1, MAX_RUNS_AT_ONCE)


def capacity_problem(workspace: Workspace) -> str:
    """Return what is wrong with the file of ``set_runs_at_once``, as a sentence; empty without a problem."""
    try:
        _stored_count(workspace)
    except DocumentError as error:
        return str(error)
    return ""


def _stored_count(workspace: Workspace) -> int | None:
    try:
        stored = read_value(workspace.root / CAPACITY_FILE)
    except FileNotFoundError:
        return None
    if type(stored) is not int or not 1 <= stored <= MAX_RUNS_AT_ONCE:
        raise not_a_record(CAPACITY_FILE, ValueError(repr(stored)[:40]))
    return stored


def set_runs_at_once(workspace: Workspace, count: int | None) -> None:
    """Set how many runs are trained at once, from the next start of a run on.

    Args:
        workspace: whose setting it is.
        count: 1 to 1000; None goes back to the default.

    Raises:
        SettingsError: the count is out of range.
    """
    if count is None:
        (workspace.root / CAPACITY_FILE).unlink(missing_ok=True)
    else:
        checked_number(count, RUNS_AT_ONCE_VARIABLE, 1, MAX_RUNS_AT_ONCE)
        write_value(workspace.root / CAPACITY_FILE, count)


def machine_runs_at_once(study: StudyConfig | None = None) -> int:
    """Return how many runs this machine trains at once by default, from its cores and memory.

    Args:
        study: whose runs are trained; many runs on small photos get one core each.
    """
    cores = psutil.cpu_count() or 1
    many_small = study and sees_small_photos(study) and len(study.runs) >= MANY_RUNS_PER_CORE * cores
    by_cores = cores if many_small else cores // CORES_PER_RUN
    by_memory = psutil.virtual_memory().total // BYTES_PER_RUN
    return max(1, min(by_cores, by_memory, MAX_RUNS_AT_ONCE))


def sees_small_photos(study: StudyConfig) -> bool:
    """Return whether all networks see photos so small that runs side by side gain time."""
    return all(run.image_size <= SMALL_SIDE_PX for run in study.runs)


def threads_per_run(count: int) -> int:
    """Return the threads per run for this many runs at once; 0, TensorFlow's own choice, for a single run."""
    return 0 if count == 1 else max(1, (psutil.cpu_count() or 1) // count)
