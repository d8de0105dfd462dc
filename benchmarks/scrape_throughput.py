"""Cost of a scrape: ``python -m benchmarks.scrape_throughput [--pictures 2000] [--repeats 3] [--peer PYTHON]``.

An nginx server on loopback serves an index page and JPEGs of about 40 KB. A scrape covers the whole path from the page
to the catalog: download, decode, hash, re-encode, make a thumbnail, store. It is compared with a pool of plain requests
that decodes and hashes but stores nothing, and with img2dataset with its default re-encoding. Each runs in a process of
its own, in turns. Promised: at most 9 CPU seconds per 1,000 pictures, and less wall time than img2dataset.

Needs nginx (Debian: nginx-light). Without ``--peer``, img2dataset is installed from PyPI into a temporary environment.
"""

import argparse
import contextlib
import hashlib
import io
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import requests
from PIL import Image

from emotion_core.collect import ScrapeRequest, scrape
from emotion_core.dataset import Catalog
from emotion_core.settings import open_workspace

SIDE_PX = 512
THREADS = 16
PROMISE_CPU_SECONDS = 9.0
OURS, BARE, PEER = "ours: scrape into the catalog", "requests pool, decode and hash", "img2dataset, re-encoding"
NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; types {{ text/html html; image/jpeg jpg; }}
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}/site; }}
}}
"""


@dataclass(frozen=True)
class Cost:
    """Time of one run: CPU seconds (user and system) of its processes, and wall seconds."""

    cpu: float
    wall: float


def main() -> None:
    """Measure and print the results, or run as a measured process."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pictures", type=int, default=2000)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--peer", type=Path, help="a Python below 3.13 that has img2dataset")
    options.add_argument("--run", nargs=3, metavar=("WHICH", "URL", "FOLDER"), help="measured by another process")
    asked = options.parse_args()
    if asked.run:
        {"ours": _collect, "bare": _fetch_barely}[asked.run[0]](*asked.run[1:])
        return
    with tempfile.TemporaryDirectory() as folder:
        peer = asked.peer or _install_peer(Path(folder) / "peer")
        _report(_measure(Path(folder), peer, asked.pictures, asked.repeats), asked.pictures)


def _collect(url: str, folder: str) -> None:
    """Scrape the index page into a new catalog."""
    host = url.split("/")[2]
    request = ScrapeRequest(url=url, label="happy", allow_hosts=(host,))
    summary = scrape(Catalog(open_workspace(folder)), request)
    print(f"ours: {summary.added} added, {summary.duplicates} duplicates, {len(summary.rejected)} rejected")


def _fetch_barely(url: str, _folder: str) -> None:
    """Fetch, decode and hash the pictures in the list beside the index page, and store nothing."""
    local = threading.local()

    def fetch(picture: str) -> str:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        data = local.session.get(picture, timeout=10).content
        Image.open(io.BytesIO(data)).convert("RGB").load()
        return hashlib.sha256(data).hexdigest()

    urls = requests.get(f"{url}urls.txt", timeout=10).text.split()
    with ThreadPoolExecutor(THREADS) as pool:
        print(f"bare: {len(set(pool.map(fetch, urls)))} different pictures")


def _measure(folder: Path, peer: Path, pictures: int, repeats: int) -> dict[str, list[Cost]]:
    """Run all in turns, so that other load on the machine affects each of them."""
    costs: dict[str, list[Cost]] = {OURS: [], BARE: [], PEER: []}
    here = [sys.executable, "-m", "benchmarks.scrape_throughput", "--run"]
    with _serving(folder, pictures) as url:
        for repeat in range(repeats):
            out = str(folder / f"workspace-{repeat}")
            commands = {
                OURS: [*here, "ours", url, out],
                BARE: [*here, "bare", url, out],
                PEER: _peer_command(peer, folder / "site" / "urls.txt", folder / f"peer-{repeat}"),
            }
            for name, command in commands.items():
                costs[name].append(_cost_of(command))
                print(f"{repeat + 1}: {name}: {costs[name][-1]}", flush=True)
    return costs


def _cost_of(command: list[str]) -> Cost:
    """Run a command to its end and return the time of it and its children."""
    began = time.perf_counter()
    # img2dataset prints long reports on stderr.
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL if "img2dataset" in command[-1] else None)
    _pid, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"The run failed. Received: exit={running.returncode}, command={command}.")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - began)


def _peer_command(python: Path, urls: Path, out: Path) -> list[str]:
    """Return the command that fetches the same pictures with img2dataset: one process, the same number of threads."""
    call = f"img2dataset.download({str(urls)!r}, output_folder={str(out)!r}, processes_count=1, thread_count={THREADS})"
    return [str(python), "-c", f"import img2dataset\nif __name__ == '__main__':\n    {call}"]


def _install_peer(folder: Path) -> Path:
    """Install img2dataset into an environment of its own and return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "img2dataset"], check=True)
    return python


@contextlib.contextmanager
def _serving(folder: Path, pictures: int) -> Iterator[str]:
    """Draw the pictures, serve them with nginx, and yield the address of the index page."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    _draw_site(folder / "site", pictures, url)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    server = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    try:
        _wait_until_served(url)
        yield url
    finally:
        server.terminate()
        server.wait()


def _wait_until_served(url: str) -> None:
    """Wait until the server responds."""
    for _ in range(100):
        with contextlib.suppress(requests.ConnectionError):
            requests.get(url, timeout=5).raise_for_status()
            return
        time.sleep(0.1)
    raise SystemExit(f"nginx does not respond. Received: url={url!r}.")


def _draw_site(site: Path, pictures: int, url: str) -> None:
    """Write different JPEGs, an index page that shows them and a list of their addresses."""
    site.mkdir()
    sizes = []
    for number in range(pictures):
        data = _draw(number)
        sizes.append(len(data))
        (site / f"{number}.jpg").write_bytes(data)
    (site / "index.html").write_text("".join(f'<img src="{number}.jpg">' for number in range(pictures)))
    (site / "urls.txt").write_text("\n".join(f"{url}{number}.jpg" for number in range(pictures)))
    print(f"{pictures} pictures of {min(sizes):,} to {max(sizes):,} bytes", flush=True)


def _draw(seed: int) -> bytes:
    """Return a JPEG of soft noise, about as large as a photo of that size."""
    coarse = np.random.default_rng(seed).integers(0, 256, (43, 43, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(coarse).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC).save(out, "JPEG", quality=75)
    return out.getvalue()


def _report(costs: dict[str, list[Cost]], pictures: int) -> None:
    """Print the table and whether the promises hold."""
    cpu = {name: statistics.median(cost.cpu for cost in rows) / pictures * 1000 for name, rows in costs.items()}
    wall = {name: statistics.median(cost.wall for cost in rows) for name, rows in costs.items()}
    print(f"{'':32} CPU s per 1,000   pictures/s   wall, img2dataset = 1")
    for name in costs:
        print(f"{name:32} {cpu[name]:15.1f} {pictures / wall[name]:12.0f} {wall[name] / wall[PEER]:23.2f}")
    kept = cpu[OURS] <= PROMISE_CPU_SECONDS and wall[OURS] < wall[PEER]
    promise = f"at most {PROMISE_CPU_SECONDS:g} CPU s per 1,000, and ahead of img2dataset"
    print(f"{'kept' if kept else 'NOT KEPT'}: {promise}")


if __name__ == "__main__":
    main()
