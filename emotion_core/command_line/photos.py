"""Verbs that collect and list photos."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion_core.command_line.output import JsonRows, Unfinished, note
from emotion_core.dataset import Catalog, find_duplicates
from emotion_core.dataset.snapshots import NEITHER, UNREAD_LABEL, neither_catalog
from emotion_core.errors import CollectError, DataError, JobError
from emotion_core.settings import Workspace

if TYPE_CHECKING:
    from emotion_core.jobs import JobFolder

WAIT_SECONDS = 0.5

_PHOTO_COLUMNS = (
    *("photo_id", "name", "label", "status", "source_url", "page_url", "landing_url", "licence", "author", "split"),
    *("sha256", "original_sha256", "original_bytes", "original_width", "original_height", "content_type", "added_at"),
)


def import_photos(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Add the photos of a folder, zip, CSV, image file or cifar-10-python.tar.gz to the catalog.

    Args:
        workspace: that holds the catalog.
        options: ``path``, ``label``, ``map``, ``limit`` and ``encoding``. Photos with the label ``neither`` go into the
            catalog that networks with the setting ``neither`` learn from.
    """
    from emotion_core.collect import import_path

    is_neither = options.label == NEITHER
    catalog = neither_catalog(workspace) if is_neither else Catalog(workspace)
    summary = import_path(
        catalog,
        options.path,
        label=UNREAD_LABEL if is_neither else options.label,
        mapping=dict(options.map),
        limit=options.limit,
        encoding=options.encoding,
    )
    if is_neither:
        # Networks keep near copies in one part, and look for none themselves.
        find_duplicates(catalog)
    return summary.as_json()


def scrape_photos(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Add the photos of web pages, or of a list of web addresses, to the catalog.

    Args:
        workspace: that holds the catalog.
        options: ``url`` and the flags of ``scrape``.

    Raises:
        CollectError: the scrape failed.
        Unfinished: it ended early, for instance at a limit.
    """
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
    reported_pages = 0

    def on_progress(progress: ScrapeProgress) -> None:
        nonlocal reported_pages
        if progress.pages_done > reported_pages and sys.stderr.isatty():
            reported_pages = progress.pages_done
            note(f"Page {reported_pages} of {progress.pages_total}: {progress.pictures_found} pictures found so far.")

    def on_start(job: JobFolder, beginning: str) -> None:
        if beginning == "resumed":
            note(f"Resuming the interrupted scrape {job.id}; the counts include its earlier photos.")
        elif beginning == "shared":
            note(f"Another process is running this scrape as {job.id}; waiting for its result.")

    job = run_scrape_in_process(workspace, checked(ScrapeRequest, fields), on_start=on_start, on_progress=on_progress)
    state = job.state()
    if state.name == "failed":
        raise CollectError(state.message)
    result = scrape_summary(job).as_json()
    if state.name != "finished":
        raise Unfinished(f"{state.message} Run the same command again to resume it.", result)
    return result


def _addresses(text: str) -> dict[str, Any]:
    """Return the field of a scrape request for an address, or for a text file of addresses."""
    from emotion_core.collect import read_urls

    is_file = "://" not in text and Path(text).is_file()
    return {"urls": read_urls(Path(text))} if is_file else {"url": text}


def serve_samples(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Serve the sample gallery on this machine until interrupted.

    Args:
        workspace: not used; every verb gets one.
        options: ``port``.
    """
    from emotion_core.collect.samples import serve_forever

    serve_forever(options.port, lambda address: note(f"The sample gallery is at {address}. Press Ctrl+C to stop."))
    return {"port": options.port}


def list_photos(workspace: Workspace, options: argparse.Namespace) -> JsonRows:
    """List the photos of the catalog.

    Args:
        workspace: that holds the catalog.
        options: ``label``, ``status`` and ``find_faces``.
    """
    if options.find_faces:
        _find_faces(workspace)
    catalog = Catalog(workspace)
    clusters = find_duplicates(catalog).clusters
    return [
        {
            **{name: getattr(photo, name) for name in _PHOTO_COLUMNS},
            "cluster": clusters.get(photo.photo_id),
            # Before face detection the number of faces is unknown, not zero.
            "faces": None if photo.faces is None else len(photo.faces),
            "flags": list(photo.flags),
        }
        for photo in catalog.photos(label=options.label, status=options.status)
    ]


def export_photo_folder(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Export the kept photos to a folder or zip that Hugging Face, torchvision and Keras read.

    Args:
        workspace: that holds the photos.
        options: ``destination``, ``split``, ``snapshot`` and ``include_new``.

    Raises:
        DataError: a snapshot has its own photos and split, so nothing else may be chosen.
    """
    from emotion_core.dataset import PhotoChoice, export_photos
    from emotion_core.dataset.image_folder import OWNERS

    if options.snapshot and (options.split or options.include_new):
        raise DataError(
            "A snapshot says which photos are exported, and into which parts. Expected --snapshot alone. "
            f"Received: split={options.split!r}, include_new={options.include_new}. Leave one of them out."
        )
    choice = PhotoChoice(options.split or "none", options.include_new, options.snapshot or "")
    export = export_photos(Catalog(workspace), options.destination, choice)
    note(OWNERS)
    return {"destination": str(options.destination), "photos": export.total, **asdict(export)}


def _find_faces(workspace: Workspace) -> None:
    """Detect faces in all unchecked photos, in the same background job that the pages start, and wait for its end."""
    from emotion_core.dataset import detector_problem, inspection_progress, start_inspection

    if problem := detector_problem():
        note(f"Faces cannot be detected. {problem}")
    reported = ""
    # Photos can arrive while the job runs, so jobs are started until no unchecked photo is left.
    while (job := start_inspection(workspace)) is not None:
        state = job.state()
        if state.name == "failed":
            raise JobError(state.message)
        progress = inspection_progress(job)
        text = f"{progress.photos_done} of {progress.photos_total} photos checked" if progress else ""
        if text != reported:
            note(text)
            reported = text
        time.sleep(WAIT_SECONDS)
