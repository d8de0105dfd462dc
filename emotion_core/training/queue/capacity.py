"""How many runs are trained at once, and with how many threads per run."""

import psutil

from emotion_core.documents import not_a_record, read_value, write_value
from emotion_core.errors import DocumentError
from emotion_core.network import multiply_adds
from emotion_core.settings import RUNS_AT_ONCE_VARIABLE, Workspace, checked_number, whole_number
from emotion_core.training.config import RunConfig, StudyConfig
from emotion_core.training.engine import training_bytes
from emotion_core.training.queue.cluster_settings import cluster_slots

CAPACITY_FILE = "runs_at_once.json"
MAX_RUNS_AT_ONCE = 1000
CORES_PER_RUN = 4
# A network with so few leaves cores idle while its process runs Python and writes, so runs side by side gain time
# (benchmarks/seeds_together.py). The usual network has 14 million at 64 pixels, 70 million at 128 and 311 at 256.
SMALL_MULTIPLY_ADDS = 100_000_000
# Fewer runs do not make up for the seconds in which each further process imports TensorFlow.
ENOUGH_RUNS = 4
BYTES_PER_RUN = 3_000_000_000
# A process with TensorFlow. The libraries, mapped from their files, are in memory once for all processes.
PROCESS_BYTES, SHARED_BYTES = 680_000_000, 380_000_000
# Left for everything else on the machine.
RESERVED_BYTES = 2_000_000_000


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
    """Return how many runs this machine trains at once by default, from its cores, its memory and the networks.

    Several runs with small networks get a core each, as far as the memory of their processes allows. Otherwise a run
    gets four cores and 3 GB. What is free at the moment plays no part: the number decides how many threads a run has,
    and so the last digits of its numbers, which must not depend on company. ``has_room_for`` asks for what is free.

    Args:
        study: whose runs are trained; None for any.
    """
    cores, memory = psutil.cpu_count() or 1, psutil.virtual_memory().total
    if study and len(study.runs) >= ENOUGH_RUNS and trains_small_networks(study):
        limits = min(cores, len(study.runs)), (memory - RESERVED_BYTES) // max(map(_further_bytes, study.runs))
    else:
        limits = cores // CORES_PER_RUN, memory // BYTES_PER_RUN
    return max(1, min(*limits, MAX_RUNS_AT_ONCE))


def trains_small_networks(study: StudyConfig) -> bool:
    """Return whether all networks are so small that runs side by side gain time."""
    return all(multiply_adds(run) <= SMALL_MULTIPLY_ADDS for run in study.runs)


def has_room_for(config: RunConfig) -> bool:
    """Return whether enough memory is free now for one more process that trains a run with these settings."""
    return psutil.virtual_memory().available > _further_bytes(config)


def _further_bytes(config: RunConfig) -> int:
    """Return the memory of a further process that trains a run."""
    return PROCESS_BYTES - SHARED_BYTES + training_bytes(config)


def threads_per_run(count: int) -> int:
    """Return the threads per run for this many runs at once; 0, TensorFlow's own choice, for a single run."""
    return 0 if count == 1 else max(1, (psutil.cpu_count() or 1) // count)
