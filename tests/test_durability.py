"""What is told was waited for: files, then the folders that name them, then the row, status or answer about them."""

import os
from pathlib import Path

import pytest

from emotion_core.collect import ImportProgress, ImportSummary, import_path
from emotion_core.dataset import Catalog, Origin, PhotoBatch, delete_photos
from emotion_core.files import write_bytes, write_json
from emotion_core.jobs import JobFolder, new_id
from emotion_core.settings import Workspace
from emotion_core.training import RunConfig, find_run
from emotion_core.training.engine import Checkpoint, save_checkpoint
from emotion_core.training.store import interruption_messages
from emotion_core.training.worker import train_in_session
from pages.server.mark_inbox import MarkBatch, MarkInbox
from tests.collect.web_server import jpeg

Synced = list[str]


@pytest.fixture
def synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Synced:
    """Return the paths below the test's folder that are waited for, in their order; SQLite's own are not among them."""
    paths: Synced = []

    def fsync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        paths.append(str(path.relative_to(tmp_path)))

    monkeypatch.setattr(os, "fsync", fsync)
    return paths


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="reads the names of open files")


@needs_proc
def test_a_file_is_waited_for_before_its_name(tmp_path: Path, synced: Synced) -> None:
    """The temporary file first, then the folder after the rename, and folders above a new one; or nothing at all."""
    write_bytes(tmp_path / "a" / "b" / "c.bin", b"1")
    folders, (file, last) = synced[:2], synced[2:]
    assert (folders, last) == ([".", "a"], "a/b")
    assert file.startswith("a/b/.") and file.endswith(".c.bin")
    write_bytes(tmp_path / "a" / "d.bin", b"1", durable=False)
    assert len(synced) == 4


