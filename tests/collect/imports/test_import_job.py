"""An import in its own process."""

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from emotion_core.collect import (
    ImportProgress,
    ImportRequest,
    import_progress,
    import_summary,
    start_import,
    start_upload_import,
)
from emotion_core.collect.imports.import_job import can_resume_import, read_request, resume_import
from emotion_core.dataset import Catalog
from emotion_core.errors import CollectError, DiskFull, JobUnusable
from emotion_core.files import read_json
from emotion_core.jobs import JobFolder
from emotion_core.settings import Workspace
from tests.collect.web_server import jpeg

PATIENCE_SECONDS = 300


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace."""
    return Workspace(tmp_path / "workspace")


def write(root: Path, *names: str) -> Path:
    """Write a different photo under each name."""
    for number, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(jpeg(number))
    return root


def ended(folder: JobFolder) -> str:
    """Return the state that the job ends in."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while folder.state().active and time.monotonic() < ends:
        time.sleep(0.05)
    return folder.state().name


def test_an_import_runs_in_the_background(workspace: Workspace, tmp_path: Path) -> None:
    """The job finishes by itself, with the photos, progress and summary of the requested import."""
    root = write(tmp_path / "set", "smile/a.jpg", "sad/b.jpg", "fear/c.jpg")
    (root / "sad" / "page.jpg").write_text("<html>gone</html>")
    folder = start_import(workspace, ImportRequest(path=str(root), mapping={"smile": "happy"}))

    assert ended(folder) == "finished", folder.log_end()
    summary = import_summary(folder)
    assert summary is not None
    assert (summary.added, summary.skipped, [rejection.name for rejection in summary.rejected]) == (
        2,
        {"fear": 1},
        ["set/sad/page.jpg"],
    )
    assert import_progress(folder) == ImportProgress(done=4, total=4, added=2, duplicates=0, rejected=1)
    assert {photo.label for photo in Catalog(workspace).photos()} == {"happy", "sad"}
    assert folder.log_end() == ""


def test_uploads_are_imported_in_the_background_and_then_removed(workspace: Workspace) -> None:
    """A file stays in the job's folder whatever its name, keeps its name in the summary, and is removed at the end."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("sad/z.jpg", jpeg(5))
    names = ["../../../escaped.jpg", "/etc/passwd", "a.jpg", "a.jpg", "con\\n\x00ul.jpg"]
    uploads = [(name, jpeg(number)) for number, name in enumerate(names)]
    table = ("t.csv", b"name,label\n/etc/passwd,sad\n")
    folder = start_upload_import(workspace, [*uploads, ("set.zip", packed.getvalue()), table], "happy")

    assert ended(folder) == "finished", folder.log_end()
    summary = import_summary(folder)
    assert summary is not None
    assert (summary.added, [rejection.name for rejection in summary.rejected]) == (6, ["t.csv row 1"])
    assert {photo.name for photo in Catalog(workspace).photos()} == {*names[:3], "con/n\x00ul.jpg", "sad/z.jpg"}
    assert not (folder.path / "uploads").exists()
    assert not list(workspace.root.parent.rglob("escaped.jpg"))


def test_interrupted_uploads_leave_no_job(workspace: Workspace) -> None:
    """If the user leaves during an upload, or the disk is full, nothing stays behind."""

    def broken(error: BaseException) -> Iterator[tuple[str, bytes]]:
        yield "a.jpg", jpeg(1)
        raise error

    with pytest.raises(KeyboardInterrupt):
        start_upload_import(workspace, broken(KeyboardInterrupt()))
    with pytest.raises(DiskFull, match="The disk is full"):
        start_upload_import(workspace, broken(OSError(28, "No space left on device")))
    assert list(workspace.jobs.iterdir()) == []


def test_a_background_import_stops_between_two_pictures(workspace: Workspace, tmp_path: Path) -> None:
    """A stop keeps the photos imported before it, and their summary."""
    folder = start_import(workspace, ImportRequest(path=str(write(tmp_path / "sad", *map(str, range(3000))))))
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends and (import_progress(folder) or ImportProgress()).added < 1:
        time.sleep(0.02)
    folder.request_stop()

    assert ended(folder) == "stopped"
    summary = import_summary(folder)
    assert summary is not None
    assert 1 <= summary.added == len(Catalog(workspace).photos()) < 3000


def test_a_killed_import_is_resumed_and_its_uploads_are_freed(workspace: Workspace) -> None:
    """The resumed import ends with the counts of an uninterrupted one, and then the uploads are gone."""
    uploads = [(f"{number}.jpg", jpeg(number % 390)) for number in range(400)]
    folder = start_upload_import(workspace, uploads, "sad")
    while (import_progress(folder) or ImportProgress()).added < 1:
        time.sleep(0.02)
    psutil.Process(read_json(folder.path / "process.json")["pid"]).kill()
    assert ended(folder) == "lost"
    assert can_resume_import(folder)
    resume_import(folder)

    assert ended(folder) == "finished", folder.log_end()
    summary = import_summary(folder)
    assert summary is not None
    assert (summary.added, summary.duplicates) == (390, 10)
    assert len(Catalog(workspace).photos()) == 390
    assert not (folder.path / "uploads").exists()
    assert not can_resume_import(folder)


def test_uploads_of_a_stopped_import_stay_until_the_next_one(workspace: Workspace, tmp_path: Path) -> None:
    """They can be resumed as long as the page offers it, and take no space afterward."""
    folder = start_upload_import(workspace, [(f"{number}.jpg", jpeg(number)) for number in range(200)], "sad")
    folder.request_stop()
    assert ended(folder) == "stopped"
    assert can_resume_import(folder)
    assert ended(start_import(workspace, ImportRequest(path=str(write(tmp_path / "happy", "a.jpg"))))) == "finished"
    assert not (folder.path / "uploads").exists()
    assert not can_resume_import(folder)


def test_an_impossible_import_fails_with_the_reason(workspace: Workspace, tmp_path: Path) -> None:
    """A missing path fails the job with the reason; an unknown label is refused before a job is started."""
    folder = start_import(workspace, ImportRequest(path=str(tmp_path / "missing")))
    assert ended(folder) == "failed"
    assert "nothing to import at this path" in folder.state().message
    with pytest.raises(CollectError, match="Expected one of happy, sad"):
        ImportRequest(path="x", mapping={"smile": "glad"})
    with pytest.raises(CollectError, match="Expected one of happy, sad"):
        start_upload_import(workspace, [], "glad")


@pytest.mark.parametrize(
    "settings", [{}, {"kind": "scrape", "path": "x"}, {"kind": "import"}, {"kind": "import", "path": 3}]
)
def test_other_jobs_are_not_imports(tmp_path: Path, settings: dict[str, object]) -> None:
    """The folder of another kind of job, or one with incomplete settings, raises JobUnusable and has no records."""
    folder = JobFolder(tmp_path / "job")
    folder.create(settings)
    with pytest.raises(JobUnusable, match="Expected the settings of an import"):
        read_request(folder)
    assert (import_progress(folder), import_summary(folder)) == (None, None)
    assert folder.settings() == settings
