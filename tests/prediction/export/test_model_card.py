"""The model card: correct numbers, all sections, and no markup from user text."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from emotion_core.dataset import Catalog, delete_photos
from emotion_core.documents import read_document, write_document
from emotion_core.evaluation.comparison import StudyComparison, compare_study, study_baseline
from emotion_core.prediction import decision_of, model_card, threshold_of
from emotion_core.settings import Workspace
from emotion_core.training import Run, Scores, list_runs, load_study


@pytest.fixture
def copied(studied: Workspace, tmp_path: Path) -> tuple[Workspace, Run]:
    """Return a copy of the studied workspace that may be changed, and its finished run."""
    shutil.copytree(studied.root, tmp_path / "copied")
    workspace = Workspace(tmp_path / "copied")
    return workspace, next(run for run in list_runs(workspace) if run.state.name == "finished")


def compared(workspace: Workspace, run: Run) -> StudyComparison:
    """Return the run's study."""
    return compare_study(workspace, load_study(workspace, run.study_id))


def card_of(workspace: Workspace, run: Run, shipped: Scores | None = None) -> str:
    """Return the card of a run as its folder is now."""
    baseline = study_baseline(workspace, load_study(workspace, run.study_id))
    return model_card(workspace, Run(run.folder), compared(workspace, run), baseline, shipped)


def changed(run: Run, **settings: object) -> None:
    """Change settings in the folder of a run."""
    stored = read_document(run.path / "settings.json")
    write_document(run.path / "settings.json", {**stored, "config": {**stored["config"], **settings}})


def test_card_has_the_sections_that_a_stranger_looks_for(studied: Workspace, finished: Run) -> None:
    """What it is, use, input, photos, figures, comparison, gaps, training, environment, in this order."""
    lines = card_of(studied, finished).splitlines()
    assert lines[0] == f"# {finished.config.label}"
    titles = ["Intended use", "How photos reach it", "Photos", "How good it is", "What it was compared with"]
    titles += ["Diagnosis and known gaps", "Training", "Environment"]
    assert [line[3:] for line in lines if line.startswith("## ")] == titles


def test_card_counts_the_photos_by_part_label_and_source(studied: Workspace, finished: Run) -> None:
    """The counts are those of the frozen photos, of which 32 were imported."""
    card = card_of(studied, finished)
    scores = finished.scores()
    counts = [scores.splits.count(split) for split in ("train", "validation", "test")]
    assert f"{counts[0]} for training, {counts[1]} for validation, {counts[2]} for test" in card
    labels = scores.of("test")[0]
    assert f"| test | {sum(labels == 0)} | {sum(labels == 1)} |" in card
    assert "| files | 16 | 16 |" in card
    assert finished.snapshot in card


def test_card_says_where_the_split_came_from(copied: tuple[Workspace, Run]) -> None:
    """A random split has its seed; that of the data set says what was drawn and left out."""
    workspace, run = copied
    seed = load_study(workspace, run.study_id).config.split_seed
    assert f"for test, drawn with seed {seed}." in card_of(workspace, run)
    path = workspace.snapshots / run.snapshot / "snapshot.json"
    path.chmod(0o644)
    split = {"drawn": ["validation"], "without_split": 1, "near_copies": 0, "copied": 0}
    write_document(path, {**read_document(path), "predefined": split})
    card = card_of(workspace, run)
    assert "for test. The split is the data set's own. It has no validation part" in card
    assert "1 photo without a split is left out." in card
    assert "drawn with seed" not in card


def test_figures_are_those_of_the_test_photos(studied: Workspace, finished: Run) -> None:
    """AUC, and at the validation threshold shares with Wilson's intervals."""
    card = card_of(studied, finished)
    scores = finished.scores()
    labels, p_sad = scores.of("test")
    assert f"test AUC {roc_auc_score(labels, p_sad):.3f}" in card
    right, n = int(((p_sad >= threshold_of(scores)) == labels).sum()), len(labels)
    interval = binomtest(right, n).proportion_ci(method="wilson")
    assert f"| accuracy | {right} of {n} | {right / n:.3f} | {interval.low:.3f} to {interval.high:.3f} |" in card


