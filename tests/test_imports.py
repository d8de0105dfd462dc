"""Which way imports run, and what no import of the library may load."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import emotion_core

PACKAGE = Path(emotion_core.__file__).parent
CHECKOUT = PACKAGE.parent
GROUND = ("errors", "settings", "images", "files", "formatting", "jobs")
LAYERS = ("dataset", "collect", "network", "training", "evaluation", "prediction", "teaching")
TOP = ("guided", "starter_training", "command_line", "__main__")
MODULES = sorted(module.name for module in pkgutil.walk_packages([str(PACKAGE)], "emotion_core."))
WORKER_MODULES = {
    "emotion_core.training.worker.train_run",
    "emotion_core.training.cost.calibration_worker",
    "emotion_core.training.dispatcher",
    "emotion_core.dataset.inspection.inspection_job",
    "emotion_core.collect.scrapes.scrape_job",
    "emotion_core.collect.imports.import_job",
    "emotion_core.teaching.activations.epoch_times",
}


def part_of(module: str) -> str:
    """Return the first name below ``emotion_core``, or nothing for the package itself."""
    return module.split(".")[1] if "." in module else ""


def imported_parts(path: Path) -> set[str]:
    """Return the parts of ``emotion_core`` that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            found |= {part_of(alias.name) for alias in node.names if alias.name.startswith("emotion_core")}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively, which this test does not follow."
            if node.module == "emotion_core":
                found |= {alias.name for alias in node.names}
            elif node.module and node.module.startswith("emotion_core."):
                found.add(part_of(node.module))
    return found


def allowed_for(part: str) -> set[str]:
    """Return what a part may import: what lies under it, and itself."""
    if part in GROUND:
        return set(GROUND)
    if part in TOP:
        return {*GROUND, *LAYERS, *TOP}
    return {*GROUND, *LAYERS[: LAYERS.index(part) + 1]}


def test_every_part_of_the_library_has_its_place_in_the_order() -> None:
    """A new package must be placed before it can be imported."""
    parts = {path.stem if path.is_file() else path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert parts - {"__init__", "py"} == {*GROUND, *LAYERS, *TOP}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    """A file imports only what lies under its package, never what is built on it."""
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if part != "__init__":
        assert imported_parts(path) <= allowed_for(part)


def test_ground_modules_import_each_other_without_a_circle() -> None:
    """Errors lie under everything; each of the others needs errors alone."""
    files = {name: [PACKAGE / f"{name}.py", *(PACKAGE / name).rglob("*.py")] for name in GROUND}
    imported = {
        name: set().union(*(imported_parts(path) for path in paths if path.exists())) - {name}
        for name, paths in files.items()
    }
    assert imported == {
        "errors": set(),
        "settings": {"errors"},
        "images": {"errors"},
        "files": set(),
        "formatting": set(),
        "jobs": {"errors", "files"},
    }


def test_walk_finds_the_modules_of_every_part() -> None:
    """The two tests below look at all that there is."""
    assert {part_of(module) for module in MODULES} == {*GROUND, *LAYERS, *TOP}
    assert set(MODULES) > WORKER_MODULES


def test_importing_any_module_loads_neither_tensorflow_nor_opencv_nor_streamlit() -> None:
    """The web process stays small, and the library works where Streamlit is not installed."""
    code = (
        "import importlib, sys\nsys.modules['streamlit'] = None\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "print(sorted({'tensorflow', 'keras', 'torch', 'jax', 'cv2'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-W", "error", "-c", code, *MODULES]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT, timeout=120)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.strip() == "[]"


def test_command_line_starts_without_the_heavy_libraries() -> None:
    """Help and listings answer at once: plots, models and scientific libraries wait until they are needed."""
    heavy = {"tensorflow", "keras", "plotly", "sklearn"}
    code = f"import sys, emotion_core.__main__\nprint(sorted({heavy} & sys.modules.keys()))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CHECKOUT, timeout=120)
    assert answer.stdout.strip() == "[]", answer.stderr
