"""The token of a workspace on a cluster."""

import shutil
from pathlib import Path

from emotion_core.settings import Workspace, open_workspace
from emotion_core.training.launchers.ray.workspace_token import WORKSPACE_TOKEN_FILE, workspace_token


def test_copied_workspace_gets_a_token_of_its_own(tmp_path: Path) -> None:
    """Two workspaces must not take each other's runs on a cluster for their own."""
    original = open_workspace(tmp_path / "original")
    token = workspace_token(original)
    shutil.copytree(original.root, tmp_path / "copy")
    copied = workspace_token(Workspace(tmp_path / "copy"))
    assert copied != token
    assert (workspace_token(original), workspace_token(Workspace(tmp_path / "copy"))) == (token, copied)


def test_moved_workspace_keeps_its_token_and_a_copy_at_its_former_path_does_not(tmp_path: Path) -> None:
    """A workspace that was renamed is the same one."""
    token = workspace_token(open_workspace(tmp_path / "before"))
    (tmp_path / "before").rename(tmp_path / "after")
    assert workspace_token(Workspace(tmp_path / "after")) == token
    shutil.copytree(tmp_path / "after", tmp_path / "before")
    assert workspace_token(Workspace(tmp_path / "before")) != token


def test_token_of_an_earlier_version_stays_and_a_damaged_one_does_not(tmp_path: Path) -> None:
    """Runs that an earlier version started on a cluster are still found by it."""
    workspace = open_workspace(tmp_path / "old")
    path = workspace.root / WORKSPACE_TOKEN_FILE
    path.write_text("0123456789abcdef", encoding="utf8")
    assert workspace_token(workspace) == "0123456789abcdef"
    shutil.copytree(workspace.root, tmp_path / "copy")
    assert workspace_token(Workspace(tmp_path / "copy")) != "0123456789abcdef"
    path.write_text("0123456789abcdef\n[broken", encoding="utf8")
    assert workspace_token(workspace) != "0123456789abcdef"
