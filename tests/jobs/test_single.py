"""Jobs of which only one runs at a time."""

import threading
from pathlib import Path
from typing import Any

import pytest

from emotion_core.jobs import JobFolder, start_single


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for jobs whose processes are not started: each waits as if this process worked on it."""
    monkeypatch.setattr(JobFolder, "launch_job", lambda folder, module: None)
    return tmp_path / "jobs"


def _ids(parent: Path) -> list[str]:
    return [job.id for job in JobFolder.all_in(parent)]


def test_the_active_job_is_returned_and_no_second_one_started(parent: Path) -> None:
    """A second request while a job is active gets that job, whatever its settings."""
    first = start_single(parent, {"kind": "measure"}, "module")
    second = start_single(parent, {"kind": "measure", "seed": 1}, "module")
    assert second.id == first.id
    assert _ids(parent) == [first.id]


def test_requests_at_the_same_moment_start_one_job(parent: Path) -> None:
    """Two tabs that press a button at once share the job."""
    threads = [threading.Thread(target=start_single, args=(parent, {"kind": "measure"}, "module")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(_ids(parent)) == 1


def test_other_kinds_and_other_work_are_started_beside_it(parent: Path) -> None:
    """Only active jobs of the kind that do the same work stand in the way."""

    def start(kind: str, url: str) -> JobFolder:
        settings: dict[str, Any] = {"kind": kind, "url": url}
        return start_single(parent, settings, "module", same_work=lambda job: job.settings()["url"] == url)

    first = start("scrape", "a")
    assert {start("scrape", "b").id, start("export", "a").id}.isdisjoint({first.id})
    assert start("scrape", "a").id == first.id
    assert len(_ids(parent)) == 3


@pytest.mark.parametrize("keep_last", [False, True])
def test_ended_jobs_with_the_same_work_stay_only_on_request(parent: Path, keep_last: bool) -> None:
    """A new job replaces the ended ones of its work unless they are to stay; others are left alone."""
    other = start_single(parent, {"kind": "export"}, "module")
    first = start_single(parent, {"kind": "measure"}, "module")
    first.finish("failed")
    second = start_single(parent, {"kind": "measure"}, "module", keep_last=keep_last)
    assert second.id != first.id
    assert set(_ids(parent)) == {other.id, second.id} | ({first.id} if keep_last else set())
