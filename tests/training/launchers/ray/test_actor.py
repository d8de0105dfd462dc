"""What a node of a cluster keeps for the runs on it."""

import os
import tempfile
from pathlib import Path

import psutil
import pytest

from emotion_core.errors import SettingsError
from emotion_core.training.launchers.ray import actor


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for runs on a node that has none yet."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"emotion-classifier-{psutil.Process().username()}"


def test_folder_for_runs_is_for_its_user_alone(place: Path) -> None:
    """It is made so, and refused in a sentence where others may look into it or it leads elsewhere."""
    actor._clean_up()
    assert place.stat().st_mode & 0o777 == 0o700
    place.chmod(0o755)
    with pytest.raises(SettingsError, match=r"Expected a folder that is its user's.*drwxr-xr-x"):
        actor._clean_up()
    place.rmdir()
    place.symlink_to(place.parent, target_is_directory=True)
    with pytest.raises(SettingsError, match="lrwxrwxrwx"):
        actor._clean_up()


def test_what_killed_processes_left_behind_is_removed(place: Path) -> None:
    """Folders of processes that live, and photos, stay."""
    actor._clean_up()
    for name in (f"{os.getpid()}-run", "999999999-run", "photos"):
        (place / name).mkdir()
    actor._clean_up()
    assert sorted(path.name for path in place.iterdir()) == sorted([f"{os.getpid()}-run", "photos"])
