"""Robustness of a scrape that is killed repeatedly: ``python -m benchmarks.scrape_faults [--kills 20] [--seed N]``.

Scrapes a faulty site with 480 pictures on 8 pages, a fifth of them with faults. The process is killed at random moments
and started again with the same command. Promised: every good picture is stored once, every bad one is listed with its
reason, and no stored picture is requested again.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.faulty_site import FaultySite, picture
from emotion_core.dataset import Catalog
from emotion_core.settings import Workspace

LABEL = "happy"


@dataclass
class Report:
    """Result of a scrape that was killed repeatedly.

    Attributes:
        missing: good pictures that are not in the catalog.
        stored_twice: pictures that are in the catalog more than once.
        unnamed: bad pictures without a reason in the import summary.
        named_wrongly: good pictures that the import summary lists as rejected.
        asked_again: paths that were requested after they had been stored.
        result: import summary of the last process.
        kills: number of processes killed.
        seconds: total time.
    """

    missing: list[str] = field(default_factory=list)
    stored_twice: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    named_wrongly: list[str] = field(default_factory=list)
    asked_again: list[str] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)
    kills: int = 0
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether all promises hold."""
        return not (self.missing or self.stored_twice or self.unnamed or self.named_wrongly or self.asked_again)


def measure(site: FaultySite, workspace: Workspace, *, kills: int, seed: int, longest: float = 3.0) -> Report:
    """Scrape the site with the command line, killing the process ``kills`` times, and return the result.

    Args:
        site: site that is being served.
        workspace: empty workspace.
        kills: largest number of kills; fewer if the scrape ends before.
        seed: seed of the random moments.
        longest: longest time until a process is killed, in seconds.
    """
    moments, report, began = random.Random(seed), Report(), time.perf_counter()
    while True:
        stored = _stored_paths(workspace)
        asked = Counter(site.asked)
        seconds = moments.uniform(0.3, longest) if report.kills < kills else None
        output = _run_once(site, workspace, seconds)
        report.asked_again += [path for path in stored if site.asked[path] > asked[path]]
        if output is not None:
            report.result = json.loads(output)
            break
        report.kills += 1
    report.seconds = time.perf_counter() - began
    _compare(site, workspace, report)
    return report


def _run_once(site: FaultySite, workspace: Workspace, seconds: float | None) -> str | None:
    """Run the command and return its output, or None if it was killed after ``seconds``."""
    command = [sys.executable, "-m", "emotion_core", "scrape", site.url("/page/{page}"), "--label", LABEL]
    command += ["--pages", f"1-{site.pages}", "--allow-host", site.host_port]
    command += ["--json", "--workspace", str(workspace.root)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        output, _ = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        return None
    if child.returncode != 0:
        raise SystemExit(f"the scrape failed with exit status {child.returncode}")
    return output


def _stored_paths(workspace: Workspace) -> set[str]:
    """Return the paths whose picture is in the catalog, including copies."""
    return {urlsplit(name).path for name in Catalog(workspace).offered_names(LABEL)}


def _compare(site: FaultySite, workspace: Workspace, report: Report) -> None:
    """Compare the catalog and the import summary with the site."""
    held = Counter(photo.original_sha256 for photo in Catalog(workspace).photos())
    named = {urlsplit(row["name"]).path for row in report.result["rejected"] if row["reason"]}
    own = {path: sha256(picture(site.paths.index(path))).hexdigest() for path in site.good}
    report.missing = [path for path in site.good if not held[own[path]]]
    report.stored_twice = [path for path in site.good if held[own[path]] > 1]
    report.unnamed = [path for path in site.bad if path not in named]
    report.named_wrongly = sorted(named - set(site.bad))


def main() -> None:
    """Measure and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, FaultySite(seed=given.seed) as site:
        report = measure(site, Workspace(Path(folder)), kills=given.kills, seed=given.seed)
        photos = len(Catalog(Workspace(Path(folder))).photos())
    print(
        f"{len(site.paths)} pictures, {len(site.bad)} bad, {len(site.copies)} copies; killed {report.kills} times in "
        f"{report.seconds:.0f} s\n"
        f"stored {photos} of {len(site.good)} good ones; missing {len(report.missing)}, twice "
        f"{len(report.stored_twice)}; bad ones without a reason {len(report.unnamed)}; good ones rejected "
        f"{len(report.named_wrongly)}; asked for again after being stored {len(report.asked_again)}\n"
        f"account: {report.result['added']} added, {report.result['duplicates']} duplicates, "
        f"{len(report.result['rejected'])} rejected"
    )
    for row in report.result["rejected"]:
        if urlsplit(row["name"]).path in {*report.missing, *report.named_wrongly}:
            print(f"{row['name']}: {row['reason']}")
    print("all of it holds" if report.holds else "IT DOES NOT HOLD")


if __name__ == "__main__":
    main()
