"""Many people at once on a fresh server: ``python -m benchmarks.crowd [--people 30] [--minutes 5]``.

Starts the real app on a workspace with a finished study, lets people arrive within a few seconds, each with a
WebSocket of its own and another first page, and walk through the pages. Reports pages with errors, the time until a
page is complete, and the memory of the server. Once a minute one of them uploads a hostile archive, to Collect and
Predict in turn, which must not hold up the others; ``--calm`` leaves that out. Promised: no error, 95 % of the pages
within 1.5 s, under 500 MB.
"""

import argparse
import asyncio
import contextlib
import gzip
import io
import os
import random
import tarfile
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import requests
from filelock import FileLock

from benchmarks.compare_page import finished_study
from benchmarks.review_grid import served
from benchmarks.visitor import PageView, Visitor
from emotion_core.settings import open_workspace
from emotion_core.training.queue import QUEUE_LOCK_FILE

PAGES = ("", "collect", "review", "configure", "train", "compare", "predict", "activations", "source_study")
# A person reads a page for a while.
READING_SECONDS = (8.0, 24.0)
SAMPLE_SECONDS = 5.0
# How long an attacker waits for an answer before it counts as none.
PATIENCE_SECONDS = 30.0
LIMIT_SECONDS, LIMIT_MB = 1.5, 500
NESTING = 64


@dataclass
class Crowd:
    """What happened during a measurement.

    Attributes:
        url: address of the app.
        ends: when the measurement ends, by ``time.monotonic``.
        views: every page that was shown.
        lost: why people lost their connection.
        attacks: what came of each hostile upload, and how long it took.
        memory: proportional and unique memory of the server, and of all its processes, in MB, over time.
        silences: seconds that each request for the server's health took.
    """

    url: str
    ends: float
    views: list[PageView] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    attacks: list[str] = field(default_factory=list)
    memory: list[tuple[float, float, float]] = field(default_factory=list)
    silences: list[float] = field(default_factory=list)


