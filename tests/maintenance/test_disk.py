"""What lies on the disk is listed once and completely, and cleaning removes only what nothing needs."""

import os
from pathlib import Path

from emotion_core.files import write_json
from emotion_core.jobs import JobFolder
from emotion_core.maintenance import check_workspace, clean, disk_use, removable
from emotion_core.settings import Workspace
from emotion_core.training import list_runs, list_studies


def files_of(workspace: Workspace) -> list[Path]:
    """Return every file of a workspace."""
    return [path for path in workspace.root.rglob("*") if path.is_file()]


def test_every_byte_is_listed_once(workspace: Workspace) -> None:
    """The rows add up to all files, and each study has its own runs, and its snapshot if no other study uses it."""
    rows = disk_use(workspace)
    assert sum(row.files for row in rows) == len(files_of(workspace))
    assert sum(row.bytes for row in rows) == sum(path.stat().st_size for path in files_of(workspace))
    assert len({(row.kind, row.study) for row in rows}) == len(rows)
    studies = [study.study_id for study in list_studies(workspace)]
    assert {row.study for row in rows} == {"", *studies}
    models = {row.study: row.files for row in rows if row.kind == "models"}
    assert models == {studies[1]: 4, studies[2]: 4}
    assert all(row.as_json()["why"] for row in rows)


def test_cleaning_removes_what_nothing_needs(workspace: Workspace) -> None:
    """Ended jobs, leftovers and weights that nothing reads go; runs, studies and photos stay as they are."""
    (workspace.root / ".2147483000.deadbeef.x").write_bytes(b"half")
    # A snapshot that no study uses keeps its photos and labels, not its pixels.
    for study in list_studies(workspace)[:2]:
        study.file(workspace).unlink()
    runs = {run.run_id: run.state.name for run in list_runs(workspace)}
    planned = removable(workspace)
    before = set(files_of(workspace))
    removed = clean(workspace)
    assert [item.path for item in removed] == [item.path for item in planned]
    gone = {path.relative_to(workspace.root).parts for path in before - set(files_of(workspace))}
    names = {parts[-1] for parts in gone if parts[0] != "jobs"}
    assert names == {"best.weights.h5", ".2147483000.deadbeef.x", "pixels-16.npy"}
    assert JobFolder.all_in(workspace.jobs) == []
    assert {run.run_id: run.state.name for run in list_runs(workspace)} == runs
    assert removable(workspace) == []


def test_scrape_that_can_be_gone_on_with_stays(workspace: Workspace) -> None:
    """A stopped or killed one goes only when that is asked for; a running one never."""
    [job] = JobFolder.all_in(workspace.jobs)
    write_json(job.path / "settings.json", {"kind": "scrape"})
    write_json(job.path / "status.json", {"state": "stopped"})
    assert job.path not in [item.path for item in removable(workspace)]
    assert job.path in [item.path for item in removable(workspace, interrupted=True)]
    (job.path / "status.json").unlink()
    job.record_process(os.getpid())
    assert job.path not in [item.path for item in removable(workspace, interrupted=True)]


def test_cleaned_workspace_has_no_problem(workspace: Workspace) -> None:
    """Nothing that is checked was needed."""
    clean(workspace, interrupted=True)
    assert check_workspace(workspace).problems == []
