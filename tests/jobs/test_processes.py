"""The environment of child processes: they import the package from anywhere, and nothing is patched needlessly."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from emotion_core.jobs import child_environment
from emotion_core.settings import PACKAGE

PRINT_PATH = "from emotion_core.jobs import child_environment; print(child_environment().get('PYTHONPATH'))"


def test_child_of_a_checkout_finds_the_package_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checkout comes first in the search path, before what the user had set."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "users"))
    environment = child_environment()
    assert environment["PYTHONPATH"].split(os.pathsep) == [str(PACKAGE.parent), str(tmp_path / "users")]
    code = "import emotion_core; print(emotion_core.__file__)"
    command = [sys.executable, "-c", code]
    printed = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == str(PACKAGE / "__init__.py")


def test_environment_of_an_installed_package_is_not_patched(tmp_path: Path) -> None:
    """In a site-packages folder the package is found anyway, and a patch would put that folder before all others."""
    venv.create(tmp_path / "venv", symlinks=True)
    [packages] = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    shutil.copytree(PACKAGE, packages / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    # The installed package shares its dependencies with this interpreter.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(tmp_path / "venv" / "bin" / "python"), "-c", PRINT_PATH]

    def printed(environment: dict[str, str]) -> str:
        answer = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
        return answer.stdout.strip()

    assert printed(environment) == "None"
    assert printed({**environment, "PYTHONPATH": "/users"}) == "/users"


def test_child_gets_the_given_variables_on_top_of_its_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is passed wins over the parent's, and the others are inherited."""
    monkeypatch.setenv("KEPT", "1")
    monkeypatch.setenv("REPLACED", "1")
    environment = child_environment(REPLACED="2")
    assert (environment["KEPT"], environment["REPLACED"], environment["PYTHONUTF8"]) == ("1", "2", "1")
