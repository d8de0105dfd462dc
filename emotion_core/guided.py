"""The guided study: scrape the sample gallery over real HTTP, then train the three controlled networks on it.

It is a background job, so it survives leaving or refreshing the page and stopping the web server.
"""

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from emotion_core.collect import ScrapeProgress, ScrapeRequest, scrape
from emotion_core.collect.samples import PAGES, gallery_url
from emotion_core.dataset import LABELS, SAMPLES, Catalog
from emotion_core.jobs import JobFolder, job_session, records_with, start_single
from emotion_core.network import checked
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import StudyConfig, StudyPlan, list_runs, start_standby, start_study, stop_run

GALLERY_MODULE = "emotion_core.collect.samples"
KIND = "guided"
GALLERY_SELECTOR = "img.photo"
IMAGE_SIZE_PX = 64


def guided_config() -> StudyConfig:
    """Return the guided study: ReLU, tanh and sigmoid, otherwise identical, on the photos of the gallery only."""
    return StudyPlan(settings={"image_size": IMAGE_SIZE_PX, "sources": (SAMPLES,)}).study()


def start_guided_study(workspace: Workspace, config: StudyConfig | None = None) -> JobFolder:
    """Start the guided study in the background, or return the job that is already running.

    Args:
        workspace: that receives the photos and the study.
        config: the study to train; ``guided_config()`` by default.
    """
    chosen = (config or guided_config()).model_dump(mode="json")
    folder = start_single(workspace.jobs, {"kind": KIND, "config": chosen}, __name__, keep_last=True)
    start_standby(workspace)  # the standby worker imports TensorFlow while the photos are collected
    return folder


def newest_guided_job(workspace: Workspace) -> JobFolder | None:
    """Return the job of the guided study that was started last, or None."""
    return JobFolder.newest(workspace.jobs, KIND)


def guided_study_id(folder: JobFolder) -> str | None:
    """Return the id of the study that the job started, or None while it still collects photos."""
    records = records_with(folder.records("study"), study_id=str)
    return str(records[-1]["study_id"]) if records else None


def stop_guided_study(workspace: Workspace, folder: JobFolder) -> None:
    """Ask the guided study to stop: its collecting, and the runs that it has started.

    Args:
        workspace: that holds its photos and runs.
        folder: the job of the guided study.
    """
    if folder.state().active:
        folder.request_stop()
    study_id = guided_study_id(folder)
    for active in [run for run in list_runs(workspace) if study_id and run.study_id == study_id and run.state.active]:
        stop_run(workspace, active)


def run(folder: JobFolder) -> None:
    """Collect the gallery and start the study, in this process.

    Args:
        folder: of a guided job that no other process works on.
    """
    with job_session(folder):
        workspace = open_workspace(folder.path.parents[1])
        catalog = Catalog(workspace)
        with _gallery() as host_port:
            for label in LABELS:
                request = gallery_request(host_port, label)
                scrape(catalog, request, on_progress=_on_progress(folder, label), stop=folder.raise_if_stopped)
        # From here on the study would be started, whatever is asked of this job.
        folder.raise_if_stopped()
        study = start_study(workspace, checked(StudyConfig, folder.settings()["config"]))
        folder.append({"event": "study", "study_id": study.study_id})


@contextmanager
def _gallery() -> Iterator[str]:
    """Serve the sample gallery from a process of its own and yield its ``host:port``.

    The photos are drawn on request, so that process draws the next ones while this one stores the last.
    """
    command = [sys.executable, "-m", GALLERY_MODULE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        # The server ends when its stdin closes: at the end of this block, or when this process dies.
        [address] = itertools.islice(server.stdout or (), 1)
        yield address.strip()


def gallery_request(host_port: str, label: str) -> ScrapeRequest:
    """Return the scrape request for one label of the sample gallery, with the settings that a user would type.

    Args:
        host_port: address of the gallery's server.
        label: ``happy`` or ``sad``.
    """
    return ScrapeRequest(
        url=gallery_url(host_port, label, 1),
        label=label,
        pages=f"1-{PAGES}",
        select=GALLERY_SELECTOR,
        allow_hosts=(host_port,),
    )


def _on_progress(folder: JobFolder, label: str) -> Callable[[ScrapeProgress], None]:
    def on_progress(progress: ScrapeProgress) -> None:
        folder.append({"event": "scrape", "label": label, **asdict(progress)})

    return on_progress
