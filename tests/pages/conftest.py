"""Pages run by Streamlit's AppTest, each test with a workspace of its own."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from emotion_core.files import read_json, write_json
from emotion_core.settings import WORKSPACE_VARIABLE, Workspace, open_workspace
from emotion_core.training import Study, list_studies
from pages.components.common import classifiers

APP = Path(__file__).resolve().parents[2] / "app.py"
TIMEOUT_SECONDS = 300


def _visit(page: str, **query: str) -> AppTest:
    at = AppTest.from_file(APP, default_timeout=TIMEOUT_SECONDS).run()
    at.query_params.update(query)
    at.switch_page(f"pages/{page}.py").run()
    assert not at.exception
    return at


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Return the empty workspace that the pages show."""
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(tmp_path / "workspace"))
    # A server caches the workspace and networks for its lifetime; each test stands for a new server.
    st.cache_resource.clear()
    st.cache_data.clear()
    return open_workspace()


@pytest.fixture
def study(workspace: Workspace, studied: Workspace) -> Study:
    """Return a study with a finished and a failed run, in the workspace that the pages show."""
    shutil.copytree(studied.root, workspace.root, dirs_exist_ok=True)
    return list_studies(workspace)[0]


@pytest.fixture
def visit(workspace: Workspace) -> Callable[..., AppTest]:
    """Return a function that opens a page, such as ``study/train``, through ``app.py``."""
    return _visit


@pytest.fixture
def words() -> Callable[[AppTest], str]:
    """Return a function that gives the text of a page: prose, headings and messages."""
    kinds = ("title", "header", "subheader", "markdown", "text", "caption", "info", "success", "warning", "error")

    def text_of(at: AppTest) -> str:
        elements: list[Any] = [element for kind in kinds for element in at.main.get(kind)]
        return "\n".join(str(element.value) for element in elements)

    return text_of


@pytest.fixture
def no_starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let there be no starter, and return the folder where pages look for it."""
    monkeypatch.setattr(classifiers, "STARTER_FOLDER", tmp_path / "starter")
    return tmp_path / "starter"


@pytest.fixture
def starter(no_starter: Path, studied: Workspace) -> Path:
    """Let a tiny network be the starter, one that declines photos without a face."""
    run = next(studied.runs.glob("*/model.tflite")).parent
    no_starter.mkdir()
    shutil.copy(run / "model.tflite", no_starter)
    write_json(no_starter / "settings.json", read_json(run / "settings.json")["config"])
    answers = {"name": "Starter", "threshold": 0.5, "not_sure_low": 0.0, "not_sure_high": 1.0, "needs_face": True}
    write_json(no_starter / "answers.json", {**answers, "trained_on": "trained on <b>small</b> faces", "measured": {}})
    return no_starter
