"""What a run leaves in its folder while it trains, and what TensorBoard finds there."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_core.jobs import JobFolder
from emotion_core.training import Run, RunConfig
from emotion_core.training.engine import PhotoDataset, trainer_of
from emotion_core.training.monitor import Recorder
from emotion_core.training.monitor.recorder import ROC_POINTS, roc_record

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]


def photos(count: int) -> PhotoDataset:
    """Return photos of which every third is sad."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, 16, 16, 3), dtype=np.uint8)
    return PhotoDataset(pixels, (np.arange(count) % 3 == 0).astype(np.int64))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run of three epochs whose output is dead from the beginning."""
    config = RunConfig(image_size=16, filters=(4,), kernel_size=3, dense_units=(8,), epochs=3, output_activation="relu")
    folder = JobFolder(tmp_path_factory.mktemp("runs") / "run-1")
    folder.create({"study": "one", "snapshot": "none", "config": config.model_dump()})
    run, trainer = Run(folder), trainer_of(config)
    trainer.model.get_layer("output").bias.assign([-100.0])
    recorder = Recorder(run, trainer, photos(21))
    recorder.begin({"train": 21, "validation": 9})
    for result in trainer.epochs(photos(21), photos(9)):
        recorder.epoch(result)
    recorder.end(2)
    return run


def test_records_of_a_run(recorded: Run) -> None:
    """Environment, every epoch with its ROC curve, looks at the beginning and the end, the kept epoch are there."""
    [begin] = recorded.folder.records("begin")
    assert (begin["train"], begin["validation"], begin["environment"]["seed"]) == (21, 9, 0)
    assert "batch_norm_statistics" not in begin
    assert begin["environment"].keys() >= {"tensorflow", "keras", "cpu", "cores", "threads", "deterministic"}
    assert [record["epoch"] for record in recorded.folder.records("epoch")] == [1, 2, 3]
    assert [record["validation_highest"] for record in recorded.folder.records("epoch")] == [0, 0, 0]
    assert [record["epoch"] for record in recorded.folder.records("roc")] == [1, 2, 3]
    looked = [record["epoch"] for record in recorded.folder.records("probe")]
    assert (looked[0], looked[-1]) == (0, 3)
    assert recorded.kept_epoch == 2


def test_renewed_statistics_are_recorded(tmp_path: Path) -> None:
    """The run tells what its batch normalization predicts with; a record that does not is an earlier version's."""
    config = RunConfig(image_size=16, filters=(4,), kernel_size=3, batch_normalization=True)
    folder = JobFolder(tmp_path / "run-1")
    folder.create({"study": "one", "snapshot": "none", "config": config.model_dump()})
    folder.append({"event": "begin", "train": 21, "validation": 9})
    assert not Run(folder).history.has_renewed_statistics
    Recorder(Run(folder), trainer_of(config), photos(21)).begin({"train": 21, "validation": 9})
    assert Run(folder).history.has_renewed_statistics


def test_born_dead_is_said_before_the_first_step(recorded: Run) -> None:
    """The one warning of a dead network comes before its first epoch."""
    [warning] = recorded.folder.records("warning")
    assert (warning["code"], warning["epoch"]) == ("born_dead", 0)
    events = [record["event"] for record in recorded.folder.records()]
    assert events.index("warning") < events.index("epoch")


def test_tensorboard_shows_scalars_histograms_and_hyperparameters(recorded: Run) -> None:
    """TensorBoard reads the recorded epochs under the names that Keras' callback uses, and the settings."""
    from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

    board = EventMultiplexer().AddRunsFromDirectory(str(recorded.path / "tensorboard")).Reload()
    assert board.Runs().keys() == {".", "train", "validation"}
    train = board.GetAccumulator("train").Tags()["tensors"]
    assert {"epoch_loss", "epoch_auc", "epoch_learning_rate", "network/conv1/kernel/histogram"} <= set(train)
    assert {"conv1/activations/histogram", "output/gradient_norm"} <= set(train)
    assert "epoch_recall" in board.GetAccumulator("validation").Tags()["tensors"]
    content = board.SummaryMetadata(".", "_hparams_/session_start_info").plugin_data.content
    assert b"hidden_activation" in content
    assert b"run-1" in content