def test_card_says_the_numbers_that_the_app_decides_by(studied: Workspace, finished: Run) -> None:
    """Threshold with interval, a band for each limit and the calibration are those of the delivered network."""
    labels = np.tile([0, 1], 90)
    p_sad = 1 / (1 + np.exp(-(np.random.default_rng(0).normal(size=180) + 2 * labels - 1)))
    splits = ("validation",) * 120 + ("test",) * 60
    shipped = Scores(tuple(map(str, range(180))), labels, splits, p_sad)
    decision, card = decision_of(shipped), card_of(studied, finished, shipped)
    assert f"A photo counts as sad from P(sad) = {decision.threshold_sentence}." in card
    assert f"test AUC {roc_auc_score(*shipped.of('test')):.3f}" in card
    for choice in decision.bands:
        assert f"From {choice.band.low:.3f} to {choice.band.high:.3f} it is **not sure**" in card
        assert choice.sentence in card
    assert f"({decision.calibration.slope:.3f} · logit(p) {decision.calibration.intercept:+.3f})" in card


def test_card_of_a_network_with_few_validation_photos_promises_nothing(studied: Workspace, finished: Run) -> None:
    """It is never sure, and its P(sad) is not calibrated."""
    card = card_of(studied, finished)
    assert "Never sure: no P(sad) keeps wrong sure answers to 1 in 10." in card
    assert "P(sad) is the network's output as it is" in card


def test_card_says_how_photos_are_seen(copied: tuple[Workspace, Run]) -> None:
    """Colours, interpolation and face crop are those of the settings, and so is what is known of it."""
    workspace, run = copied
    card = card_of(workspace, run)
    assert "(n, 16, 16, 3), values 0 to 255, RGB,\n  resized (bilinear)" in card
    assert "It sees the whole photo" in card
    changed(run, color="grey", interpolation="area", face_crop=True)
    card = card_of(workspace, run)
    assert "(n, 16, 16, 1), values 0 to 255, brightness (ITU-R BT.601), cut to a face where one is found" in card
    assert "resized (area)" in card
    assert "classifies each face by itself" in card
    assert "| `face_crop` | True | False |" in card


def test_card_names_the_statistics_of_batch_normalization(copied: tuple[Workspace, Run]) -> None:
    """Where nothing was recorded they were Keras' averages; without batch normalization there are none."""
    workspace, run = copied
    assert "batch normalization" not in card_of(workspace, run)
    changed(run, batch_normalization=True)
    assert "batch normalization predicts with moving averages of momentum 0.99." in card_of(workspace, run)
    run.folder.append({"event": "begin", "batch_norm_statistics": "renewed"})
    assert "predicts with statistics that were renewed over the training photos" in card_of(workspace, run)


def test_photos_that_were_deleted_since_are_counted(copied: tuple[Workspace, Run]) -> None:
    """The card keeps to the frozen photos, and says of how many it no longer knows the source."""
    workspace, run = copied
    catalog = Catalog(workspace)
    delete_photos(catalog, [photo.photo_id for photo in catalog.usable_photos()][:3])
    card = card_of(workspace, run)
    assert "3 of the photos were deleted since" in card
    shutil.rmtree(workspace.snapshots)
    assert "The snapshot is missing" in card_of(workspace, run)


def test_text_from_elsewhere_draws_nothing(copied: tuple[Workspace, Run]) -> None:
    """A typed name or a web address cannot put an image, a tag or a column into the card."""
    workspace, run = copied
    changed(run, name="![x](http://a.example/p.png) <b> | a")
    with Catalog(workspace).connection() as connection:
        connection.execute("UPDATE photos SET source_url = 'http://a|<i>b/p.jpg'")
    card = card_of(workspace, run)
    assert card.startswith(r"# !\[x\](http://a.example/p.png) \<b\> \| a")
    assert "![" not in card and "<b>" not in card and "<i>" not in card
