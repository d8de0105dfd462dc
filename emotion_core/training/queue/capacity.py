"""How many runs are trained at once, and with how many threads each."""

import psutil

from emotion_core.files import read_json, write_json
from emotion_core.settings import RUNS_AT_ONCE_VARIABLE, Workspace, checked_number, whole_number
from emotion_core.training.config import StudyConfig
from emotion_core.training.queue.cluster_settings import cluster_slots

CAPACITY_FILE = "runs_at_once.json"
MAX_RUNS_AT_ONCE = 1000
CORES_PER_RUN = 4
# Measured with two cores (benchmarks/parallel_runs.py): small networks leave the second one idle half of the time.
SMALL_SIDE_PX = 64
# So many that it does not matter when the last one has a single core and leaves the others idle.
MANY_RUNS_PER_CORE = 4
BYTES_PER_RUN = 3_000_000_000


def runs_at_once(workspace: Workspace, study: StudyConfig | None = None) -> int:
    """Return how many runs are trained at once: what was set, else ``EMOTION_RUNS_AT_ONCE``, else what fits.

    Args:
        workspace: of the runs.
        study: whose runs; any study where left out.

    Raises:
        SettingsError: the variable holds no such number.
    """
    return chosen_runs_at_once(workspace) or cluster_slots(workspace) or machine_runs_at_once(study)


def chosen_runs_at_once(workspace: Workspace) -> int | None:
    """Return how many runs at once somebody asked for, None where nobody did.

    Raises:
        SettingsError: the variable ``EMOTION_RUNS_AT_ONCE`` holds no such number.
    """
    stored = read_json(workspace.root / CAPACITY_FILE)
    return stored if isinstance(stored, int) else whole_number(RUNS_AT_ONCE_VARIABLE, 1, MAX_RUNS_AT_ONCE)


def set_runs_at_once(workspace: Workspace, count: int | None) -> None:
    """Set how many runs are trained at once, from the next start of a run on; None goes back to the default.

    Raises:
        SettingsError: not 1 to 1000.
    """
    if count is None:
        (workspace.root / CAPACITY_FILE).unlink(missing_ok=True)
    else:
        checked_number(count, RUNS_AT_ONCE_VARIABLE, 1, MAX_RUNS_AT_ONCE)
        write_json(workspace.root / CAPACITY_FILE, count)


def machine_runs_at_once(study: StudyConfig | None = None) -> int:
    """Return how many runs this machine trains at once without being told, from its cores and memory.

    Args:
        study: whose runs; many that see small photos get one core each.
    """
    cores = psutil.cpu_count() or 1
    many_small = study and sees_small_photos(study) and len(study.runs) >= MANY_RUNS_PER_CORE * cores
    by_cores = cores if many_small else cores // CORES_PER_RUN
    by_memory = psutil.virtual_memory().total // BYTES_PER_RUN
    return max(1, min(by_cores, by_memory, MAX_RUNS_AT_ONCE))


def sees_small_photos(study: StudyConfig) -> bool:
    """Whether all photos are so small for its networks that runs beside one another gain time."""
    return all(run.image_size <= SMALL_SIDE_PX for run in study.runs)


def threads_per_run(count: int) -> int:
    """Return how many threads each of so many runs at once gets; 0, TensorFlow's own choice, for a single one."""
    return 0 if count == 1 else max(1, (psutil.cpu_count() or 1) // count)
