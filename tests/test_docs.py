"""README and docs describe what is there: every page, preset, setting, variable and verb; links and code work."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
from streamlit.config import get_config_options

from emotion_core import settings
from emotion_core.collect import ScrapeRequest
from emotion_core.collect.samples import photo_bytes
from emotion_core.command_line import parser
from emotion_core.training import PRESETS, RunConfig, StudyConfig

CHECKOUT = Path(__file__).resolve().parents[1]
ROOT_PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
PAGES = [*(CHECKOUT / name for name in ROOT_PAGES), *sorted((CHECKOUT / "docs").glob("*.md"))]
TEXTS = {page.relative_to(CHECKOUT).as_posix(): page.read_text(encoding="utf8") for page in PAGES}
README, ALL = TEXTS["README.md"], "\n".join(TEXTS.values())
COMMANDS = [line.partition("#")[0].strip() for line in ALL.splitlines() if line.startswith("python -m emotion_core ")]
# What a preset fills in, not what a user sets.
INTERNAL = {"name", "preset", "runs", "fold"}
MAX_README_LINES = 150


def code_blocks(page: str) -> list[str]:
    """Return the Python code of a page, block by block."""
    return re.findall(r"^```python\n(.*?)^```$", TEXTS[page], re.MULTILINE | re.DOTALL)


def test_the_two_commands_stand_in_the_readme() -> None:
    """Installing and starting, and testing, are one line each, in a README of one screen or two."""
    assert "\npip install -r requirements.txt && streamlit run app.py\n" in README
    assert "\npip install -r requirements-dev.txt && pytest\n" in README
    assert len(README.splitlines()) <= MAX_README_LINES


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_ones_that_the_command_line_takes(command: str) -> None:
    """No documented verb or flag is refused."""
    assert parser().parse_args(shlex.split(command)[3:]).action


def test_every_verb_is_shown() -> None:
    """The page of the command line shows all that it can do."""
    shown = {shlex.split(command)[3] for command in COMMANDS if command in TEXTS["docs/command_line.md"]}
    [verbs] = [action.choices for action in parser()._actions if action.choices]
    assert shown == set(verbs)


def test_every_page_and_preset_is_described() -> None:
    """The tables have a row for each page of the app and for each preset."""
    titles = re.findall(r'title="([\w ]+)"', (CHECKOUT / "app.py").read_text(encoding="utf8"))
    assert titles
    assert [title for title in titles if f"\n| {title} |" not in README] == []
    assert [preset for preset in PRESETS if f"\n| {preset} |" not in TEXTS["docs/settings.md"]] == []


def test_every_setting_and_variable_is_described() -> None:
    """The tables are complete, and name no setting or variable that does not exist."""
    described = re.findall(r"^\| `(\w+)` \|", TEXTS["docs/settings.md"] + TEXTS["docs/collecting.md"], re.MULTILINE)
    variables = {value for name, value in vars(settings).items() if name.endswith("_VARIABLE")}
    fields = {name for model in (RunConfig, StudyConfig, ScrapeRequest) for name in model.model_fields}
    assert sorted(described) == sorted((fields | variables) - INTERNAL)


@pytest.mark.parametrize("name", [name for name, _ in settings.__dict__.items() if name.endswith("_VARIABLE")])
def test_every_variable_is_one_that_the_library_reads(name: str) -> None:
    """Each has a row of its own in the table of variables."""
    assert f"\n| `{getattr(settings, name)}` |" in TEXTS["docs/settings.md"]


def test_defaults_in_the_table_are_those_of_the_settings() -> None:
    """A number or word in the column of defaults is what a run has that names nothing."""
    rows = dict(re.findall(r"^\| `(\w+)` \| .* \| ([^|]+) \|$", TEXTS["docs/settings.md"], re.MULTILINE))
    config = RunConfig()
    for field in set(RunConfig.model_fields) & rows.keys() - {"hidden_activation", "dense_activation", "folds"}:
        value = getattr(config, field)
        text = "-".join(map(str, value)) if isinstance(value, tuple) else str(value)
        assert rows[field] in (text, text.removesuffix(".0"), {"False": "no", "True": "yes"}.get(text)), field


@pytest.mark.parametrize("page", TEXTS)
def test_links_and_pictures_lead_somewhere(page: str) -> None:
    """Every file that a page links or shows exists, and so does the heading after a ``#``."""
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page]):
        if "://" in target:
            continue
        path, _, heading = target.partition("#")
        file = (CHECKOUT / page).parent / path if path else CHECKOUT / page
        assert file.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}, target


def test_every_page_of_the_docs_is_linked_from_the_readme() -> None:
    """Readers find each page from the first one."""
    assert [name for name in TEXTS if name != "README.md" and f"({name})" not in README] == []


