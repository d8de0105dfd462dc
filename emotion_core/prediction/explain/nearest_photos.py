"""Which training photos a network takes for most like a photo: near one another in its last hidden layer."""

import contextlib
import io
import zipfile
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_core.dataset import Catalog, Snapshot, load_snapshot, snapshot_pixels, to_pixels
from emotion_core.dataset.snapshots import release
from emotion_core.errors import DataError
from emotion_core.files import write_bytes
from emotion_core.images import InputSpec, Pixels
from emotion_core.prediction.classifier import Classifier
from emotion_core.settings import Workspace
from emotion_core.training import Run

VECTORS_FILE = "training_vectors.npz"
PHOTOS_AT_ONCE = 512
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SimilarPhoto:
    """A training photo that is like another in the eyes of a network.

    Attributes:
        photo_id: in the catalog.
        label: ``happy`` or ``sad``, as the network was taught.
        similarity: cosine of the angle between what the last hidden layer says of both, -1 to 1.
    """

    photo_id: str
    label: str
    similarity: float


def similar_photos(
    workspace: Workspace, run: Run, classifier: Classifier, pixels: Pixels, count: int = 6
) -> list[SimilarPhoto]:
    """Return the training photos that are most like a picture, the most similar first.

    What the network makes of its training photos is worked out once and kept in the run's folder.

    Args:
        workspace: that holds the run and its photos.
        run: a finished run.
        classifier: its network.
        pixels: uint8 as the network is shown them, ``classifier.input_spec.shape``.
        count: how many at most; photos that were deleted since are left out.

    Raises:
        DataError: the run's snapshot is missing, or a photo's file is damaged.
    """
    snapshot = load_snapshot(workspace, run.snapshot).of_fold(run.config.fold)
    labels = {item.photo_id: item.label for item in snapshot.items if item.split == "train"}
    catalog = Catalog(workspace)
    ids, vectors = _training_vectors(catalog, run, classifier, snapshot)
    gone = set(catalog.missing(ids))
    if len(gone) == len(ids):
        return []
    similarity = _unit(vectors) @ _unit(_hidden(classifier, [pixels]))[0]
    nearest = [row for row in np.argsort(-similarity, kind="stable") if ids[row] not in gone]
    return [SimilarPhoto(ids[row], labels[ids[row]], float(similarity[row])) for row in nearest[:count]]


def _training_vectors(
    catalog: Catalog, run: Run, classifier: Classifier, snapshot: Snapshot
) -> tuple[list[str], Vectors]:
    """Return ids of training photos, and what the last hidden layer says of them, of shape ``(n, units)``."""
    path = run.path / VECTORS_FILE
    # A damaged file is as good as none. NumPy leaves one open that it cannot read, so it gets the bytes.
    with contextlib.suppress(OSError, ValueError, KeyError, zipfile.BadZipFile):
        kept = np.load(io.BytesIO(path.read_bytes()))
        return kept["photo_ids"].tolist(), kept["vectors"]
    ids, pixels = _training_pixels(catalog, classifier.input_spec, snapshot)
    vectors = _hidden(classifier, pixels)
    out = io.BytesIO()
    np.savez(out, photo_ids=np.array(ids, dtype=str), vectors=vectors)
    write_bytes(path, out.getvalue())
    return ids, vectors


def _training_pixels(catalog: Catalog, view: InputSpec, snapshot: Snapshot) -> tuple[list[str], list[Pixels]]:
    """Return ids and pixels of the training photos that are still in the catalog."""
    rows = snapshot.rows("train")
    ids = [snapshot.items[row].photo_id for row in rows]
    photos = catalog.photos_of(ids)
    if len(photos) == len(ids):
        with contextlib.suppress(DataError):  # of a photo that is gone from another part of the snapshot
            cached = snapshot_pixels(catalog, snapshot, view)
            return ids, [cached[row] for row in rows]
    return [photo.photo_id for photo in photos], [to_pixels(catalog.read(photo), view) for photo in photos]


def _hidden(classifier: Classifier, pixels: list[Pixels]) -> Vectors:
    if not pixels:
        return np.zeros((0, 1), dtype=np.float32)
    found = []
    for start in range(0, len(pixels), PHOTOS_AT_ONCE):
        found.append(classifier.network.hidden.run(pixels[start : start + PHOTOS_AT_ONCE])[0])
        # All photos of a large study would stay in memory otherwise.
        release(pixels[start])
    return np.concatenate(found)


def _unit(vectors: Vectors) -> Vectors:
    """Return vectors of length 1 in the same directions; nothing stays nothing."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