@needs_proc
def test_photos_are_waited_for_before_their_rows(
    tmp_path: Path, synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Photo, thumbnail and folders are on the disk while no row speaks of them; several photos are added together."""
    catalog, rows = Catalog(Workspace(tmp_path)), []
    recorded = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (recorded(descriptor), rows.append(catalog.photo_ids())))
    photo_id = catalog.add(jpeg(1), label="sad", origin=Origin("a.jpg")).photo_id
    assert rows and not any(rows)
    assert sum(path.endswith(f".{photo_id}.jpg") for path in synced) == 2
    assert {f"photos/{photo_id[:2]}", f"thumbnails/{photo_id[:2]}", "photos", "thumbnails", "."} <= set(synced)

    added: list[str] = []
    with PhotoBatch(catalog) as batch:
        for number in range(3):
            photo = catalog.prepare(jpeg(number), label="sad", origin=Origin("b.jpg"))
            batch.put(photo, lambda addition: added.append(addition.photo_id))
        assert (added, len(batch), len(catalog.photo_ids())) == ([], 3, 1)
    assert (len(added), len(catalog.photo_ids())) == (3, 3)


def test_every_commit_of_the_catalog_is_waited_for(tmp_path: Path) -> None:
    """Not so within a request of marks, which waits once at its end."""
    catalog = Catalog(Workspace(tmp_path))

    def synchronous() -> int:
        with catalog.connection() as connection:
            return int(connection.execute("PRAGMA synchronous").fetchone()[0])

    full, normal = 2, 1
    assert synchronous() == full
    with catalog.kept_open():
        assert synchronous() == full
    with catalog.kept_open(sync_at_end=True):
        assert synchronous() == normal
    assert synchronous() == full


@needs_proc
def test_marks_are_waited_for_before_they_are_answered(tmp_path: Path, synced: Synced) -> None:
    """Once for all marks of a request, also when one of them fails."""
    catalog = Catalog(Workspace(tmp_path))
    photo_ids = [catalog.add(jpeg(n), label="sad", origin=Origin(f"{n}.jpg")).photo_id for n in range(3)]
    synced.clear()
    marks = [{"number": n, "ids": [photo_id], "status": "kept"} for n, photo_id in enumerate(photo_ids, start=1)]
    assert MarkInbox().take(catalog, MarkBatch(visit="v", marks=marks))["seen"] == 3
    assert synced == ["photos.journal"] * 3 + ["catalog.sqlite-wal", "."]


@needs_proc
def test_deleted_photos_are_gone_for_good_before_their_rows(tmp_path: Path, synced: Synced) -> None:
    """A power failure must not bring back a photo that nothing lists."""
    catalog = Catalog(Workspace(tmp_path))
    photo_id = catalog.add(jpeg(1), label="sad", origin=Origin("a.jpg")).photo_id
    synced.clear()
    delete_photos(catalog, [photo_id])
    assert {f"photos/{photo_id[:2]}", f"thumbnails/{photo_id[:2]}"} <= set(synced)


@needs_proc
def test_records_are_waited_for_before_the_status_and_requests_before_they_are_told(
    tmp_path: Path, synced: Synced
) -> None:
    """So are a new job's folder, a request to it, its end, and its deletion."""
    folder = JobFolder(tmp_path / "runs" / new_id())
    name = f"runs/{folder.id}"
    folder.create({"kind": "test"})
    assert synced[-1] == "runs" and f"runs/.{folder.id}/settings.json" in synced

    synced.clear()
    folder.append({"event": "epoch", "epoch": 1})
    assert synced == []
    folder.finish("finished")
    assert synced[:2] == [f"{name}/records.jsonl", name]
    assert synced[2].endswith(".status.json") and synced[3:] == [name]

    for act in (folder.request_stop, folder.requeue):
        synced.clear()
        act()
        assert name in synced
    synced.clear()
    folder.delete()
    assert synced == ["runs"]


@needs_proc
def test_a_checkpoint_is_waited_for(tmp_path: Path, synced: Synced) -> None:
    """A run goes on from it after a power failure."""
    save_checkpoint(tmp_path, Checkpoint(1, 0, 0.5, {}))
    assert [path.endswith("checkpoint.npz") for path in synced] == [True, False]


def test_an_import_tells_only_what_is_in_the_catalog(tmp_path: Path) -> None:
    """At each progress the catalog holds the photos that are called added, and what is done is settled."""
    for number in range(12):
        write_bytes(tmp_path / "sad" / f"{number}.jpg", jpeg(number), durable=False)
    write_bytes(tmp_path / "sad" / "no.jpg", b"no picture", durable=False)
    catalog, seen = Catalog(Workspace(tmp_path)), list[ImportProgress]()

    def on_progress(progress: ImportProgress) -> None:
        assert progress.added == len(catalog.photo_ids())
        assert progress.done >= progress.added + progress.rejected
        seen.append(progress)

    summary = import_path(catalog, tmp_path / "sad", on_progress=on_progress, summary=ImportSummary())
    assert (seen[-1].done, seen[-1].added, summary.added) == (13, 12, 12)


def _finished_without_status(workspace: Workspace) -> JobFolder:
    """Return the folder of a run that was killed between its last result and its status."""
    folder = JobFolder(workspace.runs / new_id())
    folder.create({"study": "none", "snapshot": "gone", "config": RunConfig(epochs=1).model_dump(mode="json")})
    for name in ("model.keras", "model.tflite"):
        write_bytes(folder.path / name, b"network")
    folder.append({"event": "epoch", "epoch": 1, "seconds": 0.1})
    columns = {"photo_ids": ["a", "b"], "labels": [0, 1], "splits": ["train", "test"], "p_sad": [0.1, 0.9]}
    write_json(folder.path / "scores.json", columns)
    folder.start_attempt()
    # The process of a worker that was killed, and the next attempt.
    write_json(folder.path / "process.json", {"pid": 1, "started": 0.0})
    folder.start_attempt()
    return folder


def test_a_run_with_results_is_finished_and_not_trained_again(tmp_path: Path) -> None:
    """Its photos and its snapshot may be gone by then; one without a network is not taken for finished."""
    folder = _finished_without_status(Workspace(tmp_path))
    assert folder.state().name == "queued"
    train_in_session(folder)
    run = find_run(Workspace(tmp_path), folder.id)
    assert (run.state.name, len(run.records("epoch"))) == ("finished", 1)
    [sentence] = interruption_messages(run)
    assert "after its last epoch; its results are complete" in sentence
    assert (folder.path / "model.keras").read_bytes() == b"network"

    folder = _finished_without_status(Workspace(tmp_path))
    (folder.path / "model.tflite").unlink()
    train_in_session(folder)
    assert folder.state().name == "failed"
    assert "snapshot is missing" in folder.state().message
