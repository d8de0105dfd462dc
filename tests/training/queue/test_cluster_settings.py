"""Where runs are trained: the workspace's settings, the environment that overrules them, the cluster's status."""

import json
from pathlib import Path

import pytest

from emotion_core.__main__ import main
from emotion_core.errors import SettingsError
from emotion_core.settings import CLUSTER_VARIABLE, CPUS_PER_RUN_VARIABLE, GPUS_PER_RUN_VARIABLE, Workspace
from emotion_core.training import runs_at_once
from emotion_core.training.queue import (
    ClusterSettings,
    cluster_settings,
    last_cluster_status,
    queue_problem,
    save_cluster_status,
    set_cluster,
    uses_cluster,
)
from emotion_core.training.queue.capacity import machine_runs_at_once
from emotion_core.training.queue.cluster_settings import SETTINGS_FILE

NODES = ({"CPU": 8.0, "GPU": 1.0}, {"CPU": 4.0})


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Return a workspace for which nothing is set in the environment."""
    for variable in (CLUSTER_VARIABLE, CPUS_PER_RUN_VARIABLE, GPUS_PER_RUN_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    return Workspace(tmp_path)


def test_the_workspace_keeps_the_settings_and_each_variable_overrules_its_own(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that is 0 counts as set; an empty one does not."""
    assert cluster_settings(workspace) == ClusterSettings(None, None, 0)
    set_cluster(workspace, " head:6379 ", cpus=2, gpus=1)
    assert cluster_settings(workspace) == ("head:6379", 2, 1)
    monkeypatch.setenv(GPUS_PER_RUN_VARIABLE, "0")
    monkeypatch.setenv(CLUSTER_VARIABLE, "auto")
    monkeypatch.setenv(CPUS_PER_RUN_VARIABLE, " ")
    assert cluster_settings(workspace) == ("auto", 2, 0)
    set_cluster(workspace)
    assert cluster_settings(workspace) == ("auto", None, 0)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"address": "head"}, "address='head'"),
        ({"address": "auto", "cpus": 0}, "processors='0'"),
        ({"address": "auto", "gpus": 17}, "GPUs='17'"),
    ],
)
def test_invalid_settings_are_named_and_not_saved(workspace: Workspace, wrong: dict[str, object], named: str) -> None:
    """The earlier settings stay."""
    set_cluster(workspace, "head:6379")
    with pytest.raises(SettingsError, match=named):
        set_cluster(workspace, **wrong)
    assert cluster_settings(workspace).address == "head:6379"


def test_damaged_settings_train_on_this_machine(workspace: Workspace) -> None:
    """Half a file, or one of another kind, counts as none, and the queue's problem names it."""
    for text in ("{", "[]", '{"host": "head"}'):
        (workspace.root / SETTINGS_FILE).write_text(text)
        assert cluster_settings(workspace) == ClusterSettings()
        assert not uses_cluster(workspace)
        assert "cluster.json is damaged" in queue_problem(workspace)


def test_status_counts_only_for_the_cluster_that_is_set(workspace: Workspace) -> None:
    """Its slots are how many runs are trained at once; the status of another cluster is ignored."""
    set_cluster(workspace, "head:6379")
    assert last_cluster_status(workspace) is None
    save_cluster_status(workspace, "head:6379", NODES, 3)
    status = last_cluster_status(workspace)
    assert status is not None
    assert (status.nodes, status.cpus, status.gpus, status.room) == (2, 12, 1, 3)
    assert runs_at_once(workspace) == 3
    set_cluster(workspace, "other:6379")
    assert last_cluster_status(workspace) is None
    set_cluster(workspace)
    assert runs_at_once(workspace) == machine_runs_at_once()


def test_the_command_line_sets_and_shows_the_cluster(
    workspace: Workspace, end_processes: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """An address that does not answer is set all the same; an invalid one is refused, and ``none`` removes it."""

    def cluster(*words: str) -> int:
        return main(["cluster", *words, "--workspace", str(workspace.root), "--json"])

    assert cluster("--address", "127.0.0.1:9", "--cpus", "2") == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["address"], shown["cpus"], shown["gpus"], shown["nodes"]) == ("127.0.0.1:9", 2, 0, None)
    assert cluster("--gpus", "1") == 0
    assert json.loads(capsys.readouterr().out)["address"] == "127.0.0.1:9"
    assert cluster("--address", "nowhere") == 1
    assert "Expected auto" in capsys.readouterr().err
    assert cluster("--address", "none") == 0
    assert json.loads(capsys.readouterr().out)["address"] is None
