"""A study against what needs no network, and against another study: on the same photos, or not at all."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion_core.dataset import Catalog, delete_photos, freeze, load_snapshot, snapshot_pixels
from emotion_core.documents import read_document, write_document
from emotion_core.errors import DataError
from emotion_core.evaluation.comparison import (
    StudyComparison,
    baseline_comparison,
    compare_studies,
    compare_study,
    study_baseline,
    why_not_comparable_studies,
)
from emotion_core.evaluation.comparison.compared_runs import slim_comparison
from emotion_core.evaluation.diagnosis import Baseline, Shortcut
from emotion_core.formatting import p_text
from emotion_core.images import InputSpec
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Study, list_studies, load_study, snapshot_rows
from emotion_core.training.checks import SplitPredictions

OTHER = "250101-000000-abcdef"
LABELS = np.tile([0, 1], 16)
PHOTO_IDS = tuple(f"{number:08x}" for number in range(len(LABELS)))


@pytest.fixture
def workspace(studied: Workspace, tmp_path: Path) -> Workspace:
    """Return a copy of the studied workspace whose test photos the champion ranks perfectly."""
    shutil.copytree(studied.root, tmp_path / "copy")
    workspace = open_workspace(tmp_path / "copy")
    rescore(workspace, only_study(workspace), lambda labels: labels)
    return workspace


def only_study(workspace: Workspace) -> Study:
    """Return the study that was trained, not the copy of it."""
    return list_studies(workspace)[0]


def rescore(workspace: Workspace, study: Study, score: Callable[[np.ndarray], np.ndarray]) -> None:
    """Give the study's first run other scores, made from 0 and 1 for each photo."""
    path = workspace.runs / study.run_ids[0] / "scores.json"
    stored = read_document(path)
    write_document(path, {**stored, "p_sad": score(np.array(stored["labels"], dtype=float)).tolist()})


def compared(workspace: Workspace, study: Study) -> StudyComparison:
    """Compare a study's runs."""
    return compare_study(workspace, study)


def add_other_study(workspace: Workspace, snapshot: str) -> Study:
    """Add an older study of the same finished run on a snapshot."""
    study = only_study(workspace)
    run_id = f"{OTHER}-r001"
    stored = read_document(workspace.studies / f"{study.study_id}.json")
    changed = {"study_id": OTHER, "run_ids": [run_id], "snapshot": snapshot, "created_at": 1.0}
    write_document(workspace.studies / f"{OTHER}.json", {**stored, **changed})
    shutil.copytree(workspace.runs / study.run_ids[0], workspace.runs / run_id)
    settings = workspace.runs / run_id / "settings.json"
    write_document(settings, {**read_document(settings), "study": OTHER, "snapshot": snapshot})
    return load_study(workspace, OTHER)


def test_baseline_is_measured_on_the_test_photos_of_the_snapshot(workspace: Workspace) -> None:
    """The photos are those of the test part, with the labels that were frozen, whatever they were changed to since."""
    study = only_study(workspace)
    before = study_baseline(workspace, study)
    items = [item for item in load_snapshot(workspace, study.snapshot).items if item.split == "test"]
    assert before is not None
    assert before.photo_ids == tuple(item.photo_id for item in items)
    catalog = Catalog(workspace)
    catalog.mark(catalog.photo_ids(), label="happy")
    after = study_baseline(workspace, study)
    assert after is not None
    assert after.labels.tolist() == [int(item.label == "sad") for item in items]
    assert after.shortcut == before.shortcut


