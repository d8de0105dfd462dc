"""The inspection job: each photo is inspected once, by one process at a time, despite interruptions."""

import dataclasses
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import (
    Catalog,
    Face,
    Origin,
    find_duplicates,
    inspection_progress,
    start_inspection,
    uncompared,
    uninspected,
)
from emotion_core.dataset.inspection import faces, inspection_job, looks
from emotion_core.errors import DataError
from emotion_core.files import read_json
from emotion_core.jobs import JobFolder, new_id
from emotion_core.settings import PACKAGE, Workspace, open_workspace

pytestmark = pytest.mark.slow


CHECKOUT = PACKAGE.parent
Wait = Callable[[Callable[[], Any], str], Any]
Fill = Callable[..., list[str]]


@pytest.fixture
def drawn(tmp_path: Path) -> Catalog:
    """Return a catalog of twelve drawn people and a meadow, not inspected yet."""
    catalog = Catalog(open_workspace(tmp_path / "workspace"))
    for number in range(12):
        catalog.add(photo_bytes("happy", number), label="happy", origin=Origin(f"{number}.jpg"))
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(out, "PNG")
    catalog.add(out.getvalue(), label="sad", origin=Origin("meadow.png"))
    return catalog


def run_here(catalog: Catalog) -> JobFolder:
    """Run the job in this process and return its folder."""
    folder = JobFolder(catalog.workspace.jobs / new_id())
    folder.create({"kind": inspection_job.KIND})
    inspection_job.run(folder)
    return folder


def _change(workspace: Workspace, statement: str) -> None:
    """Change rows of the catalog with SQL, as the app does."""
    with Catalog(workspace).connection() as connection:
        connection.execute(statement)


def test_photos_nobody_looked_at_have_no_faces_and_not_none(drawn: Catalog) -> None:
    """Adding a photo does not detect faces: they are unknown, and the job has all photos to inspect."""
    assert {photo.faces for photo in drawn.photos()} == {None}
    assert uninspected(drawn) == 13


@pytest.mark.usefixtures("end_processes")
def test_started_job_looks_at_every_photo_and_then_there_is_nothing_to_do(drawn: Catalog, wait_until: Wait) -> None:
    """Faces are found in the drawn photos, none on the meadow; a second start finds nothing to do."""
    job = start_inspection(drawn.workspace)
    assert job is not None
    wait_until(lambda: not job.state().active, "the index job has ended")
    assert job.state().name == "finished", job.log_end()
    *people, meadow = drawn.photos()
    assert sum(bool(photo.faces) for photo in people) >= 11
    assert meadow.faces == ()
    assert all(face.width > 0 and face.score > 0.5 for photo in people for face in photo.faces or ())
    progress = inspection_progress(job)
    assert progress == inspection_job.InspectionProgress(13, 13)
    assert uninspected(drawn) == 0
    assert start_inspection(drawn.workspace) is None


@pytest.mark.usefixtures("end_processes")
def test_one_job_at_a_time_works_in_a_workspace(drawn: Catalog, wait_until: Wait) -> None:
    """Starting while a job is active returns that job; its process has a low priority."""
    # The job cannot end while another connection holds the write lock.
    busy = sqlite3.connect(drawn.workspace.catalog)
    busy.execute("BEGIN IMMEDIATE")
    first, second = start_inspection(drawn.workspace), start_inspection(drawn.workspace)
    assert first is not None
    assert second is not None
    assert first.id == second.id
    process = psutil.Process(read_json(first.path / "process.json")["pid"])
    wait_until(lambda: process.nice() == inspection_job.NICENESS, "the process steps back")
    busy.close()
    wait_until(lambda: not first.state().active, "the index job has ended")
    assert [job.id for job in JobFolder.all_in(drawn.workspace.jobs)] == [first.id]


