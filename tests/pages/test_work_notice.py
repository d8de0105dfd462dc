"""The end of long work is told on every page: by the tab's title, a toast and what the browser's notification says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.jobs import JobFolder
from emotion_core.settings import Workspace
from emotion_core.training import Study

pytestmark = pytest.mark.slow

Visit = Callable[..., AppTest]


@pytest.fixture
def titles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the titles of the tab, one for each time that the work is looked at."""
    shown: list[str] = []
    monkeypatch.setattr(
        "pages.components.common.work_notice.st.set_page_config", lambda page_title=None, **_: shown.append(page_title)
    )
    return shown


@pytest.fixture
def waiting(workspace: Workspace, study: Study) -> Path:
    """Return the folder of a run that waits again; the other one of its study has failed."""
    run = workspace.runs / study.run_ids[0]
    (run / "status.json").rename(run / "aside")
    (run / "scores.json").rename(run / "scores-aside")
    return run


def _finish(run: Path) -> None:
    (run / "scores-aside").rename(run / "scores.json")
    (run / "aside").rename(run / "status.json")


def _notice(at: AppTest) -> dict[str, Any]:
    [component] = at.sidebar.get("bidi_component")
    return dict(json.loads(component.proto.json))


def test_the_title_counts_runs_and_then_says_how_they_ended(waiting: Path, visit: Visit, titles: list[str]) -> None:
    """The end is told once, and its sign leaves the title with the next page."""
    at = visit("data/collect")
    assert titles[-1] == "1/2 Collect · Emotion Classifier"
    assert _notice(at) == {"message": "", "id": "", "underWay": True}
    _finish(waiting)
    at.run()
    assert not at.exception
    message = "The study has ended: 1 of 2 runs finished."
    assert [toast.value.replace("\\", "") for toast in at.toast] == [message]
    assert titles[-1] == "✗ Collect · Emotion Classifier"
    notice = _notice(at)
    assert (notice["message"], notice["underWay"]) == (message, False)
    at.run()
    assert (list(at.toast), _notice(at)["id"]) == ([], notice["id"])
    at.switch_page("pages/data/review.py").run()
    assert titles[-1] == "Review · Emotion Classifier"


@pytest.mark.parametrize(
    ("state", "message", "sign"),
    [
        ("finished", "The import has finished.", "✓"),
        ("failed", "The import has not finished: failed. The disk is full.", "✗"),
    ],
)
def test_an_import_tells_its_end_on_another_page(
    state: str, message: str, sign: str, workspace: Workspace, visit: Visit, titles: list[str]
) -> None:
    """It is seen under way on one page, and told on whichever page the user is by then."""
    job = JobFolder(workspace.jobs / "260101-000000-abcdef")
    job.create_active({"kind": "import"})
    at = visit("data/collect")
    assert titles[-1] == "… Collect · Emotion Classifier"
    job.finish(state, "" if state == "finished" else "The disk is full.")
    at.switch_page("pages/learn/activations.py").run()
    assert [toast.value.replace("\\", "") for toast in at.toast] == [message]
    assert titles[-1] == f"{sign} Activations · Emotion Classifier"


def test_work_that_ended_before_the_session_is_not_told(study: Study, visit: Visit, titles: list[str]) -> None:
    """A fresh tab has seen nothing under way."""
    at = visit("data/collect")
    assert (list(at.toast), list(at.sidebar.get("bidi_component"))) == ([], [])
    assert titles[-1] == "Collect · Emotion Classifier"
