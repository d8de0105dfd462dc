"""Runs, studies and snapshots that cannot be read are listed, and a comparison without them says so."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_core.command_line import parser
from emotion_core.dataset import list_snapshots, unreadable_snapshots
from emotion_core.documents import FORMAT_VERSION
from emotion_core.errors import JobError, JobUnusable
from emotion_core.evaluation.comparison import compare_study
from emotion_core.jobs import JobFolder
from emotion_core.prediction import Classifier
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import find_run, list_runs, list_studies, load_study, resume_run
from emotion_core.training.queue import queued_folders
from emotion_core.training.store import unreadable_runs, unreadable_studies

Change = Callable[[Path], None]


@pytest.fixture
def workspace(studied: Workspace, tmp_path: Path) -> Workspace:
    """Return a copy of a workspace with a finished and a failed run."""
    return open_workspace(Path(shutil.copytree(studied.root, tmp_path / "copy")))


def change_digit(path: Path) -> None:
    """Change the last digit of a file."""
    data = bytearray(path.read_bytes())
    place = max(place for place, byte in enumerate(data) if byte in b"012345678")
    data[place] += 1
    path.chmod(0o644)
    path.write_bytes(data)


def make_newer(path: Path) -> None:
    """Make a file one of a newer version."""
    path.chmod(0o644)
    path.write_text(json.dumps({"format": FORMAT_VERSION + 1, "content": "unknown"}))


def rows(workspace: Workspace, *words: str) -> list[dict[str, object]]:
    """Return what a verb answers as JSON."""
    options = parser().parse_args([*words, "--json"])
    answer: list[dict[str, object]] = options.action(workspace, options)
    return answer


@pytest.mark.parametrize(("change", "state"), [(change_digit, "damaged"), (make_newer, "newer version")])
def test_run_that_cannot_be_read_is_a_row(workspace: Workspace, change: Change, state: str) -> None:
    """The run keeps its place in the list with nothing but its state and problem, and no study loses it silently."""
    [study], [run, other] = list_studies(workspace), list_runs(workspace)
    change(run.path / "settings.json")
    assert [listed.run_id for listed in list_runs(workspace)] == [other.run_id]
    assert [unreadable.kind for unreadable in unreadable_runs(workspace)] == [state]
    for words in (["runs"], ["runs", "--study", study.study_id]):
        row = rows(workspace, *words)[0]
        assert (row["run_id"], row["state"], row["epoch"], row["activation"]) == (run.run_id, state, None, None)
        assert row["problem"]
    compared = compare_study(workspace, study)
    assert run.run_id in compared.comparison.reason
    assert [problem.entry_id for problem in compared.problems] == [run.run_id]


@pytest.mark.parametrize(("change", "kind"), [(change_digit, "damaged"), (make_newer, "newer version")])
def test_studies_and_snapshots_are_listed(workspace: Workspace, change: Change, kind: str) -> None:
    """A study that cannot be read is not called unknown, and neither is its snapshot."""
    [study] = list_studies(workspace)
    change(study.file(workspace))
    change(workspace.snapshots / study.snapshot / "snapshot.json")
    assert list_studies(workspace) == [] == list_snapshots(workspace)
    assert [unreadable.kind for unreadable in unreadable_studies(workspace)] == [kind]
    assert [unreadable.kind for unreadable in unreadable_snapshots(workspace)] == [kind]
    with pytest.raises(JobUnusable, match=kind.split()[0]):
        load_study(workspace, study.study_id)


def test_changed_scores_leave_a_run_out_with_a_word(workspace: Workspace) -> None:
    """A digit of P(sad) moves no figure: the run is left out by name, and its network does not classify."""
    [study], run = list_studies(workspace), list_runs(workspace)[0]
    change_digit(run.path / "scores.json")
    compared = compare_study(workspace, study)
    assert compared.finished == []
    assert f"Left out, because damaged, missing or of a newer version: {run.run_id}" in compared.comparison.reason
    assert "scores.json is damaged" in str(find_run(workspace, run.run_id).summary()["problem"])
    with pytest.raises(JobUnusable, match=r"scores\.json is damaged"):
        Classifier(find_run(workspace, run.run_id))


def test_changed_bit_in_a_network_is_noticed(workspace: Workspace) -> None:
    """A LiteRT file with one changed bit may still load and answer; its hash shows the change."""
    run = list_runs(workspace)[0]
    data = bytearray(run.model_path.read_bytes())
    data[len(data) // 2] ^= 4
    run.model_path.write_bytes(data)
    with pytest.raises(JobUnusable, match=r"model\.tflite is damaged"):
        Classifier(run)


def test_queue_leaves_a_newer_run_alone(workspace: Workspace) -> None:
    """A queued run of a newer version is neither trained nor resumed by this one."""
    [study] = list_studies(workspace)
    folder = JobFolder(workspace.runs / f"{study.study_id}-r009")
    config = study.config.runs[0].model_dump(mode="json")
    folder.create({"study": study.study_id, "snapshot": study.snapshot, "config": config})
    assert [queued.id for queued in queued_folders(workspace)] == [folder.id]
    make_newer(folder.path / "settings.json")
    assert queued_folders(workspace) == []
    run = list_runs(workspace)[1]
    make_newer(run.path / "status.json")
    with pytest.raises(JobError, match="newer version"):
        resume_run(workspace, run)


def test_damaged_run_and_study_can_be_deleted(workspace: Workspace) -> None:
    """Their folders go although nothing in them can be read, and a newer version's stay."""
    [study], [run, other] = list_studies(workspace), list_runs(workspace)
    change_digit(run.path / "settings.json")
    make_newer(other.path / "settings.json")
    assert rows(workspace, "delete", run.run_id) == {"deleted": [run.run_id]}
    assert load_study(workspace, study.study_id).run_ids == (other.run_id,)
    with pytest.raises(JobUnusable, match="newer version"):
        rows(workspace, "delete", other.run_id)
    change_digit(study.file(workspace))
    assert rows(workspace, "delete", study.study_id) == {"deleted": []}
    assert other.path.is_dir()
    assert not list(workspace.studies.glob("*.json"))
