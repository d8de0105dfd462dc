"""A check finds every kind of damage, a repair mends what can be mended, and a sound workspace has no problem."""

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_core.collect.import_summary import ImportSummary, add_to_catalog
from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog, Origin, PhotoBatch
from emotion_core.files import write_json
from emotion_core.jobs import JobFolder
from emotion_core.maintenance import Problem, check_workspace, delete_damaged_job, summary_text
from emotion_core.settings import Workspace
from emotion_core.training import list_runs, list_studies


def flip(path: Path, position: int = -40) -> None:
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


def kinds(problems: list[Problem]) -> list[str]:
    """Return the kinds of problems in order."""
    return [problem.kind for problem in problems]


def test_sound_workspaces_have_no_problem(catalog: Catalog, workspace: Workspace) -> None:
    """Neither a new one nor one that an earlier version wrote, after its catalog was upgraded."""
    for sound in (catalog.workspace, workspace):
        report = check_workspace(sound, repair=True)
        assert (report.problems, report.repaired) == ([], [])
    assert summary_text(report) == "Everything is as it was written."
    assert report.checked == {"photos": 20, "snapshots": 2, "studies": 3, "runs": 5, "jobs": 1}


def test_photos_are_told_and_importing_them_again_repairs_them(catalog: Catalog) -> None:
    """A missing photo and a changed bit are told with where they came from; the import says that it repaired them."""
    first, second, *_ = catalog.photos()
    catalog.photo_path(first).unlink()
    flip(catalog.photo_path(second))
    report = check_workspace(catalog.workspace, repair=True)
    assert kinds(report.problems) == ["photo", "photo"]
    assert "missing. It came from http://photos.example/0.jpg" in report.problems[0].what
    assert "damaged" in report.problems[1].what
    assert report.problems[1].path == f"photos/{second.photo_id[:2]}/{second.photo_id}{second.suffix}"
    summary = ImportSummary()
    with PhotoBatch(catalog) as batch:
        for number in range(3):
            add_to_catalog(catalog, batch, photo_bytes("happy", number), "happy", Origin("again"), summary)
    assert (summary.added, summary.duplicates, summary.repaired) == (0, 3, 2)
    assert summary.as_json()["repaired"] == 2
    assert "stored file of 2 photos was missing or damaged" in summary.as_json()["notes"][-1]
    assert check_workspace(catalog.workspace).problems == []


