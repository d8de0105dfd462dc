"""What exports a network, run by Streamlit's own AppTest: a press, a process, a file to take along."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.prediction.export import export_of
from emotion_core.settings import Workspace
from emotion_core.training import Run, Study, find_run

pytestmark = pytest.mark.slow


def page(run_id: str) -> None:
    """Draw the export of a run alone."""
    from emotion_core.training import find_run
    from pages.components.common.workspace import workspace
    from pages.components.predict.export_download import show_export

    show_export(find_run(workspace(), run_id))


@pytest.fixture
def run(workspace: Workspace, study: Study) -> Run:
    """Return the finished run of the workspace that is shown."""
    return find_run(workspace, study.run_ids[0])


def export_ended(workspace: Workspace, run: Run) -> bool:
    """Whether the export has ended, its process included."""
    job = export_of(workspace, run)
    return job is not None and job.state().ended and not job.has_process()


def test_press_prepares_a_file_to_download(
    workspace: Workspace, run: Run, wait_until: Callable[[Callable[[], Any], str], Any]
) -> None:
    """Meanwhile it says what it waits for; the file is there for whoever comes later too."""
    at = AppTest.from_function(page, kwargs={"run_id": run.run_id}, default_timeout=60).run()
    assert not at.get("download_button")
    at.button[0].click().run()
    # On a busy machine it may have ended before the page was drawn.
    if not export_ended(workspace, run):
        assert at.button[0].disabled and "ONNX" in at.caption[-1].value
    wait_until(lambda: export_ended(workspace, run), "the export has ended")
    for visit in (at, AppTest.from_function(page, kwargs={"run_id": run.run_id}, default_timeout=60)):
        visit.run()
        assert not visit.exception and not visit.error
        [button] = visit.get("download_button")
        assert button.proto.label == "Download the export"


def test_failed_export_is_told_and_may_be_tried_again(
    workspace: Workspace, run: Run, wait_until: Callable[[Callable[[], Any], str], Any]
) -> None:
    """The reason is the job's own sentence."""
    (run.path / "model.keras").unlink()
    at = AppTest.from_function(page, kwargs={"run_id": run.run_id}, default_timeout=60).run()
    at.button[0].click().run()
    wait_until(lambda: export_ended(workspace, run), "the export has ended")
    at.run()
    assert "did not finish" in at.error[0].value and "no trained network" in at.error[0].value
    assert not at.button[0].disabled and at.button[0].label == "Prepare the export"
