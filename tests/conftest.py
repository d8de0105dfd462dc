"""Fixtures for tests of pages and of the whole app: photos, tiny networks, a trained study, waiting."""

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
from emotion_core.dataset import Catalog, Origin, PhotoBatch
from emotion_core.documents import read_document, write_document
from emotion_core.evaluation.comparison import workspace_champion
from emotion_core.settings import STARTER_WEIGHTS_VARIABLE, WARM_VARIABLE, Workspace, open_workspace
from emotion_core.training import Study, StudyPlan, runs_of, start_study

# No standby worker is left waiting for a run that no test starts; tests of standby workers switch them on.
os.environ[WARM_VARIABLE] = "off"

TINY = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "epochs": 2}
PATIENCE_SECONDS = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run files with long tests first: one that begins last would keep a single process busy at the end."""
    long = {
        item.path for item in items if any(item.get_closest_marker(name) for name in ("slow", "browser", "cluster"))
    }
    items.sort(key=lambda item: item.path not in long)


def _wait_until(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, f"Waited {PATIENCE_SECONDS} s in vain until {what}."
        time.sleep(0.1)
    return value


def _add_photos(workspace: Workspace, *, happy: int = 0, sad: int = 0) -> list[str]:
    catalog = Catalog(workspace)
    wanted = [("happy", number) for number in range(happy)] + [("sad", number) for number in range(sad)]
    added: list[str] = []
    with catalog.kept_open(), PhotoBatch(catalog) as batch:
        for label, number in wanted:
            photo = catalog.prepare(photo_bytes(label, number), label=label, origin=Origin(f"{label}-{number}.jpg"))
            batch.put(photo, lambda addition: added.append(addition.photo_id))
    return added


def _start_tiny_study(workspace: Workspace, activations: tuple[str, ...] = ("relu",), **settings: Any) -> Study:
    plan = StudyPlan(vary={"hidden_activation": activations}, settings={**TINY, **settings})
    return start_study(workspace, plan.study())


def _end_processes(folder: Path) -> None:
    """End the processes started for this folder, whose path is on the command line of workers and dispatchers."""
    for process in psutil.process_iter(["cmdline"]):
        if any(str(folder) in word for word in process.info["cmdline"] or ()):
            process.kill()


@pytest.fixture(scope="session")
def wait_until() -> Callable[[Callable[[], Any], str], Any]:
    """Return a function that waits until a condition is true and returns its value, or fails after five minutes."""
    return _wait_until


@pytest.fixture(scope="session")
def add_photos() -> Callable[..., list[str]]:
    """Return a function that adds drawn photos to a workspace's catalog and returns their ids, happy ones first."""
    return _add_photos


@pytest.fixture(scope="session")
def start_tiny_study() -> Callable[..., Study]:
    """Return a function that starts a study of networks that train within seconds."""
    return _start_tiny_study


@pytest.fixture(scope="session")
def end_processes_below() -> Callable[[Path], None]:
    """Return a function that ends the processes working in a folder."""
    return _end_processes


@pytest.fixture(scope="session")
def starter_weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a file of random weights that stands in for the starter's."""
    import keras

    from emotion_core.network import STARTER, build, save_weights

    keras.utils.set_random_seed(0)
    model, rng = build(STARTER), np.random.default_rng(0)
    # Batch normalization starts with means of 0 and variances of 1; noise makes mixed-up arrays show.
    arrays = model.get_weights()
    noisy = [array + 0.1 * abs(rng.normal(size=array.shape)) * (array.ndim == 1) for array in arrays]
    model.set_weights(noisy)
    path = tmp_path_factory.mktemp("starter") / "weights.npz"
    save_weights(model, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STARTER_WEIGHTS_VARIABLE, str(path))
        yield path


@pytest.fixture
def end_processes(tmp_path: Path) -> Iterator[None]:
    """End the processes working in the test's folder after the test."""
    yield
    _end_processes(tmp_path)


@pytest.fixture(scope="session")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace with 32 photos and a study whose first run has finished and whose second has failed.

    Copy it before changing anything in it.
    """
    workspace = open_workspace(tmp_path_factory.mktemp("studied"))
    _add_photos(workspace, happy=16, sad=16)
    # A split on which the tiny network is above guessing on its validation photos, so that it is a champion.
    study = _start_tiny_study(workspace, ("relu", "tanh"), split_seed=2)
    settings = workspace.runs / study.run_ids[1] / "settings.json"
    # The second run waits for the first; without its snapshot it must fail.
    write_document(settings, {**read_document(settings), "snapshot": "gone"})
    _wait_until(lambda: not any(run.state.active for run in runs_of(workspace, study)), "the tiny study has ended")
    assert [run.state.name for run in runs_of(workspace, study)] == ["finished", "failed"]
    assert workspace_champion(workspace) is not None, (
        "the tiny network guesses on its validation photos: change the split"
    )
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