def test_modules_and_files_that_are_named_exist() -> None:
    """Modules can be run as they are written, and paths in the text are paths of the project."""
    modules = set(re.findall(r"python -m ((?:benchmarks|emotion_core|scripts)[\w.]*)", ALL))
    assert {"emotion_core", "benchmarks.power", "scripts.draw_architecture"} <= modules
    assert [module for module in modules if importlib.util.find_spec(module) is None] == []
    paths = set(re.findall(r"`((?:assets|benchmarks|cluster|docs|emotion_core|pages|scripts|tests)/[\w./]*)`", ALL))
    assert paths
    assert [path for path in paths if not (CHECKOUT / path).exists()] == []
    in_library = set(re.findall(r"`((?:network|training|evaluation|prediction|dataset|collect)/[\w./]+)`", ALL))
    assert "network/activations.py" in in_library
    assert [path for path in in_library if not (CHECKOUT / "emotion_core" / path).exists()] == []


def test_every_benchmark_that_measures_is_documented() -> None:
    """Whatever can be run as a benchmark is named in the docs."""
    runnable = {
        path.stem for path in (CHECKOUT / "benchmarks").glob("*.py") if '__name__ == "__main__"' in path.read_text()
    }
    helpers = {"faulty_site", "notebook_study", "splits"}
    assert sorted(runnable - helpers - set(re.findall(r"benchmarks\.(\w+)", ALL))) == []


def test_readme_shows_the_code_of_the_docs() -> None:
    """The ten lines are the same on both pages, so that the one that is run is the one that is read."""
    assert code_blocks("README.md") == code_blocks("docs/library.md")[:1]


@pytest.mark.slow
@pytest.mark.usefixtures("end_processes")
def test_code_of_the_library_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All its blocks, one after the other, take a folder of drawn photos to a comparison and to answers."""
    for label in ("happy", "sad"):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for number in range(12):
            (tmp_path / "photos" / label / f"{number}.jpg").write_bytes(photo_bytes(label, number))
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for code in code_blocks("docs/library.md"):
        exec(code, names)
    printed = capsys.readouterr().out
    assert printed.count("photo") >= 12
    assert "6 runs: " in printed
    assert printed.count("finished 5 epochs") == 2


@pytest.mark.slow
@pytest.mark.usefixtures("end_processes")
def test_code_of_the_class_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The notebook's lesson shows its three results; here with fewer and smaller photos than it names."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    numbers, *others = code_blocks("docs/class.md")
    assert "PHOTOS, PIXELS, EPOCHS = 240, 64, 45" in numbers
    for code in (numbers.replace("240, 64, 45", "12, 40, 1"), *others):
        exec(code, names)
    printed = capsys.readouterr().out
    assert "relu multiplies a gradient by at most 1.0 over" in printed
    assert f"sigmoid multiplies a gradient by at most {0.25**5} over" in printed
    assert printed.count("test AUC") == 3
    assert "of the networks output 0 for every photo" in printed
    shares = [float(line.split()[2]) for line in printed.splitlines() if line.startswith("epoch ")]
    assert len(shares) == 10
    assert 0 < shares[0] < shares[-1] <= 1


def _server_commands() -> list[tuple[dict[str, str], dict[str, str]]]:
    """Return variables and flags of the commands that start the app, as the docs write them."""
    commands = []
    for line in ALL.splitlines():
        before, found, after = line.partition("streamlit run app.py")
        if found and re.fullmatch(r"(\w+=\S* )*", before):
            words = after.split()
            commands.append(
                (dict(word.split("=", 1) for word in before.split()), dict(zip(words[::2], words[1::2], strict=True)))
            )
    return commands


def test_commands_that_start_the_app_have_flags_and_variables_that_exist() -> None:
    """Streamlit knows each flag, and the library or the server each variable."""
    options = get_config_options(force_reparse=False)
    known = {value for name, value in vars(settings).items() if name.endswith("_VARIABLE")}
    commands = _server_commands()
    assert sum("--server.address" in flags for _, flags in commands) >= 2
    for variables, flags in commands:
        assert set(variables) <= known
        assert {flag.removeprefix("--") for flag in flags} <= set(options)


def test_groups_of_a_class_have_an_address_a_workspace_a_port_and_a_token_of_their_own() -> None:
    """Nothing of one group's command is another's, except for the computer, whose address is the name allowed."""
    groups = [(variables, flags) for variables, flags in _server_commands() if "--server.address" in flags]
    for flags in (flags for _, flags in groups):
        assert flags["--server.allowedHosts"] == flags["--server.address"]
    ports = [flags["--server.port"] for _, flags in groups]
    folders = [variables["EMOTION_WORKSPACE"] for variables, _ in groups]
    tokens = [variables["EMOTION_TOKEN"] for variables, _ in groups]
    assert [len(set(values)) for values in (ports, folders, tokens)] == [len(groups)] * 3
