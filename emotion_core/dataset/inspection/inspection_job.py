"""The background job that inspects the photos of a catalog: near copies, faces, and measures that older rows lack.

Results go into the workspace as they come, so that the next job continues after one that was stopped or killed.
"""

import contextlib
import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from PIL import Image

from emotion_core.dataset.catalog import Catalog, Face, quality
from emotion_core.dataset.inspection.faces import DETECTOR, detector_available, find_faces
from emotion_core.dataset.inspection.findings import find_duplicates, uncompared
from emotion_core.dataset.inspection.looks import LARGE_PHOTO_PX
from emotion_core.dataset.near_copies import ShareCallback
from emotion_core.errors import DataError
from emotion_core.jobs import JobFolder, item_log, job_session, records_with, rejection_reason, start_single
from emotion_core.settings import Workspace, open_workspace

KIND = "index"
# Lowest priority in practice: a run that trains at the same time must not take longer.
NICENESS = 15
# Photos between two transactions, progress records and checks for a stop request.
BATCH = 16
# Pages start this job whenever they are drawn. A problem such as a broken detector does not go away by itself, so a
# failed job is not started again at once.
RETRY_SECONDS = 600


@dataclass(frozen=True)
class InspectionProgress:
    """Progress of the job.

    Attributes:
        photos_done: number of photos inspected so far.
        photos_total: number of photos to inspect, including those done.
        comparing: whether the search for near copies, which comes first, is still running.
        compared: completed share of that search, 0 to 1.
    """

    photos_done: int
    photos_total: int
    comparing: bool = False
    compared: float = 0.0


def uninspected(catalog: Catalog) -> int:
    """Return the number of photos that the job would inspect."""
    return len(uncompared(catalog).union(_unmeasured(catalog, find_faces=detector_available())))


def _unmeasured(catalog: Catalog, *, find_faces: bool) -> list[str]:
    """Return the ids of the photos that lack measures or, if faces are to be found, were not checked for faces."""
    # A faces row without boxes marks an unreadable photo; trying again would fail again.
    statement = """
        SELECT photo_id FROM photos LEFT JOIN faces USING (photo_id)
        WHERE (? AND found_at IS NULL) OR (sharpness IS NULL AND (found_at IS NULL OR boxes IS NOT NULL))
        ORDER BY photos.rowid"""
    with catalog.connection() as connection:
        return [str(row["photo_id"]) for row in connection.execute(statement, (find_faces,))]


def start_inspection(workspace: Workspace) -> JobFolder | None:
    """Start inspecting the photos that were not inspected yet, in a background job; one runs at a time.

    Returns:
        The new job, the active one, or one that failed within the last ten minutes. None if there is nothing to do.

    Raises:
        JobError: the job cannot be started.
    """
    newest = JobFolder.newest(workspace.jobs, KIND)
    if newest is not None and (newest.state().active or _failed_recently(newest)):
        return newest
    if not uninspected(Catalog(workspace)):
        return None
    return start_single(workspace.jobs, {"kind": KIND}, __name__)


def _failed_recently(folder: JobFolder) -> bool:
    with contextlib.suppress(OSError):
        age_seconds = time.time() - (folder.path / "status.json").stat().st_mtime
        return folder.state().name == "failed" and 0 <= age_seconds < RETRY_SECONDS
    return False


def inspection_progress(folder: JobFolder) -> InspectionProgress | None:
    """Return the latest progress of a job, or None before its first record."""
    records = records_with(folder.records("progress"), photos_done=int, photos_total=int, comparing=bool)
    if not records:
        return None
    last = records[-1]
    return InspectionProgress(last["photos_done"], last["photos_total"], last["comparing"], last.get("compared", 0.0))


