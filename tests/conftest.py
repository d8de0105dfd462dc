"""What tests of pages and of the whole app share: photos, tiny networks, a study that has been trained, patience."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog, Origin
from emotion_core.files import read_json, write_json
from emotion_core.settings import STARTER_WEIGHTS_VARIABLE, WARM_VARIABLE, Workspace, open_workspace
from emotion_core.training import Study, StudyPlan, runs_of, start_study

# No process is left waiting for a run that no test starts; tests of that process switch it on.
os.environ[WARM_VARIABLE] = "off"

TINY = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "epochs": 2}
PATIENCE_SECONDS = 120


def _wait_until(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, f"Waited {PATIENCE_SECONDS} s in vain until {what}."
        time.sleep(0.1)
    return found


def _add_photos(workspace: Workspace, *, happy: int = 0, sad: int = 0) -> list[str]:
    catalog = Catalog(workspace)
    wanted = [("happy", number) for number in range(happy)] + [("sad", number) for number in range(sad)]
    return [
        catalog.add(photo_bytes(label, number), label=label, origin=Origin(f"{label}-{number}.jpg")).photo_id
        for label, number in wanted
    ]


def _start_tiny_study(workspace: Workspace, activations: tuple[str, ...] = ("relu",), **settings: Any) -> Study:
    plan = StudyPlan(vary={"hidden_activation": activations}, settings={**TINY, **settings})
    return start_study(workspace, plan.study())


def _end_processes(folder: Path) -> None:
    """End what was started below this folder: its path is on the command line of workers and dispatchers."""
    for process in psutil.process_iter(["cmdline"]):
        if any(str(folder) in word for word in process.info["cmdline"] or ()):
            process.kill()


@pytest.fixture(scope="session")
def wait_until() -> Callable[[Callable[[], Any], str], Any]:
    """Return what waits until a condition holds and gives its value, or fails after minutes."""
    return _wait_until


@pytest.fixture(scope="session")
def add_photos() -> Callable[..., list[str]]:
    """Return what adds drawn photos to a workspace's catalog and gives their ids: the happy ones first."""
    return _add_photos


@pytest.fixture(scope="session")
def start_tiny_study() -> Callable[..., Study]:
    """Return what starts a study of networks that train in a moment."""
    return _start_tiny_study


@pytest.fixture(scope="session")
def end_processes_below() -> Callable[[Path], None]:
    """Return what ends the processes that work below a folder."""
    return _end_processes


@pytest.fixture(scope="session")
def starter_weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a file of drawn weights with which networks begin that begin with the starter's blocks."""
    import keras

    from emotion_core.network import STARTER, build, save_weights

    keras.utils.set_random_seed(0)
    model, rng = build(STARTER), np.random.default_rng(0)
    # Normalisation begins with means of 0 and variances of 1, which would hide which is which.
    arrays = model.get_weights()
    model.set_weights([one + 0.1 * abs(rng.normal(size=one.shape)) * (one.ndim == 1) for one in arrays])
    path = tmp_path_factory.mktemp("starter") / "weights.npz"
    save_weights(model, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STARTER_WEIGHTS_VARIABLE, str(path))
        yield path


@pytest.fixture
def end_processes(tmp_path: Path) -> Iterator[None]:
    """End, after the test, the processes that work in its folder."""
    yield
    _end_processes(tmp_path)


@pytest.fixture(scope="session")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace with 32 photos and a study whose first run has finished and whose second has failed.

    Copy it before changing anything in it.
    """
    workspace = open_workspace(tmp_path_factory.mktemp("studied"))
    _add_photos(workspace, happy=16, sad=16)
    study = _start_tiny_study(workspace, ("relu", "tanh"))
    settings = workspace.runs / study.run_ids[1] / "settings.json"
    # The second run waits for the first; without its snapshot it cannot but fail.
    write_json(settings, {**read_json(settings), "snapshot": "gone"})
    _wait_until(lambda: not any(run.state.active for run in runs_of(workspace, study)), "the tiny study has ended")
    assert [run.state.name for run in runs_of(workspace, study)] == ["finished", "failed"]
    return workspace


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let the processes that a test starts react to Ctrl+C.

    A shell without job control starts background commands with SIGINT ignored. Children inherit that, and Python
    installs no handler for an ignored signal, so such a child would never see KeyboardInterrupt.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