def main() -> None:
    """Serve the app, send the crowd and print the report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=30)
    options.add_argument("--minutes", type=float, default=5.0)
    options.add_argument("--arrival-seconds", type=float, default=5.0)
    options.add_argument("--runs", type=int, default=12, help="runs of the study in the workspace")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--attack-seconds", type=float, default=60.0, help="time between two hostile uploads")
    options.add_argument("--calm", action="store_true", help="no hostile uploads")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        workspace = open_workspace(Path(folder) / "workspace")
        finished_study(workspace, asked.runs)
        # The queue's lock keeps a page from starting a dispatcher, which would be measured too.
        with FileLock(workspace.root / QUEUE_LOCK_FILE), served(workspace, Path(folder)) as (url, server):
            crowd = Crowd(url, time.monotonic() + 60 * asked.minutes)
            asyncio.run(_visit(crowd, server, asked))
    _report(crowd, asked)


async def _visit(crowd: Crowd, server: psutil.Process, asked: argparse.Namespace) -> None:
    chance = random.Random(asked.seed)
    tasks = [_person(crowd, random.Random(chance.random()), asked.arrival_seconds) for _ in range(asked.people)]
    tasks += [_watch_memory(crowd, server), _watch_health(crowd)]
    tasks += [] if asked.calm else [_attack(crowd, asked.attack_seconds)]
    await asyncio.gather(*tasks)


async def _person(crowd: Crowd, chance: random.Random, arrival_seconds: float) -> None:
    await asyncio.sleep(chance.uniform(0, arrival_seconds))
    try:
        async with asyncio.timeout_at(crowd.ends + PATIENCE_SECONDS), Visitor(crowd.url) as visitor:
            while time.monotonic() < crowd.ends:
                crowd.views.append(await visitor.open(chance.choice(PAGES)))
                await asyncio.sleep(min(chance.uniform(*READING_SECONDS), max(0.0, crowd.ends - time.monotonic())))
    except Exception as error:
        crowd.lost.append(f"{type(error).__name__}: {error}")


async def _watch_memory(crowd: Crowd, server: psutil.Process) -> None:
    while time.monotonic() < crowd.ends:
        own = server.memory_full_info()
        others = 0
        for child in server.children(recursive=True):
            try:
                others += child.memory_full_info().pss
            except psutil.Error:  # it has ended
                continue
        crowd.memory.append((own.pss / 1e6, own.uss / 1e6, (own.pss + others) / 1e6))
        await asyncio.sleep(SAMPLE_SECONDS)


async def _watch_health(crowd: Crowd) -> None:
    while time.monotonic() < crowd.ends:
        started = time.monotonic()
        with contextlib.suppress(requests.RequestException):
            await asyncio.to_thread(requests.get, f"{crowd.url}/_stcore/health", timeout=PATIENCE_SECONDS)
        crowd.silences.append(time.monotonic() - started)
        await asyncio.sleep(1)


async def _attack(crowd: Crowd, every_seconds: float) -> None:
    """Upload an archive that would occupy the process which reads it for good, on two pages in turn."""
    turns = 0
    while time.monotonic() + every_seconds / 2 < crowd.ends:
        await asyncio.sleep(every_seconds / 4)
        # The network that comes with the app classifies: those of the made-up study have no models.
        page = ("collect", "predict?run=starter")[turns % 2]
        started, turns = time.monotonic(), turns + 1
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), Visitor(crowd.url) as visitor:
                await visitor.open(page)
                view = await visitor.upload(
                    page, "cifar-10-python.tar.gz" if page == "collect" else "a.tiff", hostile_tar()
                )
                outcome = "; ".join(view.errors) or "answered"
        except Exception as error:
            outcome = f"no answer, {type(error).__name__}: {error}"
        crowd.attacks.append(f"{page}: {outcome} after {time.monotonic() - started:.1f} s")
        await asyncio.sleep(max(0.0, every_seconds * 3 / 4 - (time.monotonic() - started)))


def hostile_tar() -> bytes:
    """Return an archive of a few hundred bytes whose pickle names a key that takes ages to hash.

    Each of the nested tuples holds the one before it twice, so that the hash of the last takes 2 to the 64 steps.
    """
    nested = b")\x94" + b"".join(b"h%ch%c\x86\x94" % (n, n) for n in range(NESTING))
    batch = b"\x80\x04}" + nested + b"N" + b"s."
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        member = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
        member.size = len(batch)
        tar.addfile(member, io.BytesIO(batch))
    return gzip.compress(out.getvalue())


def _report(crowd: Crowd, asked: argparse.Namespace) -> None:
    seconds = np.array([view.seconds for view in crowd.views] or [np.inf])
    errors = Counter(error for view in crowd.views for error in view.errors)
    print(
        f"{asked.people} people within {asked.arrival_seconds:g} s, {asked.minutes:g} minutes; load average "
        f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    print(f"{len(crowd.views)} pages shown, {sum(bool(view.errors) for view in crowd.views)} with errors")
    for error, number in (errors + Counter(f"connection lost: {reason}" for reason in crowd.lost)).most_common(10):
        print(f"  {number} x {error[:200]}")
    first = sorted(crowd.views, key=lambda view: view.shown_at)[: asked.people]
    for name, values in (
        ("all pages", seconds),
        ("first ones", np.array([view.seconds for view in first] or [np.inf])),
    ):
        p50, p95 = np.percentile(values, (50, 95))
        print(f"{name}: half within {p50:.2f} s, 95 % within {p95:.2f} s, worst {values.max():.2f} s")
    for page in sorted({view.page for view in crowd.views}):
        times = [view.seconds for view in crowd.views if view.page == page]
        print(f"  {page}: {len(times)} pages, median {np.median(times):.2f} s, worst {max(times):.2f} s")
    _report_server(crowd)
    kept = not errors and not crowd.lost and np.percentile(seconds, 95) < LIMIT_SECONDS
    fits = max(own for own, _, _ in crowd.memory) < LIMIT_MB
    for promise, is_kept in ((f"{LIMIT_SECONDS} s, no error", kept), (f"{LIMIT_MB} MB", fits)):
        print(f"promised {promise}: {'kept' if is_kept else 'MISSED'}")


def _report_server(crowd: Crowd) -> None:
    third = max(1, len(crowd.memory) // 3)
    for name, column in (("proportional", 0), ("unique", 1), ("proportional, with all its processes", 2)):
        values = [sample[column] for sample in crowd.memory]
        middle, last = np.mean(values[third : 2 * third] or values), np.mean(values[-third:])
        print(
            f"memory of the server, {name}: first {values[0]:.0f} MB, largest {max(values):.0f} MB, mean of the second "
            f"third {middle:.0f} MB, of the last {last:.0f} MB"
        )
    print(f"the server answered within {max(crowd.silences):.2f} s at the worst")
    for attack in crowd.attacks:
        print(f"hostile upload to {attack}")


if __name__ == "__main__":
    main()
