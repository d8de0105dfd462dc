"""The wheel: it holds the whole library and what it reads, asks for the same packages, and works outside a checkout."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest

import emotion_core
from emotion_core.collect.samples import photo_bytes

CHECKOUT = Path(emotion_core.__file__).resolve().parents[1]
CARRIED_ASSETS = ("brand", "export", "notice", "review", "source_study", "starter", "webcam")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """Return the wheel that ``pip wheel .`` builds, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", str(CHECKOUT), "--wheel-dir", str(folder), "--quiet"]
    command += ["--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert built.returncode == 0, built.stderr
    [path] = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    """Return the wheel's metadata."""
    [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    return Parser().parsestr(wheel.read(name).decode())


def files_under(folder: Path) -> set[str]:
    """Return the files of a folder that belong to the project, by their names below it."""
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in paths}


def test_wheel_holds_the_library_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    """Every module, template and data file of the package is there; pages, tests and screenshots are not."""
    names = [name for name in wheel.namelist() if ".dist-info/" not in name]
    library = {f"emotion_core/{name}" for name in files_under(CHECKOUT / "emotion_core")}
    assets = {
        f"emotion_core/assets/{folder}/{name}"
        for folder in CARRIED_ASSETS
        for name in files_under(CHECKOUT / "assets" / folder)
    }
    assert set(names) == library | assets
    assert {"emotion_core/py.typed", "emotion_core/assets/starter/model.tflite"} <= set(names)


def test_assets_that_stay_behind_are_known() -> None:
    """A new folder of assets is carried by the wheel, or is named here."""
    assert {path.name for path in (CHECKOUT / "assets").iterdir()} == {*CARRIED_ASSETS, "screenshots"}


def test_wheel_asks_for_what_requirements_ask_for(metadata: Message) -> None:
    """The lists of dependencies are the requirements files themselves."""
    required = [text for text in metadata.get_all("Requires-Dist", []) if "extra ==" not in text]
    assert sorted(map(project_name, required)) == sorted(map(project_name, requirements("requirements.txt")))
    wanted = [text for text in metadata.get_all("Requires-Dist", []) if "extra == 'cluster'" in text]
    assert list(map(project_name, wanted)) == list(map(project_name, requirements("requirements-cluster.txt")))
    assert metadata["Version"] == emotion_core.__version__


def requirements(name: str) -> list[str]:
    """Return the lines of a requirements file that name a package."""
    lines = (CHECKOUT / name).read_text(encoding="utf8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def project_name(requirement: str) -> str:
    """Return the package that a requirement names, in the form in which names are compared."""
    match = re.match(r"[\w.-]+", requirement)
    assert match is not None
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def test_console_script_is_the_command_line(wheel: zipfile.ZipFile) -> None:
    """``emotion-classifier`` calls the same function as ``python -m emotion_core``."""
    [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt")]
    assert "emotion-classifier = emotion_core.__main__:main" in wheel.read(name).decode()


def test_library_works_outside_a_checkout(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Unpacked somewhere else, the command line lists photos and the starter classifies one."""
    site, photo = tmp_path / "site", tmp_path / "photo.jpg"
    wheel.extractall(site)
    photo.write_bytes(photo_bytes("happy", 0))
    environment = {**os.environ, "PYTHONPATH": str(site)}

    def answer(*words: str) -> Any:
        command = [sys.executable, "-m", "emotion_core", *words, "--json", "--workspace", str(tmp_path / "workspace")]
        ended = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=300, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    assert answer("photos") == []
    [row] = answer("predict", str(photo), "--run", "starter")
    assert row["run_id"] == "starter"
    code = "from emotion_core.settings import ASSETS; print(ASSETS)"
    assets = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert Path(assets.stdout.strip()) == site / "emotion_core" / "assets"
