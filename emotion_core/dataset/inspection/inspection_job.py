"""The background job that looks at photos once they are in the catalog: near copies, faces, what older rows lack.

All that it found is in the catalog, so a job that was stopped or killed goes on wherever the next one begins.
"""

import contextlib
import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from filelock import FileLock
from PIL import Image

from emotion_core.dataset.catalog import Catalog, Face, quality
from emotion_core.dataset.inspection.faces import DETECTOR, LARGE_PHOTO_PX, detector_available, find_faces
from emotion_core.dataset.inspection.findings import find_duplicates, uncompared
from emotion_core.dataset.near_copies import Told
from emotion_core.errors import DataError, UnreadableImage
from emotion_core.jobs import JobFolder, job_session, new_id
from emotion_core.settings import Workspace, open_workspace

KIND = "index"
# After everything else: a run that trains meanwhile is not to take longer.
NICENESS = 15
BATCH = 16
# What made it fail will not have gone by the next time that somebody turns a page.
FAILURE_STANDS_SECONDS = 600


@dataclass(frozen=True)
class InspectionProgress:
    """How far the job has come.

    Attributes:
        photos_done: photos that it looked at.
        photos_total: those, and the ones that wait.
        comparing: whether it still looks for near copies, which comes first.
        compared: the share of that which is done, 0 to 1.
    """

    photos_done: int
    photos_total: int
    comparing: bool = False
    compared: float = 0.0


def uninspected(catalog: Catalog) -> int:
    """Return how many photos the job would look at."""
    return len(uncompared(catalog).union(_waiting(catalog, find_faces=detector_available())))


def _waiting(catalog: Catalog, *, find_faces: bool) -> list[str]:
    """Return the ids of the photos that lack numbers or, where asked, in which nobody looked for faces."""
    # A row of faces without boxes says that the photo cannot be read; it would not be read the next time either.
    statement = """
        SELECT photo_id FROM photos LEFT JOIN faces USING (photo_id)
        WHERE (? AND found_at IS NULL) OR (sharpness IS NULL AND (found_at IS NULL OR boxes IS NOT NULL))
        ORDER BY photos.rowid"""
    with catalog.connection() as connection:
        return [str(row["photo_id"]) for row in connection.execute(statement, (find_faces,))]


def start_inspection(workspace: Workspace) -> JobFolder | None:
    """Start looking at photos nobody looked at, in a process of its own; one at a time works in a workspace.

    Returns:
        The job: a new one, the one under way, or the one that failed just now. None where there is nothing to do.
    """
    # Two people, or one with two tabs, may open the page at once.
    with FileLock(workspace.root / "index.lock"):
        newest = JobFolder.newest(workspace.jobs, KIND)
        if newest is not None and (newest.state().active or _failed_just_now(newest)):
            return newest
        if not uninspected(Catalog(workspace)):
            return None
        if newest is not None:
            newest.delete()
        folder = JobFolder(workspace.jobs / new_id())
        folder.start({"kind": KIND}, __name__)
        return folder


def _failed_just_now(folder: JobFolder) -> bool:
    with contextlib.suppress(OSError):
        age_seconds = time.time() - (folder.path / "status.json").stat().st_mtime
        return folder.state().name == "failed" and age_seconds < FAILURE_STANDS_SECONDS
    return False


def inspection_progress(folder: JobFolder) -> InspectionProgress | None:
    """Return how far a job has come, or None before its first word."""
    records = folder.records("progress")
    if not records:
        return None
    last = records[-1]
    return InspectionProgress(last["photos_done"], last["photos_total"], last["comparing"], last.get("compared", 0.0))


def run(folder: JobFolder) -> None:
    """Look at all photos that lack something in this process, also those that arrive meanwhile.

    Args:
        folder: of an index job that nobody else works on.
    """
    with job_session(folder):
        catalog = Catalog(open_workspace(folder.path.parents[1]))
        problem = _detector_fails() if detector_available() else None
        looks = detector_available() and problem is None
        done = 0
        while (apart := uncompared(catalog)) | set(photo_ids := _waiting(catalog, find_faces=looks)):
            find_duplicates(
                catalog, told=_comparing(folder, InspectionProgress(done, done + len(photo_ids), comparing=bool(apart)))
            )
            for start in range(0, len(photo_ids), BATCH):
                _record(folder, InspectionProgress(done, done + len(photo_ids) - start))
                folder.raise_if_stopped()
                _look_at(catalog, photo_ids[start : start + BATCH], looks)
                done += len(photo_ids[start : start + BATCH])
        _record(folder, InspectionProgress(done, done))
        if problem is not None:
            raise problem


def _comparing(folder: JobFolder, begun: InspectionProgress) -> Told:
    """Return what records each hundredth of the search for near copies, and ends it where somebody stops the job."""
    _record(folder, begun)
    recorded = begun.compared

    def told(share: float) -> None:
        nonlocal recorded
        folder.raise_if_stopped()
        if share >= recorded + 0.01:
            recorded = share
            _record(folder, replace(begun, compared=share))

    return told


def _record(folder: JobFolder, progress: InspectionProgress) -> None:
    folder.append({"event": "progress", **asdict(progress)})


def _detector_fails() -> DataError | None:
    """Return what is wrong with a detector that is there and does not work."""
    try:
        find_faces(Image.new("RGB", (64, 64)))
    except DataError as error:
        return error
    return None


def _look_at(catalog: Catalog, photo_ids: Sequence[str], looks: bool) -> None:
    """Measure these photos and find their faces, as far as they lack that."""
    measured: dict[str, quality.QualityMeasures] = {}
    found: dict[str, tuple[Face, ...] | None] = {}
    for photo in catalog.photos_of(photo_ids):
        try:
            image = catalog.read(photo, None if photo.sharpness is None else LARGE_PHOTO_PX)
        except UnreadableImage:
            found[photo.photo_id] = None
            continue
        if photo.sharpness is None:
            measured[photo.photo_id] = quality.measure(image)
        if looks and photo.faces is None:
            found[photo.photo_id] = find_faces(image)
    with catalog.connection() as connection:
        for photo_id, seen in measured.items():
            _record_measures(connection, photo_id, seen)
        for photo_id, faces in found.items():
            _record_faces(connection, photo_id, faces)


def _record_measures(connection: sqlite3.Connection, photo_id: str, seen: quality.QualityMeasures) -> None:
    row = connection.execute("SELECT flags FROM photos WHERE photo_id = ?", (photo_id,)).fetchone()
    # How it came, for instance animated, cannot be seen any more.
    came_as = [flag for flag in row["flags"].split() if flag not in quality.FLAGS] if row else []
    values = {**seen.as_row(), "flags": " ".join([*seen.flags, *came_as])}
    changes = ", ".join(f"{column} = :{column}" for column in values)
    connection.execute(f"UPDATE photos SET {changes} WHERE photo_id = :photo_id", {**values, "photo_id": photo_id})


def _record_faces(connection: sqlite3.Connection, photo_id: str, faces: Sequence[Face] | None) -> None:
    boxes = None if faces is None else json.dumps([[round(value, 4) for value in face] for face in faces])
    # A photo may have been deleted while somebody looked at it.
    known = "SELECT ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM photos WHERE photo_id = ?)"
    row = (photo_id, boxes, time.time(), DETECTOR, photo_id)
    connection.execute(f"INSERT OR REPLACE INTO faces {known}", row)
