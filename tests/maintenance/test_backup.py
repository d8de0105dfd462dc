"""A backup of a workspace in use is consistent and verified, and a restore trusts nothing in it."""

import hashlib
import json
import os
import shutil
import sqlite3
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog, Origin
from emotion_core.documents import encoded
from emotion_core.errors import DataError, DiskFull
from emotion_core.jobs import JobFolder
from emotion_core.maintenance import back_up, backup_job, backup_of, check_workspace, restore, start_backup, verify
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import list_runs, list_studies

Files = dict[str, bytes]


def contents(workspace: Workspace) -> Files:
    """Return the files of a workspace that a backup holds, but for the catalog."""
    tops = ("photos", "thumbnails", "snapshots", "studies", "runs")
    left_out = ("heartbeat", "process.json", "best.weights.h5")
    return {
        path.relative_to(workspace.root).as_posix(): path.read_bytes()
        for top in tops
        for path in (workspace.root / top).rglob("*")
        if path.is_file() and path.suffix not in (".lock", ".npy") and path.name not in left_out
    }


@pytest.fixture
def backup(workspace: Workspace, tmp_path: Path) -> Path:
    """Return a backup of the stored workspace."""
    back_up(workspace, tmp_path / "backup.zip")
    return tmp_path / "backup.zip"


def rewritten(backup: Path, change: Callable[[Files], None], *, honest: bool = True) -> Path:
    """Return a backup with other files, as a stranger could make it.

    Args:
        backup: original.
        change: changes the files in place.
        honest: whether the manifest lists what is there; otherwise it stays as it was.
    """
    with zipfile.ZipFile(backup) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest: dict[str, Any] = json.loads(files.pop("manifest.json"))
    change(files)
    if honest:
        manifest["files"] = {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in files.items()
        }
    changed = backup.with_name("changed.zip")
    values = {name: value for name, value in manifest.items() if name not in ("format", "checksum")}
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr("manifest.json", encoded(values))
    return changed


def test_restored_workspace_is_the_one_that_was_backed_up(workspace: Workspace, tmp_path: Path) -> None:
    """Photos with their labels and origins, marks, snapshots, studies and runs; caches and processes are left out."""
    backed_up = back_up(workspace, tmp_path / "backup.zip")
    restored = open_workspace(tmp_path / "restored")
    numbers = restore(restored, tmp_path / "backup.zip")
    assert (backed_up.photos, backed_up.missing, backed_up.runs) == (20, 0, 5)
    assert numbers == {"photos": 20, "runs": 5, "files": len(backed_up.files), "set_aside": None}
    assert contents(restored) == contents(workspace)
    assert Catalog(restored).photos() == Catalog(workspace).photos()
    assert [study.run_ids for study in list_studies(restored)] == [study.run_ids for study in list_studies(workspace)]
    assert not list(restored.root.rglob("*.npy"))
    assert check_workspace(restored).problems == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.zip", "restored", "stored"]


def test_restored_jobs_belong_to_no_process(workspace: Workspace, tmp_path: Path) -> None:
    """A scrape that was running is interrupted, and a run that was training waits in the queue."""
    job = JobFolder.all_in(workspace.jobs)[0]
    job.path.joinpath("settings.json").write_text('{"kind": "scrape"}')
    (job.path / "status.json").unlink()
    job.record_process(os.getpid())
    run = next(run for run in list_runs(workspace) if run.state.name != "finished")
    (run.path / "status.json").unlink(missing_ok=True)
    run.folder.record_process(os.getpid())
    with (run.path / "records.jsonl").open("a") as stream:
        stream.write('{"event": "half a li')
    assert (job.state().name, run.folder.state().name) == ("running", "running")
    back_up(workspace, tmp_path / "backup.zip")
    restored = open_workspace(tmp_path / "restored")
    restore(restored, tmp_path / "backup.zip")
    assert JobFolder(restored.jobs / job.id).state().name == "lost"
    again = JobFolder(restored.runs / run.run_id)
    assert again.state().name in ("queued", "paused", "stopped")
    assert (again.path / "records.jsonl").read_bytes().endswith(b"}\n")
    assert (again.path / "checkpoint.npz").read_bytes() == (run.path / "checkpoint.npz").read_bytes()


