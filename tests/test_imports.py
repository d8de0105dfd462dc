"""Which way imports run, what they may reach into, and what no import of the library may load."""

import ast
import pkgutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import emotion_core
from scripts.draw_architecture import (
    figure,
    imports_of,
    is_face,
    is_package,
    levels_of,
    modules,
    package_of,
    room_imports,
    room_of,
    row_imports,
    row_of,
)

PACKAGE = Path(emotion_core.__file__).parent
CHECKOUT = PACKAGE.parent
GROUND = (
    *("errors", "files", "permissions", "settings", "accounts", "disk_space", "terminal", "images", "documents"),
    *("formatting", "jobs", "sandbox"),
)
LAYERS = ("dataset", "collect", "network", "training", "evaluation", "prediction", "teaching", "maintenance")
TOP = ("notebook", "guided", "starter_measures", "starter_training", "command_line", "__main__")
MODULES = sorted(module.name for module in pkgutil.walk_packages([str(PACKAGE)], "emotion_core."))
# The rooms of each package and the files beside its rooms, from low to high: each imports only lower ones. Those on one
# line do not import each other.
ROOMS: dict[str, tuple[tuple[str, ...], ...]] = {
    "emotion_core.dataset": (
        ("catalog",),
        ("near_copies",),
        ("inspection",),
        ("preprocessing",),
        ("snapshots",),
        ("image_folder",),
        ("deletion",),
    ),
    "emotion_core.collect": (
        ("urls",),
        ("extraction", "import_summary", "samples"),
        ("web",),
        ("sources",),
        ("imports", "scrapes"),
        ("job_views",),
    ),
    "emotion_core.training": (
        ("config",),
        ("engine",),
        ("checks",),
        ("store",),
        ("monitor", "queue"),
        ("worker", "control", "cost", "seeds"),
        ("launchers",),
        ("dispatcher",),
    ),
    "emotion_core.evaluation": (
        ("statistics",),
        ("answer",),
        ("records",),
        ("diagnosis",),
        ("comparison",),
        ("outlook",),
        ("figures",),
        ("report",),
    ),
    "emotion_core.prediction": (
        ("answers", "inputs", "learned_from", "litert", "uncertainty_band"),
        ("decision", "folder_score", "outputs", "photo_input"),
        ("classifier",),
        ("agreement", "explain", "against_starter"),
        ("model_choice",),
        ("export",),
    ),
    "emotion_core.teaching": (("activations", "source_study"), ("lesson",)),
    "pages.components": (
        ("common",),
        ("collect", "compare", "configure", "lesson", "predict", "review", "source_study", "train"),
        ("activations", "home"),
    ),
}
MAX_LINES, MAX_PAGE_LINES = 300, 120
# Modules that are still to be split.
WORKER_MODULES = {
    "emotion_core.training.worker.train_run",
    "emotion_core.training.cost.calibration_worker",
    "emotion_core.training.dispatcher",
    "emotion_core.dataset.inspection.inspection_job",
    "emotion_core.collect.scrapes.scrape_job",
    "emotion_core.collect.imports.import_job",
    "emotion_core.maintenance.check_job",
    "emotion_core.teaching.activations.epoch_times",
}


def part_of(module: str) -> str:
    """Return the first name below ``emotion_core``, or nothing for the package itself."""
    return module.split(".")[1] if "." in module else ""


def imported_parts(path: Path) -> set[str]:
    """Return the parts of ``emotion_core`` that a file imports, inside functions too."""
    parts = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            parts |= {part_of(alias.name) for alias in node.names if alias.name.startswith("emotion_core")}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively, which this test does not follow."
            if node.module == "emotion_core":
                parts |= {alias.name for alias in node.names}
            elif node.module and node.module.startswith("emotion_core."):
                parts.add(part_of(node.module))
    return parts


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
    """Errors, files and permissions lie under everything."""
    files = {name: [PACKAGE / f"{name}.py", *(PACKAGE / name).rglob("*.py")] for name in GROUND}
    imported = {
        name: set().union(*(imported_parts(path) for path in paths if path.exists())) - {name}
        for name, paths in files.items()
    }
    assert imported == {
        "errors": set(),
        "permissions": set(),
        "settings": {"errors", "files", "permissions"},
        "accounts": {"settings"},
        "disk_space": {"errors", "settings"},
        "images": {"errors"},
        "files": set(),
        "documents": {"errors", "files"},
        "formatting": set(),
        "jobs": {"disk_space", "documents", "errors", "files", "permissions", "terminal"},
        "sandbox": {"errors", "images", "jobs"},
        "terminal": set(),
    }


