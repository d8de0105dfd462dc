"""The process of one background scrape: ``python -m emotion_core.collect.worker JOB_FOLDER``."""

import sys
import time
from pathlib import Path

from emotion_core.collect.scrape_jobs import progress_record, read_request
from emotion_core.collect.scraping import ScrapeProgress, scrape
from emotion_core.dataset import Catalog
from emotion_core.jobs import JobFolder, working_in

SECONDS_BETWEEN_RECORDS = 0.2


class ProgressLog:
    """Writes progress into a job's folder, not more often than a person can follow.

    Args:
        folder: the job's.
    """

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        self._last: ScrapeProgress | None = None
        self._written: ScrapeProgress | None = None
        self._due = 0.0

    def __call__(self, progress: ScrapeProgress) -> None:
        """Record this progress, or keep it for later where the last record is young."""
        self._last = progress
        self.catch_up()

    def catch_up(self) -> None:
        """Record what was kept for later, once it is time."""
        if time.monotonic() >= self._due:
            self.flush()

    def flush(self) -> None:
        """Record the latest progress, unless it is recorded already."""
        if self._last is not None and self._last != self._written:
            self.folder.append(progress_record(self._last))
            self._written = self._last
        self._due = time.monotonic() + SECONDS_BETWEEN_RECORDS


def run(folder: JobFolder) -> None:
    """Do the scrape that the folder asks for, and record progress and result in it."""
    with working_in(folder):
        workspace, request = read_request(folder)
        log = ProgressLog(folder)

        def stop() -> None:
            # Also called while nothing arrives: the last progress before a slow picture must not wait for it.
            log.catch_up()
            folder.raise_if_stopped()

        try:
            tally = scrape(Catalog(workspace), request, on_progress=log, stop=stop)
        finally:
            log.flush()
        folder.append({"event": "result", **tally.as_json()})


if __name__ == "__main__":
    run(JobFolder(Path(sys.argv[1])))
