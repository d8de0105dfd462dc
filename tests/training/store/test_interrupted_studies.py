"""Studies whose creation, growth or restart was interrupted between any two steps."""

import os
from pathlib import Path

import pytest

from emotion_core.jobs import JobFolder, prepare_folders
from emotion_core.settings import Workspace
from emotion_core.training import list_runs, list_studies
from emotion_core.training.store import publish_interrupted_runs
from tests.deaths import die_at_each_step
from tests.training.store.deaths_of_studies import FIRST, RUNS, prepare

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="deaths are tried in forked processes")
MODULE = "tests.training.store.deaths_of_studies"


def _runs_after(folder: Path) -> list[int]:
    """Return the number of runs of each study, once what was interrupted has been completed."""
    workspace = Workspace(folder)
    publish_interrupted_runs(workspace)
    there = {run.run_id for run in list_runs(workspace)}
    studies = list_studies(workspace)
    assert there == {run_id for study in studies for run_id in study.run_ids}
    return [len(study.run_ids) for study in reversed(studies)]


@pytest.mark.parametrize(("function", "before", "after"), [("create", [3], [3, 3]), ("add", [3], [5])])
def test_runs_are_all_there_or_none(tmp_path: Path, function: str, before: list[int], after: list[int]) -> None:
    """Up to the instant at which the study lists them there is none; from then on, every one of them."""
    seen = [_runs_after(folder) for folder in die_at_each_step(MODULE, function, tmp_path)]
    assert len(seen) > 2 * RUNS
    turn = seen.index(after)
    assert (seen[:turn], seen[turn:]) == ([before] * turn, [after] * (len(seen) - turn))
    # At least one death lies between the instant and the end.
    assert 0 < turn < len(seen) - 1


def test_a_restart_keeps_the_run_until_the_new_one_is_there(tmp_path: Path) -> None:
    """The old run is finished, or the new one is queued; in between there is no run that is lost."""
    states = []
    for folder in die_at_each_step(MODULE, "start_over", tmp_path):
        assert _runs_after(folder) == [RUNS]
        states.append(JobFolder(Workspace(folder).runs / f"{FIRST}-r001").state().name)
    turn = states.index("queued")
    assert states == ["finished"] * turn + ["queued"] * (len(states) - turn)
    assert 0 < turn < len(states) - 1


def test_a_deleted_run_does_not_come_back(tmp_path: Path) -> None:
    """What was made aside for its restart goes with it."""
    prepare(tmp_path)
    run = JobFolder(Workspace(tmp_path).runs / f"{FIRST}-r001")
    prepare_folders({run.path: run.settings()})
    run.delete()
    publish_interrupted_runs(Workspace(tmp_path))
    assert not run.path.exists()
