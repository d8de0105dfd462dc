"""Where runs are trained, as the workspace keeps it and the environment overrules it; what is noted of a cluster."""

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


def test_the_workspace_keeps_what_is_set_and_each_variable_overrules_its_own(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that is 0 counts as said; one that is empty does not."""
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
def test_what_cannot_be_used_is_named_and_not_kept(workspace: Workspace, wrong: dict[str, object], named: str) -> None:
    """What was set before stays."""
    set_cluster(workspace, "head:6379")
    with pytest.raises(SettingsError, match=named):
        set_cluster(workspace, **wrong)
    assert cluster_settings(workspace).address == "head:6379"


def test_damaged_settings_train_on_this_machine(workspace: Workspace) -> None:
    """Half a file, or one of another kind, counts as none."""
    for text in ("{", "[]", '{"host": "head"}'):
        (workspace.root / SETTINGS_FILE).write_text(text)
        assert cluster_settings(workspace) == ClusterSettings()
        assert not uses_cluster(workspace)


def test_what_was_seen_counts_for_the_cluster_that_is_set(workspace: Workspace) -> None:
    """Its room is how many runs are trained at once; of another cluster, or of none, it says nothing."""
    set_cluster(workspace, "head:6379")
    assert last_cluster_status(workspace) is None
    save_cluster_status(workspace, "head:6379", NODES, 3)
    seen = last_cluster_status(workspace)
    assert seen is not None
    assert (seen.nodes, seen.cpus, seen.gpus, seen.room) == (2, 12, 1, 3)
    assert runs_at_once(workspace) == 3
    set_cluster(workspace, "other:6379")
    assert last_cluster_status(workspace) is None
    set_cluster(workspace)
    assert runs_at_once(workspace) == machine_runs_at_once()


def test_the_command_line_sets_it_and_says_it(
    workspace: Workspace, end_processes: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nobody listens, it is set all the same; what cannot be one is refused, and ``none`` takes it away."""

    def cluster(*words: str) -> int:
        return main(["cluster", *words, "--workspace", str(workspace.root), "--json"])

    assert cluster("--address", "127.0.0.1:9", "--cpus", "2") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["address"], said["cpus"], said["gpus"], said["nodes"]) == ("127.0.0.1:9", 2, 0, None)
    assert cluster("--gpus", "1") == 0
    assert json.loads(capsys.readouterr().out)["address"] == "127.0.0.1:9"
    assert cluster("--address", "nowhere") == 1
    assert "Expected auto" in capsys.readouterr().err
    assert cluster("--address", "none") == 0
    assert json.loads(capsys.readouterr().out)["address"] is None