def test_a_run_that_goes_on_remembers_its_evidence(recorded: Run, tmp_path: Path) -> None:
    """What was said before the interruption is not said again, and there is no second look at the beginning."""
    folder = JobFolder(tmp_path / "run-2")
    folder.create(recorded.folder.settings())
    for record in recorded.folder.records():
        folder.append(record)
    folder.append({"event": "resumed", "epoch": 1})
    trainer = trainer_of(recorded.config)
    trainer.model.get_layer("output").bias.assign([-100.0])
    recorder, train = Recorder(Run(folder), trainer, photos(21)), photos(21)
    recorder.begin({"train": 21, "validation": 9}, epochs_done=1)
    for result in trainer.epochs(train, photos(9), first_epoch=2):
        recorder.epoch(result)
    assert [epoch.epoch for epoch in Run(folder).epochs] == [1, 2, 3]
    assert len(folder.records("warning")) == 1
    assert [record["epoch"] for record in folder.records("probe")].count(0) == 1


def steps_of(folder: Path, part: str, tag: str) -> list[int]:
    """Return the steps of a curve as its files have them, in order."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    files = sorted((folder / "tensorboard" / part).iterdir())
    events = [event for path in files for event in EventFileLoader(str(path)).Load()]
    return [event.step for event in events if any(value.tag == tag for value in event.summary.value)]


@pytest.mark.parametrize("done", [0, 1])
def test_tensorboard_has_each_epoch_once_after_an_interruption(recorded: Run, tmp_path: Path, done: int) -> None:
    """Epochs that are trained again replace those written before, even after a line that was cut short."""
    shutil.copytree(recorded.path, folder := tmp_path / "run-1")
    cut = next((folder / "tensorboard" / "train").iterdir())
    cut.write_bytes(cut.read_bytes()[:-7])
    trainer = trainer_of(recorded.config)
    recorder = Recorder(Run(JobFolder(folder)), trainer, photos(21))
    recorder.begin({"train": 21, "validation": 9}, epochs_done=done)
    for result in trainer.epochs(photos(21), photos(9), first_epoch=done + 1):
        recorder.epoch(result)
    for part in ("train", "validation"):
        assert steps_of(folder, part, "epoch_loss") == [1, 2, 3]
    assert steps_of(folder, "train", "network/conv1/kernel/histogram")[0] == 0
    looks = steps_of(folder, "train", "output/gradient_norm")
    assert looks == sorted(set(looks))


def test_the_last_epoch_before_early_stopping_has_a_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no look is due any more, the run's last epoch has one all the same, also where it comes early."""
    monkeypatch.setattr("emotion_core.training.monitor.recorder.SNAPSHOT_SHARE", 0.0)
    settings = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "learning_rate": 1.0}
    config = RunConfig(**settings, epochs=40, early_stopping=2)
    folder = JobFolder(tmp_path / "run-1")
    folder.create({"study": "one", "snapshot": "none", "config": config.model_dump()})
    trainer = trainer_of(config)
    recorder = Recorder(Run(folder), trainer, photos(21))
    recorder.begin({"train": 21, "validation": 9})
    for result in trainer.epochs(photos(21), photos(9)):
        recorder.epoch(result)
    last = folder.records("epoch")[-1]["epoch"]
    assert last < 40
    assert folder.records("probe")[-1]["epoch"] == last


@pytest.mark.parametrize("count", [6, 40, 2000])
def test_roc_points_lie_on_the_curve(count: int) -> None:
    """There are at most 50, ties taken together, from corner to corner, and each is a point of scikit-learn's curve."""
    from sklearn.metrics import roc_curve

    rng = np.random.default_rng(count)
    labels = np.arange(count) % 3 // 2
    p_sad = (labels + rng.normal(0, 1, count)).round(2).astype(np.float32)
    record = roc_record(labels, p_sad)
    assert record is not None
    points = list(zip(record["false_positive_rate"], record["true_positive_rate"], strict=True))
    assert len(points) <= ROC_POINTS
    assert (points[0], points[-1]) == ((0, 0), (1, 1))
    false_rate, true_rate, _ = roc_curve(labels, p_sad, drop_intermediate=False)
    every: set[Any] = set(zip(false_rate.round(4), true_rate.round(4), strict=True))
    assert set(points) <= every


def test_no_roc_curve_without_both_labels() -> None:
    """Where the validation photos have one label only, there is none."""
    assert roc_record(np.zeros(4, dtype=np.int64), np.linspace(0, 1, 4, dtype=np.float32)) is None
