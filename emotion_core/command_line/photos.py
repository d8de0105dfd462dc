"""Verbs that bring photos in and list them."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion_core.command_line.output import JsonRows, Unfinished, note
from emotion_core.dataset import Catalog, find_duplicates
from emotion_core.errors import CollectError, JobError
from emotion_core.settings import Workspace

if TYPE_CHECKING:
    from emotion_core.jobs import JobFolder

WAIT_SECONDS = 0.5

_TOLD_OF_PHOTOS = (
    *("photo_id", "name", "label", "status", "source_url", "page_url", "landing_url", "licence", "author"),
    *("sha256", "original_sha256", "original_bytes", "original_width", "original_height", "content_type", "added_at"),
)


def import_photos(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Add the photos of a folder, zip, CSV, image file or cifar-10-python.tar.gz to the catalog."""
    from emotion_core.collect import import_path

    how = {"label": options.label, "mapping": dict(options.map), "limit": options.limit}
    return import_path(Catalog(workspace), options.path, **how).as_json()


def scrape_photos(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Add the photos that a web page shows, or a list of addresses names, to the catalog."""
    from emotion_core.collect import ScrapeProgress, ScrapeRequest, run_scrape_in_process, scrape_summary
    from emotion_core.network import checked

    fields = {
        **_addresses(options.url),
        **{name: getattr(options, name) for name in ("label", "pages", "select", "limit", "contact")},
        "allow_hosts": tuple(options.allow_host),
        "delay_seconds": options.delay,
        "max_minutes": options.max_minutes,
        "max_megabytes": options.max_megabytes,
        "honour_opt_out": not options.ignore_opt_out,
    }
    told = 0

    def tell(progress: ScrapeProgress) -> None:
        nonlocal told
        if progress.pages_done > told and sys.stderr.isatty():
            told = progress.pages_done
            note(f"Page {told} of {progress.pages_total}: {progress.pictures_found} pictures found so far.")

    def begin(job: JobFolder, goes_on: bool) -> None:
        if goes_on:
            note(f"Scrape {job.id} was interrupted and goes on; its earlier photos are counted with it.")

    job = run_scrape_in_process(workspace, checked(ScrapeRequest, fields), on_start=begin, on_progress=tell)
    state = job.state()
    if state.name == "failed":
        raise CollectError(state.message)
    result = scrape_summary(job).as_json()
    if state.name != "finished":
        raise Unfinished(f"{state.message} The same command goes on with it.", result)
    return result


def _addresses(text: str) -> dict[str, Any]:
    """Return what the person gave to scrape: an address, or a text file of addresses."""
    from emotion_core.collect import read_urls

    is_file = "://" not in text and Path(text).is_file()
    return {"urls": read_urls(Path(text))} if is_file else {"url": text}


def serve_samples(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Serve the sample gallery on this machine until interrupted."""
    from emotion_core.collect.samples import serve_forever

    serve_forever(options.port, lambda address: note(f"The sample gallery is at {address} until you press Ctrl+C."))
    return {"port": options.port}


def list_photos(workspace: Workspace, options: argparse.Namespace) -> JsonRows:
    """List the photos of the catalog."""
    if options.find_faces:
        _find_faces(workspace)
    catalog = Catalog(workspace)
    clusters = find_duplicates(catalog).clusters
    return [
        {
            **{name: getattr(photo, name) for name in _TOLD_OF_PHOTOS},
            "cluster": clusters.get(photo.photo_id),
            # Where nobody looked, how many faces there are is unknown, not zero.
            "faces": None if photo.faces is None else len(photo.faces),
            "flags": list(photo.flags),
        }
        for photo in catalog.photos(label=options.label, status=options.status)
    ]


def _find_faces(workspace: Workspace) -> None:
    """Look at every photo nobody looked at, in the background job that the pages start too, and wait for its end."""
    from emotion_core.dataset import detector_problem, inspection_progress, start_inspection

    if problem := detector_problem():
        note(f"Faces cannot be looked for. {problem}")
    told = ""
    # Photos may arrive meanwhile; then the next one begins where this ended.
    while (job := start_inspection(workspace)) is not None:
        state = job.state()
        if state.name == "failed":
            raise JobError(state.message)
        progress = inspection_progress(job)
        text = f"{progress.photos_done} of {progress.photos_total} photos looked at" if progress else ""
        if text != told:
            note(text)
            told = text
        time.sleep(WAIT_SECONDS)
