"""The export of a network: a button, a background job, and a file to download."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.prediction.export import export_of
from emotion_core.settings import Workspace
from emotion_core.training import Run, Study, find_run

pytestmark = pytest.mark.slow


def page(run_id: str) -> None:
    """Draw only the export of a run."""
    from emotion_core.training import find_run
    from pages.components.common.workspace import workspace
    from pages.components.predict.export_download import show_export

    show_export(find_run(workspace(), run_id))


@pytest.fixture
def run(workspace: Workspace, study: Study) -> Run:
    """Return the finished run of the workspace that the pages show."""
    return find_run(workspace, study.run_ids[0])


def export_ended(workspace: Workspace, run: Run) -> bool:
    """Return whether the export and its process have ended."""
    job = export_of(workspace, run)
    return job is not None and job.state().ended and not job.has_process()


def test_the_button_prepares_a_file_to_download(
    workspace: Workspace, run: Run, wait_until: Callable[[Callable[[], Any], str], Any]
) -> None:
    """The page says that the export is being written; afterwards every session can download it."""
    at = AppTest.from_function(page, kwargs={"run_id": run.run_id}, default_timeout=300).run()
    assert not at.get("download_button")
    at.button[0].click().run()
    # On a busy machine it may have ended before the page is drawn.
    if not export_ended(workspace, run):
        assert at.button[0].disabled and "ONNX" in at.caption[-1].value
    wait_until(lambda: export_ended(workspace, run), "the export has ended")
    for visit in (at, AppTest.from_function(page, kwargs={"run_id": run.run_id}, default_timeout=300)):
        visit.run()
        assert not visit.exception and not visit.error
        [button] = visit.get("download_button")
        assert button.proto.label == "Download the export"


def test_a_failed_export_is_explained_and_can_be_retried(
    workspace: Workspace, run: Run, wait_until: Callable[[Callable[[], Any], str], Any]
) -> None:
    """The page shows the job's own message."""
    (run.path / "model.keras").unlink()
    at = AppTest.from_function(page, kwargs={"run_id": run.run_id}, default_timeout=300).run()
    at.button[0].click().run()
    wait_until(lambda: export_ended(workspace, run), "the export has ended")
    at.run()
    assert "did not finish" in at.error[0].value and "no trained network" in at.error[0].value
    assert not at.button[0].disabled and at.button[0].label == "Prepare the export"
