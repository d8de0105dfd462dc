"""Other users of the machine cannot read what the app writes."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emotion_core.__main__ import main
from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog
from emotion_core.jobs import start_detached
from emotion_core.permissions import close_files
from emotion_core.settings import open_workspace

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no permission bits.")


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """New files can be read by everybody, as on most systems, unless the project prevents it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _open_to_others(folder: Path) -> list[Path]:
    return [path for path in [folder, *folder.rglob("*")] if _mode(path) & 0o077]


def test_a_new_workspace_is_closed(tmp_path: Path) -> None:
    """Nobody else can enter a workspace, from its first moment, whatever is in it."""
    workspace = open_workspace(tmp_path / "deep" / "workspace")
    assert _mode(workspace.root) == 0o700


def test_a_workspace_of_an_earlier_version_is_closed_when_it_is_opened(tmp_path: Path) -> None:
    """A folder with a catalog is a workspace: others lose their permissions."""
    Catalog(open_workspace(tmp_path)).counts()
    tmp_path.chmod(0o755)
    open_workspace(tmp_path)
    assert _mode(tmp_path) == 0o700


def test_a_folder_that_is_no_workspace_yet_keeps_its_permissions(tmp_path: Path) -> None:
    """The home folder, named as the workspace by mistake, is not closed to the programs that serve it."""
    tmp_path.chmod(0o755)
    (tmp_path / "index.html").write_text("x")
    open_workspace(tmp_path)
    assert _mode(tmp_path) == 0o755


@pytest.mark.parametrize("bit", [stat.S_ISGID, stat.S_ISVTX])
def test_a_folder_that_is_shared_on_purpose_stays_open(bit: int, tmp_path: Path) -> None:
    """A folder of a group (setgid) or of everybody (sticky) keeps its permissions and those of its files."""
    Catalog(open_workspace(tmp_path)).counts()
    tmp_path.chmod(0o775 | bit)
    open_workspace(tmp_path)
    assert close_files(tmp_path) == 0
    assert _mode(tmp_path) == 0o775 | bit


def test_files_of_an_earlier_version_are_closed(tmp_path: Path) -> None:
    """Folders and files at any depth lose the permissions of others and nothing else; links lead nowhere."""
    workspace = tmp_path / "workspace"
    (workspace / "runs" / "a").mkdir(parents=True)
    (workspace / "runs" / "a" / "log.txt").write_text("x")
    (workspace / "tool").write_text("x")
    (workspace / "tool").chmod(0o755)
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    (outside / "file").write_text("x")
    (workspace / "link").symlink_to(outside)
    assert close_files(workspace) == 4
    assert _open_to_others(workspace) in ([], [workspace / "link"])
    assert _mode(workspace / "tool") == 0o700
    assert [_mode(outside), _mode(outside / "file")] == [0o755, 0o644]


def test_the_command_line_writes_private_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An import leaves nothing that another user may read: photos, catalog, write-ahead log, locks."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1.jpg").write_bytes(photo_bytes("happy", 1))
    workspace = tmp_path / "workspace"
    arguments = ["import", str(tmp_path / "photos"), "--label", "happy", "--workspace", str(workspace), "--json"]
    assert main(arguments) == 0, capsys.readouterr()
    assert (workspace / "catalog.sqlite").exists()
    assert _open_to_others(workspace) == []


def test_what_a_job_writes_is_private(tmp_path: Path) -> None:
    """A process that a notebook starts makes private files too, its temporary ones included."""
    code = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('x')"
    assert start_detached([sys.executable, "-c", code, str(tmp_path / "made")]).wait(300) == 0
    assert _mode(tmp_path / "made") == 0o600


def test_a_report_is_made_as_other_programs_make_files(tmp_path: Path) -> None:
    """What the user puts in a place of their choice keeps the permissions of their shell."""
    code = (
        "import os, sys; from emotion_core.__main__ import main; "
        "main(['report', 'x', 'y.html', '--workspace', sys.argv[1]]); print(oct(os.umask(0)))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "workspace")]
    assert subprocess.run(command, capture_output=True, text=True, check=True, umask=0o027).stdout.strip() == "0o27"
