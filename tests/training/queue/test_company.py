"""Runs that are trained beside others, against the same runs trained one after the other."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
import pytest

from emotion_core.files import read_json
from emotion_core.settings import open_workspace
from emotion_core.training import Run, RunConfig, StudyConfig, find_run, set_runs_at_once, start_study, stop_run
from emotion_core.training.queue import threads_per_run

pytestmark = pytest.mark.slow

Wait = Callable[[Callable[[], Any], str], Any]
ACTIVATIONS = ("relu", "tanh", "sigmoid")
SETTINGS: dict[str, Any] = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,)}
SETTINGS |= {"epochs": 10, "batch_size": 2, "dropout": 0.3, "flip": True}


class Companies(NamedTuple):
    """The same networks trained in two ways.

    Attributes:
        together: their runs, beside another run, the first one killed on the way.
        alone: their runs, one after the other with as many threads.
        neighbor: the run beside them, stopped at the end.
        pids: of the neighbor and of the first run, when both had begun.
    """

    together: list[Run]
    alone: list[Run]
    neighbor: Run
    pids: tuple[int, int]


@pytest.fixture(scope="module")
def companies(
    tmp_path_factory: pytest.TempPathFactory,
    add_photos: Callable[..., list[str]],
    wait_until: Wait,
    end_processes_below: Callable[[Path], None],
) -> Iterator[Companies]:
    """Train three activations beside a run without an end, killing the first one; then the three by themselves."""
    workspace = open_workspace(tmp_path_factory.mktemp("company"))
    add_photos(workspace, happy=10, sad=10)
    epochs = dict(zip(ACTIVATIONS, (20, 6, 6), strict=True))
    runs = tuple(RunConfig(**{**SETTINGS, "hidden_activation": name, "epochs": epochs[name]}) for name in ACTIVATIONS)
    endless = RunConfig(**{**SETTINGS, "epochs": 1000}, seed=1)

    def trained(configs: tuple[RunConfig, ...], at_once: int) -> list[str]:
        set_runs_at_once(workspace, at_once)
        return list(start_study(workspace, StudyConfig(runs=configs)).run_ids)

    def read(run_ids: list[str]) -> list[Run]:
        return [find_run(workspace, run_id) for run_id in run_ids]

    with pytest.MonkeyPatch.context() as patch:
        # A run alone has TensorFlow's own number of threads, which is here the number beside another one.
        patch.setenv("TF_NUM_INTRAOP_THREADS", str(threads_per_run(2)))
        beside, *together = trained((endless, *runs), 2)
        begun = [beside, together[0]]
        wait_until(lambda: all(run.epochs for run in read(begun)), "two train beside each other")
        pids = [read_json(run.path / "process.json")["pid"] for run in read(begun)]
        psutil.Process(pids[1]).kill()
        wait_until(lambda: all(run.state.name == "finished" for run in read(together)), "all have gone on and finished")
        stop_run(workspace, *read([beside]))
        wait_until(lambda: all(run.state.ended for run in read([beside])), "the other one has stopped")
        alone = trained(runs, 1)
        wait_until(lambda: all(run.state.name == "finished" for run in read(alone)), "all have finished by themselves")
    yield Companies(read(together), read(alone), read([beside])[0], (pids[0], pids[1]))
    end_processes_below(workspace.root)


def test_numbers_do_not_depend_on_company(companies: Companies) -> None:
    """Epochs and predictions are the same to the last bit, for each activation and for the run that was killed."""
    for beside, single in zip(companies.together, companies.alone, strict=True):
        assert beside.config == single.config
        epochs = [[vars(epoch) | {"seconds": None} for epoch in run.epochs] for run in (beside, single)]
        assert epochs[0] == epochs[1]
        assert len(epochs[0]) == beside.config.epochs
        scores, expected = beside.scores(), single.scores()
        assert scores is not None
        assert expected is not None
        np.testing.assert_array_equal(scores.p_sad, expected.p_sad)


def test_killed_process_costs_its_own_run_an_epoch_at_most(companies: Companies) -> None:
    """Each run has a process of its own: the one beside it trains on, and stops when it is asked to."""
    assert len(set(companies.pids)) == 2
    killed = [record for record in companies.together[0].folder.records() if record["event"] == "epoch"]
    assert len(killed) - companies.together[0].config.epochs in (0, 1)
    neighbor = companies.neighbor
    assert neighbor.state.name == "stopped"
    assert not [record for record in neighbor.folder.records() if record["event"] == "resumed"]
    assert 0 < len(neighbor.epochs) < neighbor.config.epochs
