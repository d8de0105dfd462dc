"""How often a page reads the run folders, and when it is run again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.jobs import JobFolder
from emotion_core.settings import Workspace
from emotion_core.training import Study
from emotion_core.training.store import study_files
from pages.components.common.html import render

Visit = Callable[..., AppTest]


@pytest.mark.parametrize("page", ["start/home", "use/predict"])
def test_a_page_lists_the_run_folders_once(
    page: str, workspace: Workspace, study: Study, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status line, the champion and the page itself share one list of runs."""
    at = visit(page)
    listed: list[Path] = []
    list_folders = JobFolder.all_in

    def all_in(folder: Path) -> list[JobFolder]:
        listed.append(folder)
        return list_folders(folder)

    monkeypatch.setattr(JobFolder, "all_in", all_in)
    at.run()
    assert not at.exception
    assert listed.count(workspace.runs) == 1


def test_home_reads_each_study_once(
    workspace: Workspace, study: Study, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of studies and the list of damaged ones come from one reading."""
    at = visit("start/home")
    loaded: list[str] = []
    load = study_files.load_study

    def load_study(workspace: Workspace, study_id: str) -> Study:
        loaded.append(study_id)
        return load(workspace, study_id)

    monkeypatch.setattr(study_files, "load_study", load_study)
    at.run()
    assert not at.exception
    assert loaded == [study.study_id]


def polled_page() -> None:
    """Poll work that has ended by the time it is drawn."""
    import streamlit as st

    from pages.components.common.polling import poll

    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    poll(lambda: False, active=st.session_state["runs"] == 1)


def test_the_page_is_run_again_once_when_polled_work_ends() -> None:
    """The first run still finds the work under way; the second one stops polling."""
    at = AppTest.from_function(polled_page, default_timeout=300).run()
    assert not at.exception
    assert at.session_state["runs"] == 2


def test_values_of_a_template_are_escaped_once() -> None:
    """Text is escaped, also inside an attribute; a rendered snippet goes into another one as it is."""
    name = render("<b>{{ name }}</b>", name='"<i>')
    assert render('<p title="{{ title }}">{{ name }}</p>', title='"', name=name) == (
        '<p title="&#34;"><b>&#34;&lt;i&gt;</b></p>'
    )