def test_a_perfect_champion_is_clearly_better_than_a_number(workspace: Workspace) -> None:
    """On enough photos, a network that is always right is told from a number that knows nothing."""
    result = compared(workspace, only_study(workspace))
    champion = slim_comparison(result).champion
    perfect = SplitPredictions(LABELS, LABELS.astype(float))
    champion = replace(champion, scores=replace(champion.scores, photo_ids=PHOTO_IDS, test=perfect))
    shortcut = Shortcut("brightness", 0.5, 0.3, 0.7, len(LABELS), "darker")
    numbers = np.random.default_rng(0).random(len(LABELS))
    verdict = baseline_comparison(champion, Baseline(shortcut, PHOTO_IDS, LABELS, numbers)).sentence
    assert verdict.startswith(
        "Without any network, brightness alone reaches AUC .50 [.30–.70] on the test photos; "
        "in training photos the sad ones are darker."
    )
    assert "The champion is clearly better (AUC 1.00, " in verdict


def test_a_champion_that_is_no_better_than_a_number_is_told_so(workspace: Workspace) -> None:
    """Where the champion scores photos as the number does, nothing shows that it reads faces."""
    study = only_study(workspace)
    baseline = study_baseline(workspace, study)
    assert baseline is not None
    path = workspace.runs / study.run_ids[0] / "scores.json"
    stored = read_document(path)
    found = dict(zip(baseline.photo_ids, baseline.scores.argsort().argsort() / len(baseline.scores), strict=True))
    scores = [found.get(photo, score) for photo, score in zip(stored["photo_ids"], stored["p_sad"], strict=True)]
    write_document(path, {**stored, "p_sad": scores})
    verdict = baseline_comparison(slim_comparison(compared(workspace, study)).champion, baseline).sentence
    assert "The champion is not clearly better" in verdict
    assert verdict.endswith(f"reads faces rather than {baseline.shortcut.name}.")


def test_without_a_champion_the_number_stands_alone(workspace: Workspace) -> None:
    """Where no run has finished, what the number reaches is still said."""
    study = only_study(workspace)
    baseline = study_baseline(workspace, study)
    assert baseline is not None
    (workspace.runs / study.run_ids[0] / "scores.json").unlink()
    assert (
        "champion" not in baseline_comparison(slim_comparison(compared(workspace, study)).champion, baseline).sentence
    )


def test_the_baseline_is_part_of_the_comparison(workspace: Workspace) -> None:
    """Name, AUC, interval and the sentence on the champion are in the record and its JSON, null without a baseline."""
    study = only_study(workspace)
    baseline = study_baseline(workspace, study)
    assert baseline is not None
    result = compare_study(workspace, study, baseline=baseline)
    stored = result.comparison.as_json()["baseline"]
    shortcut = baseline.shortcut
    assert [stored[key] for key in ("name", "auc", "low", "high")] == [
        shortcut.name, shortcut.auc, shortcut.low, shortcut.high,
    ]  # fmt: skip
    assert stored["sentence"] == baseline_comparison(slim_comparison(result).champion, baseline).sentence
    assert "The champion is" in stored["sentence"]
    assert compared(workspace, study).comparison.as_json()["baseline"] is None


def test_finding_and_verdict_ask_one_question_with_one_answer(workspace: Workspace) -> None:
    """The suspected shortcut and the sentence on the champion give the same difference with the same p-value."""
    study = only_study(workspace)
    baseline = study_baseline(workspace, study)
    assert baseline is not None
    # Without doubt about the number itself, or the network would not be suspected.
    baseline = replace(baseline, shortcut=replace(baseline.shortcut, low=0.6))
    order = dict(zip(baseline.photo_ids, baseline.scores.argsort().argsort() / len(baseline.scores), strict=True))
    path = workspace.runs / study.run_ids[0] / "scores.json"
    stored = read_document(path)
    write_document(path, {**stored, "p_sad": [order.get(photo, 0.5) for photo in stored["photo_ids"]]})
    result = compare_study(workspace, study, baseline=baseline)
    [finding] = [one for one in result.diagnoses[study.run_ids[0]] if one.code == "shortcut_suspected"]
    champion = baseline_comparison(result.scores[study.run_ids[0]], baseline)
    assert champion.p_value is not None
    assert p_text(champion.p_value) in finding.evidence
    assert p_text(champion.p_value) in champion.sentence
    assert "is not clearly better" in champion.sentence


