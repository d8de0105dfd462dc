"""What a network learned from: photos of faces, or anything else."""

import functools
from collections.abc import Sequence
from pathlib import Path

from emotion_core.dataset import Catalog, detector_available, load_snapshot, shows_upright_face
from emotion_core.errors import DataError, EmotionError
from emotion_core.settings import Workspace
from emotion_core.training import Run

# The detector finds a face in 98 of 100 drawn ones and in each of 480 web photos that show one.
FACES_SHARE = 0.9
# A snapshot's first photos come from one source; so many of its training photos, evenly spread, are asked about.
PHOTOS_ASKED = 1000
# Photos that nothing was asked of so far: a second's work, and a set with a face in each almost never misses five.
PHOTOS_LOOKED_AT = 40
SEARCHED_SIDE_PX = 320


def learned_from_faces(run: Run) -> bool:
    """Return whether a run's network learned from photos of faces, so that it has no answer for anything else.

    The catalog knows which training photos show a face. Where it does not, some of them are searched, and where that
    cannot be done either, a network that is cropped to faces counts.

    Args:
        run: a finished run.
    """
    faces = _faces_in_training_photos(run)
    if not faces:
        return run.config.face_crop
    return sum(faces) >= FACES_SHARE * len(faces)


def _faces_in_training_photos(run: Run) -> Sequence[bool]:
    """Return whether each training photo shows a face, of those that are still there and were, or are, searched."""
    try:
        workspace = Workspace(run.path.parents[1])
        # Opening a catalog creates it.
        if not workspace.catalog.exists():
            return []
        snapshot = load_snapshot(workspace, run.snapshot)
        ids = [snapshot.items[row].photo_id for row in snapshot.rows("train")]
        photos = Catalog(workspace).photos_of(ids[:: len(ids) // PHOTOS_ASKED + 1])
        known = [bool(photo.faces) for photo in photos if photo.faces is not None]
        spread = photos[:: len(photos) // PHOTOS_LOOKED_AT + 1]
        return known or _faces_found(workspace.root, tuple(photo.photo_id for photo in spread))
    except EmotionError:
        # A network predicts without its photos, too.
        return []


@functools.lru_cache(maxsize=32)
def _faces_found(root: Path, photo_ids: tuple[str, ...]) -> list[bool]:
    """Search photos of a catalog until the answer is known, and return for each whether it shows an upright face."""
    catalog, faces = Catalog(Workspace(root)), list[bool]()
    for photo in catalog.photos_of(photo_ids) if detector_available() else ():
        try:
            faces.append(shows_upright_face(catalog.read(photo, SEARCHED_SIDE_PX)))
        except DataError:  # a check of the workspace names damaged photos
            continue
        if faces.count(False) > (1 - FACES_SHARE) * len(photo_ids):
            break
    return faces
