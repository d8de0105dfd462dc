"""The guided study: scrape the sample gallery over real HTTP, then start the three controlled networks on it.

It is a background job, so that leaving the page, refreshing it or stopping the web server does not end it.
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
from emotion_core.jobs import JobFolder, job_session, start_single
from emotion_core.network import checked
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import StudyConfig, StudyPlan, start_standby, start_study

GALLERY_MODULE = "emotion_core.collect.samples"
KIND = "guided"
GALLERY_SELECTOR = "img.photo"
IMAGE_SIZE_PX = 64


def guided_config() -> StudyConfig:
    """Return what the guided study trains: ReLU, tanh and sigmoid, equal in everything else, on the gallery only."""
    return StudyPlan(settings={"image_size": IMAGE_SIZE_PX, "sources": (SAMPLES,)}).study()


def start_guided_study(workspace: Workspace, config: StudyConfig | None = None) -> JobFolder:
    """Start the guided study in the background; where one is under way already, return that one.

    Args:
        workspace: where the photos and the study go.
        config: what to train on the gallery instead of ``guided_config``.
    """
    chosen = (config or guided_config()).model_dump(mode="json")
    folder = start_single(workspace.jobs, {"kind": KIND, "config": chosen}, __name__, keep_last=True)
    start_standby(workspace)  # TensorFlow is imported while the photos are collected
    return folder


def newest_guided_job(workspace: Workspace) -> JobFolder | None:
    """Return the guided study that was started last, or None."""
    return JobFolder.newest(workspace.jobs, KIND)


def guided_study_id(folder: JobFolder) -> str | None:
    """Return the id of the study that the job started, or None while it has not come so far."""
    started = folder.records("study")
    return str(started[-1]["study_id"]) if started else None


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
        study = start_study(workspace, checked(StudyConfig, folder.settings()["config"]))
        folder.append({"event": "study", "study_id": study.study_id})


@contextmanager
def _gallery() -> Iterator[str]:
    """Serve the sample gallery at ``host:port`` from a process of its own, which draws while this one stores."""
    command = [sys.executable, "-m", GALLERY_MODULE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        # It ends when its input does: at the end of this block, and however this process ends.
        [address] = itertools.islice(server.stdout or (), 1)
        yield address.strip()


def gallery_request(host_port: str, label: str) -> ScrapeRequest:
    """Return the request that scrapes one class of the sample gallery, as a person would type it."""
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
