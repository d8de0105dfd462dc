"""Runs with nearly every setting switched on, trained by workers: repeatable, judged as kept, and never by a leak."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from emotion_core import images
from emotion_core.dataset import Catalog, load_snapshot, snapshot_pixels, to_pixels
from emotion_core.documents import read_document, write_document
from emotion_core.evaluation.comparison import StudyComparison, compare_study, workspace_champion
from emotion_core.prediction import Classifier
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Run, RunConfig, StudyConfig, list_studies, runs_of, start_study

pytestmark = pytest.mark.slow

ALL_ON: dict[str, Any] = {
    **{"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "output_activation": "linear"},
    **{"color": "grey", "interpolation": "area", "face_crop": True, "batch_normalization": True, "dropout": 0.3},
    **{"optimizer": "momentum", "learning_rate": 0.005, "schedule": "cosine", "class_weights": "balanced"},
    **{"flip": True, "rotation": 10.0, "brightness": 0.2, "crop": 0.1, "early_stopping": 2, "epochs": 20},
}
LEAKING = {**ALL_ON, "early_stopping": 0, "epochs": 2, "split": "reshuffled"}


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory, add_photos: Callable[..., Any], wait_until: Callable[..., Any]
) -> Workspace:
    """Return a workspace with one study: the same run twice, and one whose split is reshuffled."""
    workspace = open_workspace(tmp_path_factory.mktemp("trained"))
    add_photos(workspace, happy=14, sad=14)
    runs = tuple(RunConfig(**settings, seed=4) for settings in (ALL_ON, ALL_ON, LEAKING))
    study = start_study(workspace, StudyConfig(runs=runs))
    wait_until(lambda: not any(run.state.active for run in runs_of(workspace, study)), "the runs have ended")
    assert [run.state.name for run in runs_of(workspace, study)] == ["finished"] * 3
    return workspace


@pytest.fixture
def runs(trained: Workspace) -> list[Run]:
    """Return its runs: two alike and the leaking one."""
    [study] = list_studies(trained)
    return runs_of(trained, study)


@pytest.fixture
def compared(trained: Workspace) -> StudyComparison:
    """Return the study compared."""
    [study] = list_studies(trained)
    return compare_study(trained, study)


def test_two_processes_with_the_same_settings_give_the_same_numbers(runs: list[Run]) -> None:
    """Losses, accuracies and scores are equal to the last digit."""
    first, second = (
        [
            {name: value for name, value in vars(epoch).items() if name not in ("seconds", "time")}
            for epoch in run.epochs
        ]
        for run in runs[:2]
    )
    assert first == second
    assert np.array_equal(runs[0].scores().p_sad, runs[1].scores().p_sad)


def test_run_that_stopped_early_is_judged_with_its_best_weights(runs: list[Run]) -> None:
    """The record names the epoch, and the scores on disk have exactly the validation loss of that epoch."""
    losses = [epoch.validation_loss for epoch in runs[0].epochs]
    kept = runs[0].kept_epoch
    assert kept == np.argmin(losses) + 1 == len(losses) - 2 < runs[0].config.epochs
    labels, p_sad = runs[0].scores().of("validation")
    loss = -np.log(np.where(labels == 1, p_sad, 1 - p_sad)).mean()
    assert loss == pytest.approx(losses[kept - 1], rel=1e-4)
    assert (runs[0].summary()["kept_epoch"], runs[0].progress) == (kept, 1.0)
    assert runs[2].kept_epoch is None


def test_prediction_sees_the_pixels_that_training_saw(trained: Workspace, runs: list[Run]) -> None:
    """A photo that is handed in as a file gets the pixels of the cache, and the score of the run."""
    catalog, classifier, scores = Catalog(trained), Classifier(runs[0]), runs[0].scores()
    pixels = snapshot_pixels(catalog, load_snapshot(trained, runs[0].snapshot), runs[0].config.input_spec)
    handed_in = [images.read(catalog.photo_path(catalog.photo(photo_id))).image for photo_id in scores.photo_ids]
    assert np.array_equal(np.stack([to_pixels(photo, classifier.input_spec) for photo in handed_in]), pixels)
    np.testing.assert_allclose(classifier.predict(handed_in), scores.p_sad, atol=1e-5)
    whole = snapshot_pixels(
        catalog, load_snapshot(trained, runs[0].snapshot), classifier.input_spec._replace(face_crop=False)
    )
    assert not np.array_equal(whole, pixels), "Without faces in the photos this would prove nothing of the crop."


def test_scores_of_a_leaking_run_name_the_parts_of_its_last_pass(runs: list[Run]) -> None:
    """The parts are as large as in the snapshot, and other photos are in them."""
    leaking, fixed = runs[2].scores(), runs[0].scores()
    assert sorted(leaking.splits) == sorted(fixed.splits)
    assert leaking.splits != fixed.splits
    assert leaking.photo_ids == fixed.photo_ids


def test_leaking_run_never_becomes_champion(trained: Workspace, runs: list[Run]) -> None:
    """With perfect scores, it is named as not eligible and is in no test, and the champion is another run."""
    stored = {run.path / "scores.json": read_document(run.path / "scores.json") for run in runs}
    # The networks are tiny and guess, and a network that guesses is no champion: the fixed ones get fair scores.
    for (path, scores), quality in zip(stored.items(), (0.2, 0.2, 1.0), strict=True):
        noise = np.random.default_rng(0).uniform(0, 0.5, len(scores["labels"])) * (quality < 1)
        write_document(path, {**scores, "p_sad": (quality * np.array(scores["labels"]) + noise).tolist()})
    [study] = list_studies(trained)
    compared, champion = compare_study(trained, study), workspace_champion(trained)
    for path, scores in stored.items():
        write_document(path, scores)
    assert compared.comparison.runs[2].validation_auc == 1
    assert champion is not None
    assert compared.comparison.champion == runs[0].run_id == champion.run_id
    assert f"Not eligible (leaking split): {runs[2].config.label}" in compared.comparison.reason
    assert all(runs[2].run_id not in (pair.a, pair.b) for pair in compared.comparison.pairs)
    assert len(compared.comparison.pairs) == 1


def test_leak_is_shown_in_label_and_diagnosis(compared: StudyComparison, runs: list[Run]) -> None:
    """The leak is shown wherever the run is; the other runs are diagnosed as usual."""
    assert runs[2].config.label.endswith("leaking split")
    assert compared.diagnoses[runs[2].run_id][0].code == "leaking_split"
    assert "trained on photos that it was tested on" in compared.comparison.runs[2].diagnosis
    assert compared.diagnoses[runs[0].run_id][0].code != "leaking_split"
    assert all(math.isfinite(epoch.loss) for run in runs for epoch in run.epochs)
