"""The care for the workspace on the pages: disk use, check, clean-up, and a lost catalog on every page."""

import contextlib
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.dataset import Catalog
from emotion_core.jobs import JobFolder
from emotion_core.maintenance import check_job
from emotion_core.settings import Workspace

pytestmark = pytest.mark.slow

Visit = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def check_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a check run in this process, at once, in the thread of the page."""

    def launch(folder: JobFolder, module: str) -> None:
        if module == check_job.__name__:
            check_job.run(folder)
        folder.finish("finished")
        folder.release_process()

    monkeypatch.setattr(check_job, "job_session", contextlib.nullcontext)
    monkeypatch.setattr(JobFolder, "launch_job", launch)


def test_lost_catalog_is_said_on_a_page_and_repaired_there(
    workspace: Workspace, visit: Visit, add_photos: Callable[..., list[str]]
) -> None:
    """The page says what is wrong in place of an empty workspace, and shows the photos after one click."""
    add_photos(workspace, happy=2, sad=1)
    for path in workspace.root.glob("catalog.sqlite*"):
        path.unlink()
    at = visit("start/home")
    assert "catalog of photos is missing" in at.error[0].value
    at.button(key="repair_workspace").click().run()
    assert not at.exception
    assert not at.error
    assert len(Catalog(workspace).photos()) == 3


def test_home_shows_what_lies_on_the_disk_and_checks_it(
    workspace: Workspace, visit: Visit, add_photos: Callable[..., list[str]]
) -> None:
    """A missing photo is listed with where it came from."""
    [photo_id] = add_photos(workspace, happy=1)
    catalog = Catalog(workspace)
    catalog.photo_path(catalog.photo(photo_id)).unlink()
    at = visit("start/home")
    assert not at.dataframe
    at.session_state["workspace_care"] = True
    at.run()
    assert set(at.dataframe[0].value["kind"]) >= {"catalog", "thumbnails"}
    at.button(key="check_workspace").click().run()
    assert not at.exception
    assert "1 problem found." in [warning.value for warning in at.warning]
    assert list(at.dataframe[1].value["kind"]) == ["photo"]
    at.button(key="clean_workspace").click().run()
    assert not at.exception
    assert JobFolder.all_in(workspace.jobs) == []
