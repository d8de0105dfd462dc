"""What a node of a cluster keeps for the runs on it."""

import os
import tempfile
from pathlib import Path

import psutil
import pytest

from emotion_core.errors import SettingsError
from emotion_core.training.launchers.ray import actor


@pytest.fixture
def node_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for runs on a node that has none yet."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"emotion-classifier-{psutil.Process().username()}"


def test_folder_for_runs_is_private(node_folder: Path) -> None:
    """It is created private, and refused if other users can read it or it is a link."""
    actor._clean_up()
    assert node_folder.stat().st_mode & 0o777 == 0o700
    node_folder.chmod(0o755)
    with pytest.raises(SettingsError, match=r"Expected a folder that only its user can read.*drwxr-xr-x"):
        actor._clean_up()
    node_folder.rmdir()
    node_folder.symlink_to(node_folder.parent, target_is_directory=True)
    with pytest.raises(SettingsError, match="lrwxrwxrwx"):
        actor._clean_up()


def test_what_killed_processes_left_behind_is_removed(node_folder: Path) -> None:
    """Folders of processes that live, and photos, stay."""
    actor._clean_up()
    for name in (f"{os.getpid()}-run", "999999999-run", "photos"):
        (node_folder / name).mkdir()
    actor._clean_up()
    assert sorted(path.name for path in node_folder.iterdir()) == sorted([f"{os.getpid()}-run", "photos"])