def test_photo_is_repaired_from_its_own_stored_file_and_after_another_encoder(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of the stored file repairs it byte by byte; other bytes of the same picture are recorded as such."""
    photo = catalog.photos()[0]
    stored = catalog.photo_path(photo).read_bytes()
    catalog.photo_path(photo).write_bytes(b"")
    assert catalog.add(stored, label="happy", origin=Origin("copy")).repaired
    assert catalog.photo_path(photo).read_bytes() == stored
    catalog.photo_path(photo).unlink()
    monkeypatch.setattr("emotion_core.images.encode", lambda picture: (stored + b"other", photo.suffix))
    addition = catalog.add(photo_bytes("happy", 0), label="happy", origin=Origin("again"))
    assert (addition.photo_id, addition.duplicate, addition.repaired) == (photo.photo_id, True, True)
    assert check_workspace(catalog.workspace).problems == []


def test_thumbnails_are_made_again(catalog: Catalog) -> None:
    """One is missing, one has a changed bit, and one shows another photo."""
    paths = [catalog.thumbnail_path(photo.photo_id) for photo in catalog.photos()]
    paths[0].unlink()
    flip(paths[1])
    shutil.copy(paths[3], paths[2])
    report = check_workspace(catalog.workspace)
    assert kinds(report.problems) == ["thumbnail"] * 3
    report = check_workspace(catalog.workspace, repair=True)
    assert (kinds(report.repaired), report.problems) == (["thumbnail"] * 3, [])
    assert check_workspace(catalog.workspace).problems == []


def test_thumbnail_of_an_earlier_version_is_compared_with_its_photo(workspace: Workspace) -> None:
    """Without a checksum, one of another photo shows all the same."""
    catalog = Catalog(workspace)
    first, second = (catalog.thumbnail_path(photo.photo_id) for photo in catalog.photos()[:2])
    shutil.copy(first, second)
    assert kinds(check_workspace(workspace).problems) == ["thumbnail"]


def test_file_without_row_gets_its_row_back(catalog: Catalog) -> None:
    """The journal has its label, status and origin; what the journal does not know is set aside, never deleted."""
    lost = catalog.photos()[1]
    with sqlite3.connect(catalog.workspace.catalog) as connection:
        connection.execute("DELETE FROM photos WHERE photo_id = ?", (lost.photo_id,))
    connection.close()
    stranger = catalog.workspace.photos / "zz" / "zz0123456789.jpg"
    stranger.parent.mkdir()
    stranger.write_bytes(b"not known")
    os.utime(stranger, (1e9, 1e9))
    report = check_workspace(catalog.workspace, repair=True)
    assert (kinds(report.repaired), report.problems) == (["catalog", "photo"], [])
    [back] = catalog.photos_of([lost.photo_id])
    assert back == lost
    assert (catalog.workspace.root / "unlisted" / stranger.name).read_bytes() == b"not known"
    assert check_workspace(catalog.workspace).problems == []


def test_file_of_a_deleted_photo_does_not_come_back(catalog: Catalog) -> None:
    """A deletion counts more than a file that is there."""
    with catalog.connection() as connection:
        photo_id = connection.execute("SELECT photo_id FROM deleted").fetchone()[0]
    path = catalog.workspace.photos / photo_id[:2] / f"{photo_id}.jpg"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"again")
    assert kinds(check_workspace(catalog.workspace, repair=True).repaired) == ["photo"]
    assert not path.exists()


def test_lost_catalog_is_a_problem_and_is_rebuilt(catalog: Catalog) -> None:
    """The check itself never makes an empty catalog in its place."""
    before = catalog.photos()
    for path in catalog.workspace.root.glob("catalog.sqlite*"):
        path.unlink()
    for _ in range(2):
        report = check_workspace(catalog.workspace)
        assert kinds(report.problems) == ["catalog"]
        assert "check --repair" in report.problems[0].what
    assert not catalog.workspace.catalog.exists()
    report = check_workspace(catalog.workspace, repair=True)
    assert (kinds(report.repaired), report.problems) == (["catalog"], [])
    assert "Rebuilt from its journal, with 6 photos" in report.repaired[0].what
    assert catalog.photos() == before


@pytest.mark.parametrize("position", [0, 30, 4096 + 3])
def test_damaged_catalog_is_found_and_rebuilt(catalog: Catalog, position: int) -> None:
    """Damage of its header and of a page: the old file is kept beside the new one."""
    before = catalog.photos()
    with catalog.connection() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = catalog.workspace.catalog
    data = bytearray(path.read_bytes())
    data[position : position + 64] = os.urandom(64)
    path.write_bytes(data)
    report = check_workspace(catalog.workspace, repair=True)
    assert (kinds(report.repaired), report.problems) == (["catalog"], [])
    assert catalog.photos() == before
    assert path.with_name("catalog.sqlite.damaged").exists()


def test_damaged_journal_is_written_again(catalog: Catalog) -> None:
    """A changed digit and a missing line are found by comparing it with the catalog."""
    path = catalog.workspace.journal
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3] + lines[4:]).replace(b"kept", b"keqt"))
    assert kinds(check_workspace(catalog.workspace).problems) == ["journal"]
    assert kinds(check_workspace(catalog.workspace, repair=True).repaired) == ["journal"]
    assert check_workspace(catalog.workspace).problems == []


def test_rows_without_photo_are_removed(catalog: Catalog) -> None:
    """Such a row would make a photo that is offered again look like one that is there."""
    with sqlite3.connect(catalog.workspace.catalog) as connection:
        connection.execute("INSERT INTO sightings (original_sha256, photo_id, label, name, seen_at) VALUES (1,2,3,4,5)")
    connection.close()
    assert kinds(check_workspace(catalog.workspace, repair=True).repaired) == ["reference"]
    assert check_workspace(catalog.workspace).problems == []


def _flip_snapshot(workspace: Workspace) -> Path:
    path = next(workspace.snapshots.glob("*/snapshot.json"))
    path.chmod(0o644)
    path.write_text(path.read_text().replace('"train"', '"test"', 1))
    return path


def _flip_cache(workspace: Workspace) -> Path:
    path = next(workspace.snapshots.glob("*/*.npy"))
    flip(path, -1000)
    return path


def _cut_settings(workspace: Workspace) -> Path:
    path = list_runs(workspace)[0].path / "settings.json"
    path.write_text('{"study": "x", "conf')
    return path


def _cut_records(workspace: Workspace) -> Path:
    path = list_runs(workspace)[0].path / "records.jsonl"
    path.write_bytes(path.read_bytes().replace(b'{"time', b"{time", 1))
    return path


def _drop_scores(workspace: Workspace) -> Path:
    path = list_runs(workspace)[0].path / "scores.json"
    path.unlink()
    return path


def _flip_model(workspace: Workspace) -> Path:
    path = list_runs(workspace)[0].path / "model.keras"
    flip(path, path.stat().st_size // 2)
    return path


def _drop_model(workspace: Workspace) -> Path:
    path = list_runs(workspace)[0].path / "model.tflite"
    path.unlink()
    return path


def _cut_study(workspace: Workspace) -> Path:
    path = next(workspace.studies.glob("*.json"))
    path.write_bytes(b"\x00\xff{")
    return path


def _drop_snapshot(workspace: Workspace) -> Path:
    study = list_studies(workspace)[0]
    shutil.rmtree(workspace.snapshots / study.snapshot)
    return study.file(workspace)


def _drop_run(workspace: Workspace) -> Path:
    path = list_runs(workspace)[0].path
    shutil.rmtree(path)
    return path


def _drop_study(workspace: Workspace) -> Path:
    study = list_studies(workspace)[0]
    study.file(workspace).unlink()
    return workspace.runs / study.run_ids[0]


def _cut_job(workspace: Workspace) -> Path:
    path = JobFolder.all_in(workspace.jobs)[0].path / "settings.json"
    path.write_text("{")
    return path


def _cut_calibration(workspace: Workspace) -> Path:
    path = workspace.root / "calibration.json"
    path.write_text("{")
    return path


def _kill_writer(workspace: Workspace) -> Path:
    path = workspace.runs / ".2147483000.deadbeef.status.json"
    path.write_bytes(b"half")
    return path


def _kill_deletion(workspace: Workspace) -> Path:
    path = workspace.runs / ".deadbeef.261129-222506-a536d6-r009"
    path.mkdir()
    return path


def _kill_creation(workspace: Workspace) -> Path:
    path = workspace.jobs / ".261129-222506-a536d6"
    path.mkdir()
    os.utime(path, (1e9, 1e9))
    return path


def _keep_uploads(workspace: Workspace) -> Path:
    path = JobFolder.all_in(workspace.jobs)[0].path / "uploads"
    path.mkdir()
    (path / "0").write_bytes(b"photo")
    return path


def _kill_build(workspace: Workspace) -> Path:
    path = next(workspace.snapshots.glob("*")) / ".building.pixels-64.npy"
    path.write_bytes(b"half")
    return path


@pytest.mark.parametrize(
    ("damage", "kind", "is_repaired"),
    [
        (_flip_snapshot, "snapshot", False),
        (_flip_cache, "pixel cache", True),
        (_cut_settings, "run", False),
        (_cut_records, "run", False),
        (_drop_scores, "run", False),
        (_flip_model, "model", False),
        (_drop_model, "model", False),
        (_cut_study, "study", False),
        (_drop_snapshot, "study", False),
        (_drop_run, "study", True),
        (_drop_study, "run", False),
        (_cut_job, "job", False),
        (_cut_calibration, "cache", True),
        (_kill_writer, "leftover", True),
        (_kill_deletion, "leftover", True),
        (_kill_creation, "leftover", True),
        (_keep_uploads, "leftover", True),
        (_kill_build, "leftover", True),
    ],
)
def test_each_kind_of_damage_is_told_with_its_path(
    workspace: Workspace, damage: Callable[[Workspace], Path], kind: str, is_repaired: bool
) -> None:
    """Its file or folder is named; a second check after the repair finds it mended, or tells of it again."""
    path = damage(workspace).relative_to(workspace.root).as_posix()
    told = {(problem.path, problem.kind) for problem in check_workspace(workspace).problems}
    assert (path, kind) in told
    report = check_workspace(workspace, repair=True)
    assert ((path, kind) in {(problem.path, problem.kind) for problem in report.repaired}) == is_repaired
    left = {(problem.path, problem.kind) for problem in check_workspace(workspace).problems}
    assert ((path, kind) in left) != is_repaired


def test_snapshot_that_nothing_proves_is_said_to_be_lost(workspace: Workspace) -> None:
    """Without scores its split is nowhere else: the repair names the study and what stays."""
    study = list_studies(workspace)[0]
    for run in list_runs(workspace):
        (run.path / "scores.json").unlink(missing_ok=True)
    path = workspace.snapshots / study.snapshot / "snapshot.json"
    path.chmod(0o644)
    path.write_text(path.read_text().replace('"train"', '"test"', 1))
    report = check_workspace(workspace, repair=True)
    [problem] = [problem for problem in report.problems if problem.kind == "snapshot"]
    assert study.study_id in problem.what
    assert "is lost" in problem.what


def test_snapshot_with_another_label_is_made_again_from_the_catalog(workspace: Workspace) -> None:
    """The fingerprint proves that the catalog's label is the one that was frozen."""
    for run in list_runs(workspace):
        (run.path / "scores.json").unlink(missing_ok=True)
    for path in workspace.snapshots.glob("*/snapshot.json"):
        path.chmod(0o644)
        path.write_text(path.read_text().replace('"label": "happy"', '"label": "sad"', 1))
    repaired = check_workspace(workspace, repair=True).repaired
    assert [problem.kind for problem in repaired].count("snapshot") == len([*workspace.snapshots.glob("[!.]*")])


def test_damaged_job_is_deleted(workspace: Workspace) -> None:
    """Only its own folder goes."""
    first, *others = JobFolder.all_in(workspace.jobs)
    (first.path / "settings.json").write_text("{")
    delete_damaged_job(workspace, first.id)
    assert [job.id for job in JobFolder.all_in(workspace.jobs)] == [job.id for job in others]


def test_what_a_living_process_is_writing_is_no_leftover(workspace: Workspace) -> None:
    """Its own temporary file, and a folder that is being filled, stay."""
    path = workspace.root / f".{os.getpid()}.deadbeef.status.json"
    path.write_bytes(b"half")
    (workspace.jobs / ".261129-222506-a536d6").mkdir()
    assert check_workspace(workspace, repair=True).repaired == []
    # A process that began after the file was written has the id of the one that was killed.
    os.utime(path, (time.time() - 10**6,) * 2)
    assert kinds(check_workspace(workspace, repair=True).repaired) == ["leftover"]


def test_newer_version_of_a_file_is_told_as_such(workspace: Workspace) -> None:
    """It is never called damaged, and never deleted."""
    path = workspace.root / "runs_at_once.json"
    write_json(path, {"format": 99, "checksum": "0"})
    [problem] = check_workspace(workspace, repair=True).problems
    assert "The file runs_at_once.json was written by a newer version of this program" in problem.what
    assert json.loads(path.read_text())["format"] == 99
