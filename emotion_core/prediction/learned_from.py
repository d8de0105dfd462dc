"""What a network learned from: photos of faces, or anything else."""

from collections.abc import Sequence

from emotion_core.dataset import Catalog, load_snapshot
from emotion_core.errors import EmotionError
from emotion_core.settings import Workspace
from emotion_core.training import Run

# The detector finds a face in 98 of 100 drawn ones and in each of 480 web photos that show one.
FACES_SHARE = 0.9
# A snapshot's first photos come from one source; so many of its training photos, evenly spread, are asked about.
PHOTOS_ASKED = 1000


def learned_from_faces(run: Run) -> bool:
    """Return whether a run's network learned from photos of faces, so that it has no answer for anything else.

    The catalog knows which training photos show a face. Where it does not, a network that is cropped to faces counts.

    Args:
        run: a finished run.
    """
    faces = _faces_in_training_photos(run)
    if not faces:
        return run.config.face_crop
    return sum(map(bool, faces)) >= FACES_SHARE * len(faces)


def _faces_in_training_photos(run: Run) -> Sequence[int]:
    """Return how many faces each training photo shows, of those that are still there and were checked for faces."""
    try:
        workspace = Workspace(run.path.parents[1])
        # Opening a catalog creates it.
        if not workspace.catalog.exists():
            return []
        snapshot = load_snapshot(workspace, run.snapshot)
        ids = [snapshot.items[row].photo_id for row in snapshot.rows("train")]
        photos = Catalog(workspace).photos_of(ids[:: len(ids) // PHOTOS_ASKED + 1])
    except EmotionError:
        # A network predicts without its photos, too.
        return []
    return [len(photo.faces) for photo in photos if photo.faces is not None]
