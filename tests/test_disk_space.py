"""Full disks are named as such, leave nothing half-done, and are noticed before."""

import errno
import math
import os
from pathlib import Path

import pytest

from emotion_core.collect import ImportSummary, import_path
from emotion_core.dataset import Catalog, Origin, PhotoChoice, export_photos
from emotion_core.disk_space import check_free_space, free_bytes, full_disk_problem, naming_full_disk
from emotion_core.errors import DataError, DiskFull, SettingsError
from emotion_core.files import new_folder, replacing, write_bytes
from emotion_core.jobs import JobFolder, job_session, new_id
from emotion_core.settings import MIN_FREE_VARIABLE, Workspace, open_workspace
from emotion_core.training import RunConfig, Study, StudyConfig, list_runs, list_studies
from emotion_core.training.store import create_study
from tests.collect.web_server import jpeg
from tests.small_disk import fill, leftovers, small_disk


@pytest.fixture
def no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let jobs use the last byte."""
    monkeypatch.setenv(MIN_FREE_VARIABLE, "0")


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "Your quota"),
        (RuntimeError("HDF5: write failed (No space left on device)"), "The disk is full"),
        (OSError(errno.EACCES, "Permission denied"), None),
        (OSError(errno.ENOENT, "No such file", "No space left on device.jpg"), None),
    ],
)
def test_a_full_disk_is_told_from_other_errors(error: Exception, problem: str | None) -> None:
    """Also where a library raises an error of its own, and not where a file only has such a name."""
    found = full_disk_problem(error)
    assert (found or "").startswith(problem or "") and (found is None) == (problem is None)


def test_causes_count_too(tmp_path: Path) -> None:
    """An error that a full disk has caused is a full disk; another one stays what it is."""
    sentence = rf"The disk is full\. Received: free=.* MB, folder='{tmp_path}'"
    with pytest.raises(DiskFull, match=sentence), naming_full_disk(tmp_path / "new" / "file"):
        raise ValueError("cannot save") from OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(ValueError, match="broken"), naming_full_disk(tmp_path):
        raise ValueError("broken")


def test_work_stops_before_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the minimum no job begins and no import goes on; 0 is no limit, and nonsense is refused."""
    monkeypatch.setenv(MIN_FREE_VARIABLE, str(int(free_bytes(tmp_path) // 1e6) * 2))
    with pytest.raises(DiskFull, match=f"nearly full.*{MIN_FREE_VARIABLE}"):
        JobFolder(tmp_path / "jobs" / new_id()).create({"kind": "test"})
    assert not list(tmp_path.rglob("settings.json"))
    (tmp_path / "happy").mkdir()
    write_bytes(tmp_path / "happy" / "a.jpg", jpeg(1))
    with pytest.raises(DiskFull, match="nearly full"):
        import_path(Catalog(Workspace(tmp_path)), tmp_path / "happy")
    monkeypatch.setenv(MIN_FREE_VARIABLE, "0")
    check_free_space(tmp_path)
    monkeypatch.setenv(MIN_FREE_VARIABLE, "much")
    with pytest.raises(SettingsError, match="much"):
        check_free_space(tmp_path)
    assert free_bytes(tmp_path / "not" / "there") < math.inf


@pytest.mark.usefixtures("no_limit")
def test_an_import_that_fills_the_disk_keeps_what_it_told(tmp_path: Path) -> None:
    """It ends with a sentence; each photo that it counted is whole, and nothing half-written stays."""
    source = tmp_path / "source" / "sad"
    for number in range(400):
        write_bytes(source / f"{number}.jpg", jpeg(number), durable=False)
    root = tmp_path / "disk"
    root.mkdir()
    with small_disk(root, 2):
        catalog, summary = Catalog(Workspace(root)), ImportSummary()
        with pytest.raises(DiskFull, match="The disk is full"):
            import_path(catalog, source, summary=summary)
        (root / "filler").unlink(missing_ok=True)
        photos = catalog.photos()
        assert 0 < summary.added == len(photos) < 400
        for photo in photos:
            catalog.read(photo)
        assert leftovers(root) == []
        stored = {path.stem for path in (root / "photos").rglob("*.*")}
        assert stored == {photo.photo_id for photo in photos}


@pytest.mark.usefixtures("no_limit")
def test_a_study_on_a_full_disk_is_created_whole_or_not_at_all(tmp_path: Path) -> None:
    """Creating and starting over fail with a sentence, and leave what there was."""
    configs = [RunConfig(seed=seed) for seed in range(40)]
    with small_disk(tmp_path):
        workspace = Workspace(tmp_path)
        study = Study("260101-000000-aaaaaa", StudyConfig(runs=tuple(configs[:1])), "none", ("one-r001",), 1.0)
        create_study(workspace, study)
        fill(tmp_path, 60_000)
        more = Study("two", StudyConfig(runs=tuple(configs)), "none", tuple(f"two-r{n:03d}" for n in range(40)), 2.0)
        with pytest.raises(DiskFull, match="The disk is full"):
            create_study(workspace, more)
        fill(tmp_path)
        with pytest.raises(DiskFull, match="The disk is full"):
            JobFolder(workspace.runs / "one-r001").start_over()
        assert [listed.study_id for listed in list_studies(workspace)] == [study.study_id]
        assert [run.run_id for run in list_runs(workspace)] == ["one-r001"]
        assert leftovers(tmp_path) == []


@pytest.mark.usefixtures("no_limit")
def test_a_job_on_a_full_disk_says_so(tmp_path: Path) -> None:
    """Room for the status is held back, so that the job is not lost without a reason."""
    with small_disk(tmp_path):
        folder = JobFolder(tmp_path / new_id())
        folder.create({"kind": "test"})
        with job_session(folder):
            fill(tmp_path)
            (tmp_path / "more").write_bytes(bytes(100_000))
        assert folder.state().name == "failed"
        assert "The disk is full" in folder.state().message


@pytest.mark.usefixtures("no_limit")
def test_exports_on_a_full_disk_leave_nothing(tmp_path: Path) -> None:
    """Neither a truncated zip nor a folder with a part of the photos, and an earlier file stays."""
    disk = tmp_path / "disk"
    disk.mkdir()
    catalog = Catalog(open_workspace(tmp_path / "ws"))
    for number in range(8):
        catalog.add(jpeg(number), label="sad", origin=Origin(f"{number}.jpg"))
    with small_disk(disk, 1):
        (disk / "empty").mkdir()
        write_bytes(disk / "kept", b"old")
        fill(disk, 6000)
        for name in ("photos.zip", "photos", "empty"):
            with pytest.raises(DiskFull, match="The disk is full"):
                export_photos(catalog, disk / name, PhotoChoice(include_new=True))
        with pytest.raises(OSError, match="No space left"), replacing(disk / "kept") as whole:
            whole.write_bytes(bytes(100_000))
        assert sorted(path.name for path in disk.rglob("*")) == ["empty", "filler", "kept"]
        assert (disk / "kept").read_bytes() == b"old"


def test_a_new_folder_fills_an_empty_one_and_nothing_else(tmp_path: Path) -> None:
    """An empty folder stays the same folder; what fails leaves it empty."""
    (tmp_path / "there").mkdir()
    inode = (tmp_path / "there").stat().st_ino
    with pytest.raises(DataError), new_folder(tmp_path / "there") as folder:
        write_bytes(folder / "a", b"a")
        raise DataError("no more")
    assert list((tmp_path / "there").iterdir()) == []
    for name in ("there", "new"):
        with new_folder(tmp_path / name) as folder:
            (folder / "below").mkdir()
            write_bytes(folder / "below" / "a", b"a")
        assert [path.name for path in (tmp_path / name).rglob("*")] == ["below", "a"]
    assert (tmp_path / "there").stat().st_ino == inode
