"""A scrape in a process of its own."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_server import WebServer, jpeg, reply

from emotion_core.collect import ScrapeRequest, latest_progress, result, start_scrape
from emotion_core.collect.scrape_jobs import read_request
from emotion_core.collect.scraping import ScrapeProgress
from emotion_core.collect.worker import ProgressLog
from emotion_core.dataset import Catalog
from emotion_core.errors import JobUnusable
from emotion_core.jobs import JobFolder
from emotion_core.settings import Workspace


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A page of five photos."""
    with WebServer() as server:
        server.routes = {f"/{number}.jpg": reply(jpeg(number), "image/jpeg") for number in range(5)}
        server.routes["/"] = reply("".join(f"<img src={path}>" for path in list(server.routes)))
        yield server


def wait(folder: JobFolder, seconds: float = 20) -> str:
    """Return the state that the job ends in."""
    ends = time.monotonic() + seconds
    while folder.state().active and time.monotonic() < ends:
        time.sleep(0.05)
    return folder.state().name


def test_a_scrape_runs_in_the_background(tmp_path: Path, web: WebServer) -> None:
    """The job finishes by itself, its photos are in the catalog, and progress and account are read from its folder."""
    workspace = Workspace(tmp_path)
    folder = start_scrape(workspace, ScrapeRequest(url=web.url(), label="sad", allow_hosts=(web.host_port,)))

    assert wait(folder) == "finished", folder.log_end()
    tally, progress = result(folder), latest_progress(folder)
    assert tally is not None
    assert (tally.added, tally.rejected) == (5, [])
    assert progress is not None
    assert (progress.pictures_done, progress.added, progress.pages_done) == (5, 5, 1)
    assert {photo.label for photo in Catalog(workspace).photos()} == {"sad"}
    assert folder.log_end() == ""


def test_a_background_scrape_that_cannot_work_fails_with_its_sentence(tmp_path: Path, web: WebServer) -> None:
    """A private server that was not allowed makes the job fail with the reason, without a result."""
    folder = start_scrape(Workspace(tmp_path), ScrapeRequest(url=web.url(), label="sad"))

    assert wait(folder) == "failed"
    assert "not on the public Internet" in folder.state().message
    assert result(folder) is None
    assert web.connections == 0


def test_a_background_scrape_stops_on_request(tmp_path: Path, web: WebServer) -> None:
    """A stop ends a job that waits for a slow server, and keeps what came before."""
    web.routes["/4.jpg"] = lambda handler: time.sleep(10)
    folder = start_scrape(Workspace(tmp_path), ScrapeRequest(url=web.url(), label="sad", allow_hosts=(web.host_port,)))
    ends = time.monotonic() + 15
    while time.monotonic() < ends and (latest_progress(folder) or ScrapeProgress()).added < 1:
        time.sleep(0.05)
    assert time.monotonic() < ends, "progress is told while a picture is slow"
    folder.request_stop()

    assert wait(folder, 5) == "stopped"
    assert len(Catalog(Workspace(tmp_path)).photos()) >= 1


def test_progress_is_recorded_now_and_then_and_at_the_end(tmp_path: Path) -> None:
    """A flood of progress leaves a few records, the last of them the latest."""
    folder = JobFolder(tmp_path / "job")
    folder.create({})
    log = ProgressLog(folder)
    for done in range(1000):
        log(ScrapeProgress(pictures_done=done))
    log.flush()

    assert 2 <= len(folder.records("progress")) <= 5
    assert latest_progress(folder) == ScrapeProgress(pictures_done=999)


@pytest.mark.parametrize(
    "settings", [{}, {"kind": "guided"}, {"kind": "scrape"}, {"kind": "scrape", "workspace": "/x", "url": 3}]
)
def test_other_jobs_are_not_scrapes(tmp_path: Path, settings: dict[str, object]) -> None:
    """A folder of another kind of job, or with half its settings, is told apart; nothing was recorded in it yet."""
    folder = JobFolder(tmp_path / "job")
    folder.create(settings)
    with pytest.raises(JobUnusable, match="Expected the settings of a scrape"):
        read_request(folder)
    assert latest_progress(folder) is None
    assert result(folder) is None