def rooms_of(package: str) -> set[str]:
    """Return the names of a package's rooms, and of the files beside them."""
    return {room.rpartition(".")[2] for room in room_imports() if room.rpartition(".")[0] == package}


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_has_its_place_in_the_order(package: str) -> None:
    """A new room must be placed before it can be imported, and one that is gone leaves the list."""
    assert sorted(room for level in ROOMS[package] for room in level) == sorted(rooms_of(package))


@pytest.mark.parametrize("package", ROOMS)
def test_imports_between_the_rooms_of_a_package_run_one_way(package: str) -> None:
    """A room imports only lower rooms, and nothing in a package imports the package's own face."""
    level_of = {f"{package}.{room}": level for level, rooms in enumerate(ROOMS[package]) for room in rooms}
    graph = room_imports()
    wrong = {
        f"{room} imports {target}"
        for room, level in level_of.items()
        for target in graph[room] & {package, *level_of}
        if level_of.get(target, len(ROOMS)) >= level
    }
    assert sorted(wrong) == []


def test_pages_import_shared_parts_and_no_other_section() -> None:
    """A section's pages use components; nothing imports a page, and what answers requests stands apart."""
    graph = room_imports()
    sections = {room for room in graph if room.startswith("pages.") and room.count(".") == 1}
    assert sections == {f"pages.{name}" for name in ("data", "learn", "server", "start", "study", "use")}
    assert all(not graph[room] & sections for room in graph)
    assert all(not target.startswith("pages.") for target in graph["pages.server"])


def circles(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """Yield every largest set of nodes that reach each other: strongly connected components of more than one node."""

    def below(node: str) -> set[str]:
        seen: set[str] = set()
        waiting = [node]
        while waiting:
            new = graph.get(waiting.pop(), set()) - seen
            seen |= new
            waiting += new
        return seen

    reached = {node: below(node) for node in graph}
    done: set[str] = set()
    for node in graph:
        if node in reached[node] and node not in done:
            circle = {other for other in reached[node] if node in reached.get(other, set())}
            done |= circle
            yield sorted(circle)


def test_no_circle_of_files() -> None:
    """No file imports itself over others, not even inside a function."""
    graph = {module: {target for target, _ in imports_of(module)} for module in modules()}
    assert all(targets <= modules().keys() for targets in graph.values())
    assert list(circles(graph)) == []


def test_circles_are_found() -> None:
    """The search sees a circle of three and one of a single file, and what leads into them is none."""
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"d", "a"}, "e": {"d"}}
    assert list(circles(graph)) == [["a", "b", "c"], ["d"]]


def test_packages_and_pages_import_from_faces() -> None:
    """What a package shows is in its ``__init__``; its files are its own business.

    But for modules named ``figures``, which load Plotly, and files right under ``emotion_core``. Between rooms of one
    package a whole file may be imported as a module.
    """
    past_a_face = {
        f"{module} imports {name or 'all'} from {target}"
        for module in modules()
        for target, name in imports_of(module)
        if target.startswith("emotion_core.") and not is_package(target) and not may_reach(module, target, name)
    }
    assert sorted(past_a_face) == []


def may_reach(module: str, file: str, name: str | None) -> bool:
    """Return whether a module may import from a file of the library.

    Args:
        module: that imports.
        file: module of the library that is no package.
        name: what it imports from the file; None for the file itself.
    """
    folder, importer = package_of(file), package_of(module)
    if folder == "emotion_core" or file.endswith(".figures"):
        return True
    if importer == folder or importer.startswith(f"{folder}."):
        return True
    same_package = module.split(".")[:2] == file.split(".")[:2]
    return same_package and name is None


def test_faces_show_what_their_package_defines() -> None:
    """Every name in ``__all__`` is there, and everything that a face imports is in its ``__all__``."""
    for module, path in modules().items():
        if not is_package(module) or module.startswith("pages"):
            continue
        tree = ast.parse(path.read_text(encoding="utf8"))
        imported = {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("emotion_core")
            for alias in node.names
        }
        [listed] = [names for node in tree.body if (names := _names_in_all(node)) is not None] or [[]]
        if module != "emotion_core":
            assert imported == set(listed), module
        assert sorted(set(listed)) == sorted(listed), module


