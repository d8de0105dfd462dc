"""Training photos that a network finds most similar to a photo: nearest neighbors in its last hidden layer."""

import contextlib
import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_core.dataset import Catalog, Snapshot, load_snapshot, snapshot_pixels, to_pixels
from emotion_core.dataset.snapshots import release
from emotion_core.errors import DataError
from emotion_core.files import read_arrays, write_bytes
from emotion_core.images import InputSpec, Pixels
from emotion_core.prediction.classifier import Classifier
from emotion_core.settings import Workspace
from emotion_core.training import Run

VECTORS_FILE = "training_vectors.npz"
PHOTOS_AT_ONCE = 512
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SimilarPhoto:
    """A training photo that a network finds similar to another photo.

    Attributes:
        photo_id: in the catalog.
        label: ``happy`` or ``sad``, as the network was trained on it.
        similarity: cosine similarity of the last hidden layer's outputs for both photos, -1 to 1.
    """

    photo_id: str
    label: str
    similarity: float


def similar_photos(
    workspace: Workspace, run: Run, classifier: Classifier, pixels: Pixels, count: int = 6
) -> list[SimilarPhoto]:
    """Return the training photos that are most similar to a photo, the most similar first.

    The vectors of the training photos are computed once and kept in the run's folder.

    Args:
        workspace: that holds the run and its photos.
        run: a finished run.
        classifier: the run's classifier.
        pixels: the network's input for the photo, uint8 of shape ``classifier.input_spec.shape``.
        count: the largest number to return; photos that were deleted since training are left out.

    Raises:
        DataError: the run's snapshot is missing, or a photo's file is damaged.
    """
    snapshot = load_snapshot(workspace, run.snapshot).of_fold(run.config.fold, run.config.seed)
    labels = {item.photo_id: item.label for item in snapshot.items if item.split == "train"}
    catalog = Catalog(workspace)
    ids, vectors = _training_vectors(catalog, run, classifier, snapshot)
    deleted = set(catalog.missing(ids))
    if len(deleted) == len(ids):
        return []
    similarity = _normalized(vectors) @ _normalized(_hidden_vectors(classifier, [pixels]))[0]
    nearest = [row for row in np.argsort(-similarity, kind="stable") if ids[row] not in deleted]
    return [SimilarPhoto(ids[row], labels[ids[row]], float(similarity[row])) for row in nearest[:count]]


def _training_vectors(
    catalog: Catalog, run: Run, classifier: Classifier, snapshot: Snapshot
) -> tuple[list[str], Vectors]:
    """Return the ids of training photos, and the last hidden layer's outputs for them, of shape ``(n, units)``."""
    path = run.path / VECTORS_FILE
    # A damaged file is computed again.
    stored = read_arrays(path)
    if stored is not None and stored.keys() >= {"photo_ids", "vectors"}:
        return stored["photo_ids"].tolist(), stored["vectors"]
    ids, pixels = _training_pixels(catalog, classifier.input_spec, snapshot)
    vectors = _hidden_vectors(classifier, pixels)
    buffer = io.BytesIO()
    np.savez(buffer, photo_ids=np.array(ids, dtype=str), vectors=vectors)
    write_bytes(path, buffer.getvalue(), durable=False)
    return ids, vectors


def _training_pixels(catalog: Catalog, input_spec: InputSpec, snapshot: Snapshot) -> tuple[list[str], list[Pixels]]:
    """Return ids and pixels of the training photos that are still in the catalog."""
    rows = snapshot.rows("train")
    ids = [snapshot.items[row].photo_id for row in rows]
    photos = catalog.photos_of(ids)
    if len(photos) == len(ids):
        # The cache holds all splits, so a deleted validation or test photo makes it unusable too.
        with contextlib.suppress(DataError):
            cached = snapshot_pixels(catalog, snapshot, input_spec)
            return ids, [cached[row] for row in rows]
    return [photo.photo_id for photo in photos], [to_pixels(catalog.read(photo), input_spec) for photo in photos]


def _hidden_vectors(classifier: Classifier, pixels: list[Pixels]) -> Vectors:
    if not pixels:
        return np.zeros((0, 1), dtype=np.float32)
    vectors = []
    for start in range(0, len(pixels), PHOTOS_AT_ONCE):
        vectors.append(classifier.network.hidden_extractor.run(pixels[start : start + PHOTOS_AT_ONCE])[0])
        # The pixels are memory-mapped: without this all photos of a large study would stay in memory.
        release(pixels[start])
    return np.concatenate(vectors)


def _normalized(vectors: Vectors) -> Vectors:
    """Return the vectors scaled to length 1; zero vectors stay zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