def test_job_that_was_stopped_keeps_what_it_found_and_the_next_goes_on(
    drawn: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No photo is inspected twice."""
    looked: list[object] = []
    stopped = JobFolder(drawn.workspace.jobs / new_id())
    stopped.create({"kind": inspection_job.KIND})

    def look(image: Image.Image) -> tuple[Face, ...]:
        looked.append(image)
        if len(looked) == 4:
            stopped.request_stop()
        return faces.find_faces(image)

    monkeypatch.setattr(inspection_job, "find_faces", look)
    monkeypatch.setattr(inspection_job, "_detector_error", lambda: None)
    monkeypatch.setattr(inspection_job, "BATCH", 4)
    inspection_job.run(stopped)
    assert stopped.state().name == "stopped"
    assert uninspected(drawn) == 13 - 4
    assert run_here(drawn).state().name == "finished"
    assert len(looked) == 13


@pytest.mark.usefixtures("end_processes")
def test_job_that_was_killed_is_started_again(drawn: Catalog, wait_until: Wait) -> None:
    """After the machine was switched off, the next start continues, and no dead job folders stay."""
    killed = start_inspection(drawn.workspace)
    assert killed is not None
    os.kill(read_json(killed.path / "process.json")["pid"], signal.SIGKILL)
    wait_until(lambda: killed.state().name == "lost", "the job is lost")
    job = start_inspection(drawn.workspace)
    assert job is not None
    wait_until(lambda: not job.state().active, "the index job has ended")
    assert uninspected(drawn) == 0
    assert [folder.id for folder in JobFolder.all_in(drawn.workspace.jobs)] == [job.id]


def test_rows_of_older_versions_get_their_numbers_and_flags(drawn: Catalog) -> None:
    """Photos of an earlier version are measured; their origin and marks stay."""
    before = drawn.photos()
    unmeasured = "brightness = NULL, colourfulness = NULL, saturation = NULL, sharpness = NULL"
    _change(drawn.workspace, f"UPDATE photos SET {unmeasured}, flags = 'blank animated'")
    assert drawn.photos()[0].brightness is None
    run_here(drawn)
    for old, new in zip(before, drawn.photos(), strict=True):
        # The file as it is kept was compressed once more than the picture that was measured.
        assert new.brightness == pytest.approx(old.brightness, abs=1)
        assert new.sharpness == pytest.approx(old.sharpness, abs=0.05)
        assert new.flags == (*old.flags, "animated")
        assert dataclasses.replace(new, flags=()).label == old.label


def test_photo_whose_file_is_gone_is_passed_over_once(drawn: Catalog) -> None:
    """A broken file neither ends the job nor keeps it busy forever, and its faces stay unknown."""
    broken, *others = drawn.photos()
    _change(drawn.workspace, f"UPDATE photos SET sharpness = NULL WHERE photo_id = '{broken.photo_id}'")
    next(drawn.workspace.photos.rglob(f"{broken.photo_id}.*")).unlink()
    assert run_here(drawn).state().name == "finished"
    assert drawn.photo(broken.photo_id).faces is None
    assert all(photo.faces is not None for photo in drawn.photos_of([photo.photo_id for photo in others]))
    assert uninspected(drawn) == 0


def test_large_photo_is_read_at_a_part_of_its_size_and_its_boxes_fit(
    drawn: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faces in a large photo are found without decoding all its pixels, at the same shares of the photo."""
    person = Image.open(io.BytesIO(photo_bytes("happy", 1))).convert("RGB")
    out = io.BytesIO()
    person.resize((1900, 1900 * person.height // person.width), Image.Resampling.BICUBIC).save(out, "JPEG")
    large = drawn.add(out.getvalue(), label="happy", origin=Origin("large.jpg")).photo_id
    widths: list[int] = []

    def look(image: Image.Image) -> tuple[Face, ...]:
        widths.append(image.width)
        return faces.find_faces(image)

    monkeypatch.setattr(inspection_job, "find_faces", look)
    run_here(drawn)
    assert looks.LARGE_PHOTO_PX <= max(widths) < 1900
    [small_face], [large_face] = drawn.photos()[1].faces or (), drawn.photo(large).faces or ()
    assert large_face == pytest.approx(small_face, abs=0.05)


@pytest.mark.usefixtures("end_processes")
def test_detector_that_does_not_work_fails_in_words_after_the_numbers(
    drawn: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older rows are measured anyway; the job fails with the reason and is not restarted at every page view."""
    _change(drawn.workspace, "UPDATE photos SET sharpness = NULL")

    def broken(image: Image.Image) -> tuple[Face, ...]:
        raise DataError("Faces cannot be looked for: the file is damaged.")

    monkeypatch.setattr(inspection_job, "find_faces", broken)
    folder = run_here(drawn)
    assert (folder.state().name, folder.state().message) == (
        "failed",
        "Faces cannot be looked for: the file is damaged.",
    )
    assert all(photo.sharpness is not None and photo.faces is None for photo in drawn.photos())
    again = start_inspection(drawn.workspace)
    assert again is not None
    assert again.id == folder.id


def test_job_looks_for_near_copies_that_a_page_then_only_reads(drawn: Catalog) -> None:
    """With only_known nothing is found before the job, and afterward the same as by a search."""
    catalog_photo = drawn.photos()[0]
    smaller = drawn.read(catalog_photo).resize((96, 96))
    out = io.BytesIO()
    smaller.save(out, "PNG")
    copy = drawn.add(out.getvalue(), label="sad", origin=Origin("copy.png")).photo_id
    assert len(uncompared(drawn)) == 14
    assert find_duplicates(drawn, only_known=True).clusters == {}
    run_here(drawn)
    assert uncompared(drawn) == set()
    assert find_duplicates(drawn, only_known=True) == find_duplicates(drawn)
    assert find_duplicates(drawn).conflicts == ((catalog_photo.photo_id, copy),)


def test_search_for_near_copies_tells_how_far_it_is_and_can_be_stopped(drawn: Catalog) -> None:
    """The search can take minutes, so a stop request ends it."""
    stopped = JobFolder(drawn.workspace.jobs / new_id())
    stopped.create({"kind": inspection_job.KIND})
    stopped.request_stop()
    inspection_job.run(stopped)
    assert stopped.state().name == "stopped"
    assert len(uncompared(drawn)) == 13
    records = [record for record in run_here(drawn).records("progress") if record["comparing"]]
    shares = [record["compared"] for record in records]
    assert (shares[0], shares[-1]) == (0, 1)
    assert shares == sorted(set(shares))


def test_without_a_detector_the_column_stays_empty_and_nothing_fails(
    drawn: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the packages, and with near copies known, only rows without measures are left to do."""
    monkeypatch.setattr(inspection_job, "detector_available", lambda: False)
    find_duplicates(drawn)
    assert uninspected(drawn) == 0
    assert start_inspection(drawn.workspace) is None
    _change(drawn.workspace, "UPDATE photos SET sharpness = NULL")
    assert uninspected(drawn) == 13
    assert run_here(drawn).state().name == "finished"
    assert all(photo.sharpness is not None and photo.faces is None for photo in drawn.photos())


@pytest.mark.usefixtures("end_processes")
def test_command_line_tells_how_many_faces_there_are(drawn: Catalog) -> None:
    """``photos --find-faces`` waits for the inspection; without it, unknown faces are null and not zero."""

    def listed(*flags: str) -> list[dict[str, Any]]:
        words = ["photos", *flags, "--workspace", str(drawn.workspace.root), "--json"]
        answer = subprocess.run(
            [sys.executable, "-m", "emotion_core", *words], capture_output=True, text=True, cwd=CHECKOUT, timeout=240
        )
        assert answer.returncode == 0, answer.stderr
        rows: list[dict[str, Any]] = json.loads(answer.stdout)
        return rows

    assert {row["faces"] for row in listed()} == {None}
    counts = [row["faces"] for row in listed("--find-faces")]
    assert counts[-1] == 0
    assert sum(count == 1 for count in counts) >= 11
