"""The limit of a workspace."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from emotion_core import disk_space
from emotion_core.collect import import_path
from emotion_core.dataset import Catalog
from emotion_core.dataset.catalog import photo_batch
from emotion_core.dataset.image_folder import export_job
from emotion_core.disk_space import check_quota
from emotion_core.errors import DiskFull, SettingsError
from emotion_core.jobs import JobFolder, new_id
from emotion_core.prediction import add_to_photos
from emotion_core.settings import QUOTA_VARIABLE, USERS_FOLDER, Workspace, open_workspace
from emotion_core.training import Study, delete_study, list_studies
from emotion_core.training.queue import QUEUE_LOCK_FILE
from emotion_core.training.worker.train_run import train_run
from tests.collect.web_server import jpeg


@pytest.fixture
def full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Return a workspace that holds more than the limit, and is measured whenever it is asked for."""
    monkeypatch.setattr(disk_space, "_PAUSE_SHARE", 0)
    monkeypatch.setenv(QUOTA_VARIABLE, "3")
    workspace = open_workspace(tmp_path / "workspace")
    (workspace.root / "large.bin").write_bytes(bytes(4_000_000))
    return workspace


def test_a_full_workspace_takes_no_photos_until_something_is_deleted(full: Workspace, tmp_path: Path) -> None:
    """The sentence names the limit and what is used."""
    (tmp_path / "happy").mkdir()
    (tmp_path / "happy" / "a.jpg").write_bytes(jpeg(1))
    catalog = Catalog(full)
    with pytest.raises(DiskFull, match=rf"workspace is full.*3 MB.*{QUOTA_VARIABLE}.*used=4\.\d MB"):
        import_path(catalog, tmp_path / "happy")
    with pytest.raises(DiskFull, match="workspace is full"):
        add_to_photos(catalog, "a.jpg", jpeg(1), "happy")
    assert catalog.photo_ids() == []
    (full.root / "large.bin").unlink()
    assert import_path(catalog, tmp_path / "happy").added == 1


def test_an_import_stops_where_the_workspace_becomes_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: Workspace
) -> None:
    """It keeps the photos that it has added."""
    (full.root / "large.bin").unlink()
    (tmp_path / "happy").mkdir()
    monkeypatch.setattr(photo_batch, "MAX_PHOTOS", 2)
    for number in range(8):
        (tmp_path / "happy" / f"{number}.jpg").write_bytes(jpeg(number))
    catalog = Catalog(full)
    limits = itertools.chain([3], itertools.repeat(0))
    monkeypatch.setattr(disk_space, "quota_mb", lambda: next(limits))
    with pytest.raises(DiskFull, match="workspace is full"):
        import_path(catalog, tmp_path / "happy")
    assert 0 < len(catalog.photo_ids()) < 8


def test_a_full_workspace_starts_no_study_no_export_and_no_run(
    full: Workspace, add_photos: Callable[..., list[str]], start_tiny_study: Callable[..., Study]
) -> None:
    """What began before can be looked at and deleted."""
    large = (full.root / "large.bin").rename(full.root.parent / "large.bin")
    add_photos(full, happy=8, sad=8)
    with FileLock(full.root / QUEUE_LOCK_FILE):
        study = start_tiny_study(full)
        large.rename(full.root / "large.bin")
        with pytest.raises(DiskFull, match="workspace is full"):
            start_tiny_study(full)
        with pytest.raises(DiskFull, match="workspace is full"):
            train_run(JobFolder(full.runs / study.run_ids[0]))
        export = JobFolder(full.jobs / new_id())
        export.create({"kind": "photo-export", "choice": {}})
        export_job.run(export)
        assert export.state().message.startswith("This workspace is full.")
        assert [listed.study_id for listed in list_studies(full)] == [study.study_id]
        delete_study(full, study)
    assert list_studies(full) == []


def test_a_workspace_is_not_measured_at_every_write(full: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only once jobs may have filled the room that was left; and never without a limit."""
    measured = []
    measure = disk_space._measure
    monkeypatch.setattr(disk_space, "_measure", lambda root: measured.append(root) or measure(root))
    for limit in ("", "0"):
        monkeypatch.setenv(QUOTA_VARIABLE, limit)
        check_quota(full.root)
    assert measured == []
    monkeypatch.setenv(QUOTA_VARIABLE, "900000000")
    for _ in range(100):
        check_quota(full.root)
    assert measured == [full.root]
    monkeypatch.setenv(QUOTA_VARIABLE, "much")
    with pytest.raises(SettingsError, match="much"):
        check_quota(full.root)


def test_each_user_has_a_limit_of_their_own(full: Workspace) -> None:
    """What one user stores counts for no other, nor for the workspace of the server."""
    ada, bob = (open_workspace(full.root / USERS_FOLDER / name) for name in ("ada", "bob"))
    (full.root / "large.bin").rename(ada.root / "large.bin")
    check_quota(full.root)
    check_quota(bob.root)
    with pytest.raises(DiskFull, match="workspace is full"):
        check_quota(ada.root)
