"""The location of the workspace, and errors about it."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from emotion_core.errors import SettingsError
from emotion_core.settings import STORED_SIDE_VARIABLE, WORKSPACE_VARIABLE, open_workspace, stored_side_px

CHECKOUT = Path(__file__).resolve().parents[1]
UNPRIVILEGED_UID = 65534


def test_workspace_is_the_folder_of_the_environment_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument the variable names the folder, which is created."""
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(tmp_path / "from" / "variable"))
    assert open_workspace().root == tmp_path / "from" / "variable"
    assert (tmp_path / "from" / "variable").is_dir()


def test_argument_wins_over_the_environment_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An explicit folder is used, and the one in the variable is not created."""
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(tmp_path / "variable"))
    assert open_workspace(tmp_path / "argument").root == tmp_path / "argument"
    assert not (tmp_path / "variable").exists()


def test_default_workspace_lies_under_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With neither argument nor variable, the user's data folder is used."""
    monkeypatch.delenv(WORKSPACE_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    root = open_workspace().root
    assert root.parts[-2:] == ("emotion-classifier", "workspace")
    assert root.is_dir()


def test_relative_workspace_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes have other working folders, so a relative path is made absolute once."""
    monkeypatch.chdir(tmp_path)
    assert open_workspace("mine").root == tmp_path / "mine"


def test_tilde_means_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that starts with a tilde is in the home folder, as in a shell."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert open_workspace("~/mine").root == tmp_path / "mine"


def test_file_in_the_way_is_a_settings_error(tmp_path: Path) -> None:
    """A file at the path is an error that names the path and the alternatives."""
    (tmp_path / "taken").write_text("here already")
    with pytest.raises(SettingsError, match=r"cannot be created.*taken.*--workspace or EMOTION_WORKSPACE"):
        open_workspace(tmp_path / "taken")
    with pytest.raises(SettingsError, match=r"cannot be created.*Received: workspace="):
        open_workspace(tmp_path / "taken" / "below")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permission bits")
def test_folder_without_write_permission_is_a_settings_error() -> None:
    """A read-only folder is an error when the workspace is opened, not later in a worker."""
    code = (
        "import os, sys\n"
        "from emotion_core.errors import SettingsError\nfrom emotion_core.settings import open_workspace\n"
        f"if os.geteuid() == 0: os.setuid({UNPRIVILEGED_UID})\n"
        "try: open_workspace(sys.argv[1])\nexcept SettingsError as error: print(error)"
    )
    # As root, which may write anywhere, the child switches to another user; tmp_path is closed to that one.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        answer = subprocess.run(
            [sys.executable, "-c", code, folder], capture_output=True, text=True, check=True, cwd=CHECKOUT, timeout=300
        )
        assert "is read-only" in answer.stdout
        assert repr(folder) in answer.stdout
        assert not list(Path(folder).iterdir())


@pytest.mark.parametrize(("text", "side_px"), [(None, 2048), ("", 2048), (" 256 ", 256), ("8192", 8192)])
def test_the_side_of_stored_photos_is_a_setting(
    monkeypatch: pytest.MonkeyPatch, text: str | None, side_px: int
) -> None:
    """The variable is used if it is set; otherwise the default."""
    monkeypatch.delenv(STORED_SIDE_VARIABLE, raising=False)
    if text is not None:
        monkeypatch.setenv(STORED_SIDE_VARIABLE, text)
    assert stored_side_px(2048) == side_px


@pytest.mark.parametrize("text", ["255", "8193", "-512", "1e3", "large", "٥١٢", "9" * 5000])
def test_an_impossible_side_is_a_settings_error(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A value outside the range is an error with the range and the variable's name."""
    monkeypatch.setenv(STORED_SIDE_VARIABLE, text)
    with pytest.raises(SettingsError, match=r"Expected 256 to 8192 pixels. Received: EMOTION_STORED_SIDE="):
        stored_side_px(2048)