def test_backup_of_a_workspace_in_use_is_consistent(catalog: Catalog, tmp_path: Path) -> None:
    """While photos are added and marked, each backup has the files of all photos that its catalog lists."""
    done = threading.Event()

    def use() -> None:
        number = 100
        while not done.is_set():
            photo_id = catalog.add(photo_bytes("sad", number), label="sad", origin=Origin(f"{number}")).photo_id
            catalog.mark([photo_id], status="kept")
            number += 1

    thread = threading.Thread(target=use)
    thread.start()
    try:
        for number in range(2):
            backed_up = back_up(catalog.workspace, tmp_path / "backup.zip")
            assert (backed_up.photos > 5, backed_up.missing) == (True, 0)
            restored = open_workspace(tmp_path / f"restored-{number}")
            restore(restored, tmp_path / "backup.zip")
            assert len(Catalog(restored).photos()) == backed_up.photos
            assert check_workspace(restored).problems == []
    finally:
        done.set()
        thread.join()


def test_workspace_with_photos_is_replaced_only_when_told(backup: Path, catalog: Catalog) -> None:
    """Without the flag nothing changes; with it, what was there is kept in a folder."""
    before = contents(catalog.workspace)
    with pytest.raises(DataError, match="not empty"):
        restore(catalog.workspace, backup)
    assert contents(catalog.workspace) == before
    numbers = restore(catalog.workspace, backup, replace=True)
    assert len(Catalog(catalog.workspace).photos()) == 20
    assert contents(Workspace(Path(str(numbers["set_aside"])))) == before
    assert check_workspace(catalog.workspace).problems == []


def test_opened_workspace_without_photos_is_empty(backup: Path, tmp_path: Path) -> None:
    """A user may start the app before the restore."""
    workspace = open_workspace(tmp_path / "new")
    Catalog(workspace)
    restore(workspace, backup)
    assert len(Catalog(workspace).photos()) == 20


def test_file_that_is_no_backup_is_not_replaced(catalog: Catalog, tmp_path: Path) -> None:
    """An earlier backup is."""
    file = tmp_path / "thesis.zip"
    file.write_bytes(b"words")
    with pytest.raises(DataError, match="no backup"):
        back_up(catalog.workspace, file)
    assert file.read_bytes() == b"words"
    file.unlink()
    for _ in range(2):
        back_up(catalog.workspace, file)
    assert verify(file)["files"]


def test_workspace_with_a_lost_catalog_is_not_backed_up_as_an_empty_one(catalog: Catalog, tmp_path: Path) -> None:
    """The earlier backup, which has the photos, is still there."""
    back_up(catalog.workspace, tmp_path / "backup.zip")
    before = (tmp_path / "backup.zip").read_bytes()
    for path in catalog.workspace.root.glob("catalog.sqlite*"):
        path.unlink()
    with pytest.raises(DataError, match="check --repair"):
        back_up(catalog.workspace, tmp_path / "backup.zip")
    assert (tmp_path / "backup.zip").read_bytes() == before


def test_backup_of_the_page_is_verified_and_restored(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its job names what is in the file; without room for it, nothing is started."""
    monkeypatch.setattr(JobFolder, "launch_job", lambda folder, module: backup_job.run(folder))
    backup = backup_of(start_backup(catalog.workspace))
    assert backup is not None
    file, numbers = backup
    assert numbers == {"photos": len(catalog.photos()), "missing": 0, "runs": 0}
    restored = open_workspace(tmp_path / "new")
    restore(restored, file)
    assert Catalog(restored).photos() == catalog.photos()
    monkeypatch.setattr("emotion_core.maintenance.backup_job.free_bytes", lambda path: 1)
    with pytest.raises(DiskFull, match="no room for a backup"):
        start_backup(catalog.workspace)


def test_full_disk_is_named_and_leaves_nothing(
    catalog: Catalog, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a part of a backup, nor a part of a restored workspace."""
    monkeypatch.setattr("shutil.disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))  # type: ignore[attr-defined]
    with pytest.raises(DataError, match="the disk is full"):
        back_up(catalog.workspace, tmp_path / "other" / "backup.zip")
    assert list((tmp_path / "other").iterdir()) == []
    with pytest.raises(DataError, match="the disk is full"):
        restore(open_workspace(tmp_path / "new"), backup)
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("share", [0.02, 0.4, 0.9])
def test_changed_bit_in_a_backup_is_found_before_anything_is_replaced(
    backup: Path, tmp_path: Path, share: float
) -> None:
    """Near its beginning, in the middle, and near its end."""
    data = bytearray(backup.read_bytes())
    data[int(share * len(data))] ^= 1
    backup.write_bytes(data)
    with pytest.raises(DataError, match=r"cannot be used|damaged"):
        restore(open_workspace(tmp_path / "new"), backup)
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "/etc/evil",
        "photos/../../evil.jpg",
        "runs/261129-222506-a536d6-r001/../../../evil.json",
        "runs/261129-222506-a536d6-r001/process.json",
        "runs/261129-222506-a536d6-r001/.hidden",
        "queue.lock",
        "cluster.json",
        "photos/ab/evil.svg",
        "C:\\evil.txt",
        "STUDIES/a.json",
    ],
)
def test_names_out_of_the_scheme_are_refused(backup: Path, tmp_path: Path, name: str) -> None:
    """Nothing outside the workspace is written, nor what a process writes in it."""
    changed = rewritten(backup, lambda files: files.update({name: b"evil"}))
    with pytest.raises(DataError, match="cannot be used"):
        restore(open_workspace(tmp_path / "new"), changed)
    assert list((tmp_path / "new").iterdir()) == []


