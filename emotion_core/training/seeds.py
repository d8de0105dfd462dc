"""Adding seeds to a study: the same networks, trained again from other initial weights."""

from emotion_core.errors import SettingsError
from emotion_core.network import checked
from emotion_core.settings import Workspace
from emotion_core.training.config import USUAL_SEEDS, RunConfig
from emotion_core.training.queue import start_queue
from emotion_core.training.store import Run, Study, add_runs, load_study

# Added where a study has the usual number of seeds already.
SEEDS_MORE = 2


def add_seeds(workspace: Workspace, study: Study, number: int | None = None) -> list[Run]:
    """Train every network of a study with further seeds, on its photos; with folds, once per fold and seed.

    Seeds that are added after the first look at the comparison are marked in the study.

    Args:
        workspace: that holds the study.
        study: may be out of date: it is read again.
        number: of seeds per network, at least 1; None for ``usual_addition``.

    Returns:
        The queued runs.

    Raises:
        JobNotFound: the study has been deleted.
        SettingsError: the number is below 1, or the study would have more runs than it may have; nothing is queued.
    """
    study = load_study(workspace, study.study_id)
    count = usual_addition(study) if number is None else number
    if count < 1:
        raise SettingsError(f"Nothing would be added. Expected at least 1 seed. Received: number={number}. Raise it.")
    first = 1 + max(run.seed for run in study.config.runs)
    networks = dict.fromkeys(run.network_settings for run in study.config.runs)
    folds = range(1, study.config.folds + 1) if study.config.folds else (0,)
    added = add_runs(
        workspace,
        study,
        [
            checked(RunConfig, {**dict(network), "seed": seed, "fold": fold})
            for seed in range(first, first + count)
            for fold in folds
            for network in networks
        ],
    )
    start_queue(workspace)
    return added


def usual_addition(study: Study) -> int:
    """Return how many seeds are usually added to a study: up to five in all, or two where it has that many."""
    seeds: dict[RunConfig, set[int]] = {}
    for run in study.config.runs:
        seeds.setdefault(run.network_settings, set()).add(run.seed)
    return max(USUAL_SEEDS - min(map(len, seeds.values())), SEEDS_MORE)