def _names_in_all(node: ast.stmt) -> list[str] | None:
    """Return the list that a statement assigns to ``__all__``, None for any other statement."""
    if isinstance(node, ast.Assign) and any(isinstance(n, ast.Name) and n.id == "__all__" for n in node.targets):
        names: list[str] = ast.literal_eval(node.value)
        return names
    return None


def test_public_face_of_the_library_gives_every_name() -> None:
    """``from emotion_core import name`` works for all it lists, and an unknown name is an AttributeError."""
    assert all(getattr(emotion_core, name) is not None for name in emotion_core.__all__)
    assert set(emotion_core.__all__) <= set(dir(emotion_core))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        emotion_core.nothing  # noqa: B018


def test_no_private_name_crosses_files() -> None:
    """A name that begins with an underscore is used in its own file only."""
    taken = {
        f"{module} imports {name} from {target}"
        for module in modules()
        for target, name in imports_of(module)
        if name is not None and name.startswith("_") and not name.startswith("__")
    }
    assert sorted(taken) == []


def test_public_classes_have_names_of_their_own() -> None:
    """One name, one class: a reader who meets it knows which one is meant."""
    names = Counter(
        node.name
        for path in modules().values()
        for node in ast.parse(path.read_text(encoding="utf8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_figure_of_the_architecture_is_up_to_date() -> None:
    """The drawing shows the imports as they are."""
    drawn = (CHECKOUT / "docs" / "architecture.svg").read_text(encoding="utf8")
    assert drawn == figure(), "Run: python -m scripts.draw_architecture"


def test_figure_has_a_box_for_every_room() -> None:
    """Every file is in a room of the drawing, and rows import only rows below them."""
    rooms = {room_of(module) for module in modules()}
    assert {room for room in rooms if not is_face(room)} == set(room_imports())
    levels = levels_of(row_imports())
    assert levels["ground"] == 0
    assert levels["pages"] == max(levels.values())
    assert {row_of(room) for room in room_imports()} == set(row_imports())


def test_walk_finds_the_modules_of_every_part() -> None:
    """The two tests below look at all that there is."""
    assert {part_of(module) for module in MODULES} == {*GROUND, *LAYERS, *TOP}
    assert set(MODULES) > WORKER_MODULES


def test_modules_are_short() -> None:
    """What a module does is seen at a glance: at most 300 lines, and 120 for what draws one page."""
    lengths = {
        path.relative_to(CHECKOUT): len(path.read_text(encoding="utf8").splitlines()) for path in modules().values()
    }
    assert [str(path) for path, length in lengths.items() if length > MAX_LINES] == []
    pages = {path: length for path, length in lengths.items() if path.parent.parent == Path("pages")}
    scripts = {path: length for path, length in pages.items() if path.parts[1] not in ("components", "server")}
    assert len(scripts) > 7
    assert [str(path) for path, length in scripts.items() if length > MAX_PAGE_LINES] == []


def test_importing_any_module_loads_neither_tensorflow_nor_opencv_nor_streamlit() -> None:
    """The web process stays small, and the library works where Streamlit is not installed."""
    code = (
        "import importlib, sys\nsys.modules['streamlit'] = None\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "print(sorted({'tensorflow', 'keras', 'torch', 'jax', 'cv2'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-W", "error", "-c", code, *MODULES]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT, timeout=300)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.strip() == "[]"


def test_the_library_itself_loads_nothing_before_a_name_is_used() -> None:
    """``import emotion_core`` in a notebook takes no time; the first name loads its own package."""
    code = "import sys, emotion_core\nprint(sorted(name for name in sys.modules if name.startswith('emotion_core.')))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CHECKOUT, timeout=300)
    assert answer.stdout.strip() == "[]", answer.stderr


def test_command_line_starts_without_the_heavy_libraries() -> None:
    """Help and listings answer at once: plots, models and scientific libraries wait until they are needed."""
    heavy = {"tensorflow", "keras", "plotly", "sklearn"}
    code = f"import sys, emotion_core.__main__\nprint(sorted({heavy} & sys.modules.keys()))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CHECKOUT, timeout=300)
    assert answer.stdout.strip() == "[]", answer.stderr
