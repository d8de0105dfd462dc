"""The README says what is there: commands that parse, every page, every setting, every file it shows."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from emotion_core import settings
from emotion_core.collect import ScrapeRequest
from emotion_core.command_line import parser
from emotion_core.training import PRESETS, RunConfig, StudyConfig

CHECKOUT = Path(__file__).resolve().parents[1]
README = (CHECKOUT / "README.md").read_text(encoding="utf8")
COMMANDS = [line.partition("#")[0].strip() for line in README.splitlines() if line.startswith("python -m emotion_core")]
# What a preset fills in, not what a person sets.
INTERNAL = {"name", "preset", "runs", "fold"}


def test_the_two_commands_stand_in_it() -> None:
    """Installing and starting, and testing, are one line each."""
    assert "\npip install -r requirements.txt && streamlit run app.py\n" in README
    assert "\npip install -r requirements-dev.txt && pytest\n" in README


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_ones_that_the_command_line_takes(command: str) -> None:
    """No verb or flag of the README is refused."""
    assert parser().parse_args(shlex.split(command)[3:]).action


def test_every_verb_is_shown() -> None:
    """Whoever reads the README has seen all that the command line can do."""
    shown = {shlex.split(command)[3] for command in COMMANDS}
    [verbs] = [action.choices for action in parser()._actions if action.choices]
    assert shown == set(verbs)


def test_every_page_and_preset_is_described() -> None:
    """The tables have a row for each page of the app and for each preset."""
    titles = re.findall(r'title="([\w ]+)"', (CHECKOUT / "app.py").read_text(encoding="utf8"))
    assert titles
    for name in [*titles, *PRESETS]:
        assert f"\n| {name} |" in README


def test_every_setting_is_described_with_its_default() -> None:
    """The table of settings is complete, and names none that does not exist."""
    described = set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))
    variables = {value for name, value in vars(settings).items() if name.endswith("_VARIABLE")}
    fields = {name for model in (RunConfig, StudyConfig, ScrapeRequest) for name in model.model_fields}
    assert described == (fields | variables) - INTERNAL


def test_files_and_modules_that_it_names_exist() -> None:
    """Pictures are there, and benchmarks can be run as they are written."""
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures
    assert all((CHECKOUT / picture).is_file() for picture in pictures)
    modules = set(re.findall(r"python -m (benchmarks\.\w+)", README))
    assert modules
    assert all(importlib.util.find_spec(module) for module in modules)
