"""The most similar training photos: compared in the last hidden layer, cached, and never stale."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from emotion_core.dataset import Catalog, delete_photos, load_snapshot, to_pixels
from emotion_core.prediction import Classifier, similar_photos
from emotion_core.prediction.explain.nearest_photos import VECTORS_FILE
from emotion_core.settings import Workspace
from emotion_core.training import Run, find_run


@pytest.fixture
def copy(studied: Workspace, finished: Run, tmp_path: Path) -> tuple[Workspace, Run]:
    """Return a copy of the studied workspace that may be changed, and its finished run."""
    shutil.copytree(studied.root, tmp_path / "copy")
    workspace = Workspace(tmp_path / "copy")
    return workspace, find_run(workspace, finished.run_id)


def _training_ids(workspace: Workspace, run: Run) -> list[str]:
    return [item.photo_id for item in load_snapshot(workspace, run.snapshot).items if item.split == "train"]


def _ask(workspace: Workspace, run: Run, photo_id: str, count: int = 6) -> list[tuple[str, float]]:
    catalog, classifier = Catalog(workspace), Classifier(run)
    pixels = to_pixels(catalog.read(catalog.photo(photo_id)), classifier.input_spec)
    return [(photo.photo_id, photo.similarity) for photo in similar_photos(workspace, run, classifier, pixels, count)]


def test_training_photo_is_most_similar_to_itself(copy: tuple[Workspace, Run]) -> None:
    """Itself comes first with similarity 1, the others after it in falling order, training photos only."""
    workspace, run = copy
    ids = _training_ids(workspace, run)
    similar = _ask(workspace, run, ids[3], count=100)
    assert similar[0] == (ids[3], pytest.approx(1, abs=1e-5))
    assert sorted(photo_id for photo_id, _ in similar) == sorted(ids)
    similarities = [similarity for _, similarity in similar]
    assert similarities == sorted(similarities, reverse=True)
    assert similarities[-1] < 0.9999


def test_vectors_are_worked_out_once_and_replaced_where_damaged(copy: tuple[Workspace, Run]) -> None:
    """The second call reads the file of the first; a damaged file is written again."""
    workspace, run = copy
    photo_id = _training_ids(workspace, run)[0]
    first, path = _ask(workspace, run, photo_id), run.path / VECTORS_FILE
    written = path.stat().st_mtime_ns
    assert _ask(workspace, run, photo_id) == first
    assert path.stat().st_mtime_ns == written
    path.write_bytes(path.read_bytes()[:200])
    assert _ask(workspace, run, photo_id) == first
    with np.load(path) as kept:
        assert kept["vectors"].shape == (len(_training_ids(workspace, run)), 8)


@pytest.mark.parametrize("kept_before", [True, False])
def test_deleted_photo_is_left_out(kept_before: bool, copy: tuple[Workspace, Run]) -> None:
    """Whether or not it was known before, a photo that was deleted is not offered any more."""
    workspace, run = copy
    ids = _training_ids(workspace, run)
    if kept_before:
        _ask(workspace, run, ids[0])
    delete_photos(Catalog(workspace), [ids[1]])
    assert {photo_id for photo_id, _ in _ask(workspace, run, ids[0], count=100)} == {*ids} - {ids[1]}


def test_nothing_is_similar_where_all_training_photos_were_deleted(copy: tuple[Workspace, Run]) -> None:
    """No photo is left to show, and that is no error."""
    workspace, run = copy
    delete_photos(Catalog(workspace), _training_ids(workspace, run))
    classifier = Classifier(run)
    assert similar_photos(workspace, run, classifier, np.zeros(classifier.input_spec.shape, np.uint8)) == []
