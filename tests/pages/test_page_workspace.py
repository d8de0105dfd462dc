"""The care for the workspace on the pages: disk use, check, clean-up, and a lost catalog on every page."""

import contextlib
import sqlite3
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.dataset import Catalog
from emotion_core.jobs import JobFolder
from emotion_core.maintenance import backup_job, check_job
from emotion_core.settings import Workspace

pytestmark = pytest.mark.slow

Visit = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def check_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a check run in this process, at once, in the thread of the page."""

    def launch(folder: JobFolder, module: str) -> None:
        if module == check_job.__name__:
            check_job.run(folder)
        if module == backup_job.__name__:
            backup_job.run(folder)
        folder.finish("finished")
        folder.release_process()

    monkeypatch.setattr("emotion_core.maintenance.progress.job_session", contextlib.nullcontext)
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


def test_backup_is_made_and_downloaded_on_the_page(
    workspace: Workspace, visit: Visit, add_photos: Callable[..., list[str]]
) -> None:
    """One click writes and verifies it, the next one downloads it."""
    add_photos(workspace, happy=2)
    at = visit("start/home")
    at.session_state["workspace_care"] = True
    at.run()
    at.button(key="start_backup").click().run()
    assert not at.exception
    assert any("Written and verified" in caption.value and "2 photos" in caption.value for caption in at.caption)
    assert "Download the backup" in at.get("download_button")[0].label


def test_damaged_job_is_deleted_after_a_question(workspace: Workspace, visit: Visit) -> None:
    """Home lists it with a button; without the answer nothing goes."""
    job = JobFolder(workspace.jobs / "261129-222506-a536d6")
    job.create({"kind": "import"})
    (job.path / "settings.json").write_text("{")
    at = visit("start/home")
    at.button(key=f"delete-damaged-job-{job.id}").click().run()
    assert job.path.exists()
    at.button(key=f"yes-{job.id}").click().run()
    assert not at.exception
    assert not job.path.exists()


def test_damaged_row_is_told_on_the_pages(
    workspace: Workspace, visit: Visit, add_photos: Callable[..., list[str]]
) -> None:
    """Counts and filters read single columns, which no checksum covers, and still there is a word."""
    [photo_id] = add_photos(workspace, happy=1)
    with sqlite3.connect(workspace.catalog) as connection:
        connection.execute("UPDATE photos SET source_url = 'https://elsewhere.example/a.png'")
    connection.close()
    assert photo_id in visit("start/home").warning[0].value