def test_manifest_bounds_what_is_unpacked(backup: Path, tmp_path: Path) -> None:
    """A file that unpacks to more than it says, one that is not listed, and one that is missing end the restore."""

    def grow(files: Files) -> None:
        files["studies/bomb.json"] = b"0" * 10**7

    def inflate(files: Files) -> None:
        files[next(name for name in files if name.startswith("studies/"))] = b"0" * 10**7

    for change in (grow, inflate, lambda files: files.pop(next(iter(files)))):
        changed = rewritten(backup, change, honest=False)
        with pytest.raises(DataError, match="cannot be used"):
            restore(open_workspace(tmp_path / "new"), changed)
    assert list((tmp_path / "new").iterdir()) == []


def test_catalog_of_a_stranger_brings_rows_and_nothing_else(backup: Path, tmp_path: Path) -> None:
    """Its triggers and views do not come along; a row whose id is a path is refused."""
    stranger = tmp_path / "stranger.sqlite"

    def with_statement(statement: str) -> Callable[[Files], None]:
        def change(files: Files) -> None:
            stranger.write_bytes(files["catalog.sqlite"])
            with sqlite3.connect(stranger) as connection:
                connection.execute("PRAGMA journal_mode=DELETE")
                connection.execute(statement)
            connection.close()
            files["catalog.sqlite"] = stranger.read_bytes()

        return change

    trigger = "CREATE TRIGGER evil AFTER UPDATE ON photos BEGIN DELETE FROM marks; END"
    workspace = open_workspace(tmp_path / "new")
    restore(workspace, rewritten(backup, with_statement(trigger)))
    with Catalog(workspace).connection() as connection:
        assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'evil'").fetchall()
    for column, value in (("photo_id", "../../evil"), ("suffix", "/../x"), ("label", "evil")):
        changed = rewritten(backup, with_statement(f"UPDATE photos SET {column} = '{value}' WHERE rowid = 1"))
        with pytest.raises(DataError, match="rows that this project did not write"):
            restore(open_workspace(tmp_path / "other"), changed)


def test_photo_of_huge_size_is_refused(backup: Path, tmp_path: Path) -> None:
    """Stored photos are opened without limits later, so none may state a size that this project never stores."""
    size = struct.pack(">4sIIBBBBB", b"IHDR", 60000, 60000, 8, 2, 0, 0, 0)
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + size + struct.pack(">I", zlib.crc32(size))

    def change(files: Files) -> None:
        files["photos/zz/zz0123.png"] = header + b"\0\0\0\0IEND\xaeB`\x82"

    with pytest.raises(DataError, match="more than 8192 pixels"):
        restore(open_workspace(tmp_path / "new"), rewritten(backup, change))


def test_what_is_no_backup_is_a_sentence(tmp_path: Path) -> None:
    """No zip, another zip, and no file at all."""
    workspace = open_workspace(tmp_path / "new")
    (tmp_path / "text.zip").write_bytes(b"text")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "text")
    with zipfile.ZipFile(tmp_path / "odd.zip", "w") as archive:
        archive.writestr("manifest.json", '{"files": [1]}')
    for name in ("text.zip", "other.zip", "odd.zip", "nothing.zip"):
        with pytest.raises(DataError, match="Expected a backup"):
            restore(workspace, tmp_path / name)
    huge = bytearray((tmp_path / "other.zip").read_bytes())
    huge[-10:-6] = struct.pack("<I", 2**31)
    (tmp_path / "huge.zip").write_bytes(huge)
    with pytest.raises(DataError, match="too many files"):
        restore(workspace, tmp_path / "huge.zip")