def run(folder: JobFolder) -> None:
    """Inspect all photos that need it, in this process, including photos that are added meanwhile.

    Args:
        folder: folder of an inspection job that no other process works on.
    """
    with job_session(folder), item_log(folder.path / "log.txt"):
        catalog = Catalog(open_workspace(folder.path.parents[1]))
        problem = _detector_error() if detector_available() else None
        finds_faces = detector_available() and problem is None
        done = 0
        # Photos may be added while a pass runs, so passes repeat until there is nothing left to do.
        while (new := uncompared(catalog)) | set(photo_ids := _unmeasured(catalog, find_faces=finds_faces)):
            progress = InspectionProgress(done, done + len(photo_ids), comparing=bool(new))
            find_duplicates(catalog, on_progress=_comparison_recorder(folder, progress))
            for start in range(0, len(photo_ids), BATCH):
                _record(folder, InspectionProgress(done, done + len(photo_ids) - start))
                folder.raise_if_stopped()
                _inspect(catalog, photo_ids[start : start + BATCH], finds_faces)
                done += len(photo_ids[start : start + BATCH])
        _record(folder, InspectionProgress(done, done))
        # The rest of the work does not need the detector, so the job fails only now.
        if problem is not None:
            raise problem


def _comparison_recorder(folder: JobFolder, start: InspectionProgress) -> ShareCallback:
    """Return a callback that records each hundredth of the search for near copies and ends it on a stop request."""
    _record(folder, start)
    recorded = start.compared

    def on_progress(share: float) -> None:
        nonlocal recorded
        folder.raise_if_stopped()
        if share >= recorded + 0.01:
            recorded = share
            _record(folder, replace(start, compared=share))

    return on_progress


def _record(folder: JobFolder, progress: InspectionProgress) -> None:
    folder.append({"event": "progress", **asdict(progress)})


def _detector_error() -> DataError | None:
    """Return the error of a detector that is installed but does not work, or None if it works."""
    try:
        find_faces(Image.new("RGB", (64, 64)))
    except DataError as error:
        return error
    return None


def _inspect(catalog: Catalog, photo_ids: Sequence[str], finds_faces: bool) -> None:
    """Measure photos and find their faces, as far as they lack either."""
    measures_of: dict[str, quality.QualityMeasures] = {}
    faces_of: dict[str, tuple[Face, ...] | None] = {}
    for photo in catalog.photos_of(photo_ids):
        try:
            # Face detection needs no more than this size; quality is measured on the full photo.
            image = catalog.read(photo, None if photo.sharpness is None else LARGE_PHOTO_PX)
            if photo.sharpness is None:
                measures_of[photo.photo_id] = quality.measure(image)
            if finds_faces and photo.faces is None:
                faces_of[photo.photo_id] = find_faces(image)
        except Exception as error:
            rejection_reason(error, photo.name)
            # Marked as inspected, so that the job does not come back to it without end.
            faces_of[photo.photo_id] = None
    # One short transaction after the slow part, so that other writers do not wait for it.
    with catalog.connection() as connection:
        for photo_id, measures in measures_of.items():
            _record_measures(connection, photo_id, measures)
        for photo_id, faces in faces_of.items():
            _record_faces(connection, photo_id, faces)


def _record_measures(connection: sqlite3.Connection, photo_id: str, measures: quality.QualityMeasures) -> None:
    row = connection.execute("SELECT flags FROM photos WHERE photo_id = ?", (photo_id,)).fetchone()
    # Flags of the original file, such as "animated", do not show in the stored photo and are carried over.
    file_flags = [flag for flag in row["flags"].split() if flag not in quality.FLAGS] if row else []
    values = {**measures.as_row(), "flags": " ".join([*measures.flags, *file_flags])}
    changes = ", ".join(f"{column} = :{column}" for column in values)
    connection.execute(f"UPDATE photos SET {changes} WHERE photo_id = :photo_id", {**values, "photo_id": photo_id})


def _record_faces(connection: sqlite3.Connection, photo_id: str, faces: Sequence[Face] | None) -> None:
    boxes = None if faces is None else json.dumps([_stored(face) for face in faces])
    # The photo may have been deleted during the detection, and its faces must not come back.
    values = "SELECT ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM photos WHERE photo_id = ?)"
    row = (photo_id, boxes, time.time(), DETECTOR, photo_id)
    connection.execute(f"INSERT OR REPLACE INTO faces (photo_id, boxes, found_at, detector) {values}", row)


def _stored(face: Face) -> list[float]:
    """Return the values of a face as the catalog holds them; earlier versions read those of an upright face too."""
    return [round(value, 4) for value in (face if face.roll else face[:5])]
