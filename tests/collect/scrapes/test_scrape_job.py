"""A scrape in its own process."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from emotion_core.collect import (
    ImportSummary,
    ScrapeRequest,
    latest_progress,
    resume_scrape,
    scrape_summary,
    start_scrape,
)
from emotion_core.collect.scrapes.scrape_job import read_request
from emotion_core.dataset import Catalog
from emotion_core.errors import JobError, JobUnusable
from emotion_core.files import read_json
from emotion_core.jobs import JobFolder
from emotion_core.settings import PACKAGE, Workspace
from tests.collect.web_server import WebServer, jpeg, reply

pytestmark = pytest.mark.slow

CHECKOUT = PACKAGE.parent


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


def wait_until(reached: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until the condition holds; fail if that takes too long."""
    ends = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < ends, "The condition was not reached in time."
        time.sleep(0.05)


def test_a_scrape_runs_in_the_background(tmp_path: Path, web: WebServer) -> None:
    """The job finishes by itself, its photos are in the catalog, and its folder has the progress and the summary."""
    workspace = Workspace(tmp_path)
    folder = start_scrape(workspace, ScrapeRequest(url=web.url(), label="sad", allow_hosts=(web.host_port,)))

    assert wait(folder) == "finished", folder.log_end()
    progress = latest_progress(folder)
    assert scrape_summary(folder) == ImportSummary(added=5)
    assert progress is not None
    assert (progress.pictures_done, progress.added, progress.pages_done) == (5, 5, 1)
    assert {photo.label for photo in Catalog(workspace).photos()} == {"sad"}
    assert folder.log_end() == ""


def test_an_impossible_background_scrape_fails_with_the_reason(tmp_path: Path, web: WebServer) -> None:
    """A private server that was not allowed makes the job fail with the reason, which its summary has too."""
    folder = start_scrape(Workspace(tmp_path), ScrapeRequest(url=web.url(), label="sad"))

    assert wait(folder) == "failed"
    assert "not on the public Internet" in folder.state().message
    assert [rejection.name for rejection in scrape_summary(folder).rejected] == [web.url()]
    assert web.connections == 0


def test_a_background_scrape_stops_on_request(tmp_path: Path, web: WebServer) -> None:
    """A stop ends a job that waits for a slow server, and keeps the photos collected before."""
    web.routes["/4.jpg"] = lambda handler: time.sleep(10)
    folder = start_scrape(Workspace(tmp_path), ScrapeRequest(url=web.url(), label="sad", allow_hosts=(web.host_port,)))
    wait_until(lambda: (progress := latest_progress(folder)) is not None and progress.added > 0)
    folder.request_stop()

    assert wait(folder, 5) == "stopped"
    assert len(Catalog(Workspace(tmp_path)).photos()) >= 1


@pytest.mark.parametrize("settings", [{}, {"kind": "guided"}, {"kind": "scrape", "label": "sad", "url": 3}])
def test_other_jobs_are_not_scrapes(tmp_path: Path, settings: dict[str, object]) -> None:
    """The folder of another kind of job, or one with damaged settings, raises JobUnusable and has no records."""
    folder = JobFolder(tmp_path / "job")
    folder.create(settings)
    with pytest.raises(JobUnusable, match="Expected the settings of a scrape"):
        read_request(folder)
    assert latest_progress(folder) is None
    assert scrape_summary(folder) == ImportSummary()


def test_an_active_scrape_is_not_started_twice(tmp_path: Path, web: WebServer) -> None:
    """A second start returns the active job; other pictures get their own job."""
    web.routes["/4.jpg"] = lambda handler: time.sleep(10)
    workspace = Workspace(tmp_path)
    request = ScrapeRequest(url=web.url(), label="sad", allow_hosts=(web.host_port,))
    first = start_scrape(workspace, request)
    again = start_scrape(workspace, request.model_copy(update={"contact": "me@example.org"}))
    other = start_scrape(workspace, request.model_copy(update={"label": "happy"}))

    assert first.id == again.id != other.id
    for folder in (first, other):
        folder.request_stop()
        assert wait(folder, 10) == "stopped"


def test_a_stopped_scrape_is_resumed(tmp_path: Path, web: WebServer) -> None:
    """A resumed scrape fetches only the missing pictures, and its summary covers all of them."""
    held = web.routes["/4.jpg"]
    web.routes["/4.jpg"] = lambda handler: time.sleep(10)
    folder = start_scrape(Workspace(tmp_path), ScrapeRequest(url=web.url(), label="sad", allow_hosts=(web.host_port,)))
    wait_until(lambda: scrape_summary(folder).added == 4)
    folder.request_stop()
    assert wait(folder) == "stopped"
    web.routes["/4.jpg"] = held
    asked = len(web.paths)
    resume_scrape(folder)

    assert wait(folder) == "finished", folder.log_end()
    assert scrape_summary(folder) == ImportSummary(added=5)
    assert sorted(web.paths[asked:]) == ["/4.jpg", "/robots.txt"]


def test_a_second_process_shares_the_scrape_and_resumes_it_if_it_is_killed(tmp_path: Path, web: WebServer) -> None:
    """Of two processes that scrape one address, one works; the other has its result, and takes its place if needed."""
    held = web.routes["/4.jpg"]
    web.routes["/4.jpg"] = lambda handler: time.sleep(10)
    first = start_scrape(Workspace(tmp_path), ScrapeRequest(url=web.url(), label="sad", allow_hosts=(web.host_port,)))
    wait_until(lambda: scrape_summary(first).added == 4)
    words = [
        "scrape",
        web.url(),
        "--label",
        "sad",
        "--allow-host",
        web.host_port,
        "--workspace",
        str(tmp_path),
        "--json",
    ]
    command = [sys.executable, "-m", "emotion_core", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=CHECKOUT) as second:
        assert second.stderr is not None
        assert "waiting for its result" in second.stderr.readline()
        web.routes["/4.jpg"] = held
        psutil.Process(read_json(first.path / "process.json")["pid"]).kill()
        assert "Resuming the interrupted scrape" in second.stderr.readline()
        stdout, _ = second.communicate(timeout=120)
    assert json.loads(stdout)["added"] == 5
    assert [job.id for job in JobFolder.all_in(tmp_path / "jobs")] == [first.id]


def test_an_active_scrape_cannot_be_resumed(tmp_path: Path, web: WebServer) -> None:
    """Two processes never work in one folder."""
    web.routes["/4.jpg"] = lambda handler: time.sleep(10)
    folder = start_scrape(Workspace(tmp_path), ScrapeRequest(url=web.url(), label="sad", allow_hosts=(web.host_port,)))
    with pytest.raises(JobError, match="still active"):
        resume_scrape(folder)
    folder.request_stop()
    assert wait(folder, 10) == "stopped"