def test_a_lost_snapshot_has_no_baseline(workspace: Workspace) -> None:
    """A study whose snapshot is gone keeps its scores and says nothing of shortcuts."""
    study = only_study(workspace)
    shutil.rmtree(workspace.snapshots)
    assert study_baseline(workspace, study) is None
    assert compared(workspace, study).champion is not None


def test_a_deleted_photo_leaves_the_scores_and_ends_training_on_its_snapshot(workspace: Workspace) -> None:
    """After a photo was deleted everywhere, what was found stays readable, and nothing new is trained without it."""
    study = only_study(workspace)
    snapshot = load_snapshot(workspace, study.snapshot)
    before = compared(workspace, study)
    gone = next(item.photo_id for item in snapshot.items if item.split == "test")
    catalog = Catalog(workspace)
    delete_photos(catalog, [gone])
    assert compared(workspace, study).comparison == before.comparison
    baseline = study_baseline(workspace, study)
    assert baseline is not None
    assert len(baseline.photo_ids) == len(snapshot.rows("test")) - 1
    assert gone not in baseline.photo_ids
    assert "The champion" in baseline_comparison(slim_comparison(before).champion, baseline).sentence
    with pytest.raises(DataError, match=f"no longer in the catalog.*{gone}"):
        snapshot_pixels(catalog, snapshot, InputSpec(16))


def test_studies_on_one_snapshot_are_compared_as_one(workspace: Workspace) -> None:
    """The networks of two studies on the same photos have a name each, one champion, and a paired difference."""
    study = only_study(workspace)
    other = add_other_study(workspace, study.snapshot)
    rescore(workspace, other, lambda labels: 0.5 + 0.4 * np.where(np.arange(len(labels)) % 2, labels, 1 - labels))
    assert why_not_comparable_studies(workspace, study, other) is None
    found = compare_studies(workspace, [study, other])
    assert [run.name for run in found.runs] == ["relu · depth 1 · seed 0", "study 2: relu · depth 1 · seed 0"]
    assert [run.network for run in found.runs] == ["relu · depth 1", "study 2: relu · depth 1"]
    assert found.champion is found.runs[0]
    assert [one.run_id for one in found.comparison.against_champion] == list(other.run_ids)
    assert found.unfinished == (("tanh · depth 1 · seed 0", "failed"),)


def test_studies_on_other_photos_are_not_compared(workspace: Workspace) -> None:
    """Where a photo was relabelled between two studies, the sentence counts it."""
    study = only_study(workspace)
    catalog = Catalog(workspace)
    photo = catalog.photos(label="happy")[0]
    catalog.mark([photo.photo_id], label="sad")
    other = add_other_study(workspace, freeze(catalog).fingerprint)
    assert "1 labeled differently" in str(why_not_comparable_studies(workspace, study, other))


def test_a_lost_snapshot_is_the_reason_that_studies_are_not_compared(workspace: Workspace) -> None:
    """Studies on different snapshots of which one is gone cannot be compared, and the lost one is named."""
    study = only_study(workspace)
    other = add_other_study(workspace, "0123456789abcdef")
    assert "0123456789abcdef" in str(why_not_comparable_studies(workspace, study, other))


def test_snapshots_are_listed_with_their_studies(workspace: Workspace) -> None:
    """Each snapshot tells its photos in each part and the studies that stand on it, also where none does."""
    study = only_study(workspace)
    other = add_other_study(workspace, study.snapshot)
    unused = freeze(Catalog(workspace), seed=5)
    newest, first = snapshot_rows(workspace)
    assert (newest["snapshot"], newest["split seed"], newest["studies"]) == (unused.fingerprint, 5, "")
    assert (first["snapshot"], first["photos"], first["test"]) == (study.snapshot, 32, "3 + 3")
    assert first["studies"] == f"{study.title}; {other.title}"
