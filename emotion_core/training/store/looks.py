"""Looks at a study's comparison, and the runs that were added after them.

Training more seeds until a difference is significant finds one sooner or later. A study therefore records when its
comparison was first shown, when it first had a p-value, and which runs were added after that.
"""

import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from filelock import FileLock

from emotion_core.errors import JobNotFound
from emotion_core.settings import Workspace
from emotion_core.training.config import RunConfig
from emotion_core.training.store.study import Study
from emotion_core.training.store.study_files import LOCK_FILE, load_study, save_study

# One network shows no difference, and so do the seeds of one; a p-value takes two networks with two seeds each.
FEWEST_RUNS, FEWEST_SEEDS, FEWEST_NETWORKS = 2, 2, 2


def record_look(workspace: Workspace, study: Study, finished: Sequence[RunConfig]) -> None:
    """Record that the comparison of a study has been shown, unless it was before.

    Args:
        workspace: that holds the study.
        study: whose comparison is shown.
        finished: settings of the runs that are compared; a single one is no comparison.
    """
    if len(finished) < FEWEST_RUNS or _is_recorded(study, finished):
        return
    # A deleted study and a workspace that cannot be written, such as a backup, can be shown all the same.
    with contextlib.suppress(JobNotFound, OSError), FileLock(workspace.root / LOCK_FILE):
        stored, now = load_study(workspace, study.study_id), time.time()
        if not _is_recorded(stored, finished):
            first_test = stored.first_test or (now if _has_test(finished) else None)
            save_study(workspace, replace(stored, first_look=stored.first_look or now, first_test=first_test))


def _is_recorded(study: Study, finished: Sequence[RunConfig]) -> bool:
    return study.first_look is not None and (study.first_test is not None or not _has_test(finished))


def _has_test(finished: Sequence[RunConfig]) -> bool:
    seeds = Counter(run.network_settings for run in {run.model_copy(update={"fold": 0}) for run in finished})
    return sum(number >= FEWEST_SEEDS for number in seeds.values()) >= FEWEST_NETWORKS


def merged_study(studies: Sequence[Study]) -> Study:
    """Return the first study with the runs of all of them.

    A run counts as added after a look where it was, and where its study was started after a look at another one with
    the same network.

    Args:
        studies: one or more on the same photos.
    """
    config = studies[0].config.model_copy(update={"runs": tuple(run for study in studies for run in study.config.runs)})
    return replace(
        studies[0],
        config=config,
        run_ids=tuple(dict.fromkeys(run_id for study in studies for run_id in study.run_ids)),
        added_after_look=_added(studies, "first_look", "added_after_look"),
        added_after_test=_added(studies, "first_test", "added_after_test"),
    )


def _added(studies: Sequence[Study], event: str, mark: str) -> tuple[str, ...]:
    """Return the ids of the runs that were added after an event of their own or of an earlier study."""
    added = []
    for study in studies:
        earlier = [other for other in studies if (getattr(other, event) or study.created_at) < study.created_at]
        seen = {run.network_settings for other in earlier for run in other.config.runs}
        pairs = zip(study.run_ids, study.config.runs, strict=False)
        added += [run_id for run_id, run in pairs if run_id in getattr(study, mark) or run.network_settings in seen]
    return tuple(added)
