"""Memory of the server while large files are uploaded: ``python -m benchmarks.uploads [--files 6] [--megabytes 200]``.

Starts the real app, opens Collect, and sends files to it as the page does, one after the other; then their page lets go
of them. The memory of the web process is looked at all the while. Promised: flat, and under 500 MB.
"""

import argparse
import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import requests

from benchmarks.review_grid import served
from benchmarks.visitor import Visitor
from emotion_core.settings import open_workspace

LIMIT_MB = 500
LOOK_SECONDS = 0.05
_PIECE = bytes(range(256)) * 256


class _Memory:
    """The memory of a process over time, in MB."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._is_watched = True
        self.largest = self.first = process.memory_full_info().uss / 1e6
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while self._is_watched:
            self.largest = max(self.largest, self.now())
            time.sleep(LOOK_SECONDS)

    def now(self) -> float:
        return self._process.memory_full_info().uss / 1e6

    def end(self) -> None:
        self._is_watched = False
        self._thread.join()


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--files", type=int, default=6)
    options.add_argument("--megabytes", type=int, default=200)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        workspace = open_workspace(Path(folder) / "workspace")
        with served(workspace, Path(folder)) as (url, server):
            asyncio.run(_upload(url, server, asked.files, asked.megabytes * 1_000_000))


async def _upload(url: str, server: psutil.Process, files: int, size: int) -> None:
    async with Visitor(url) as visitor:
        await visitor.open("collect")
        memory, begun = _Memory(server), time.monotonic()
        for number in range(files):
            path = await visitor.upload_path(f"{number}.zip")
            await asyncio.to_thread(_send, url, path, size)
            print(f"{number + 1} x {size / 1e6:.0f} MB: {memory.now():.0f} MB in the web process", flush=True)
        memory.end()
    kept = "kept" if memory.largest < LIMIT_MB else "MISSED"
    print(
        f"{memory.first:.0f} MB before, {memory.largest:.0f} MB at most, in {time.monotonic() - begun:.0f} s; promised "
        f"{LIMIT_MB} MB: {kept}"
    )


def _send(url: str, path: str, size: int) -> None:
    with requests.Session() as session:
        session.get(f"{url}/_stcore/health", timeout=60)
        headers = {
            "X-Xsrftoken": session.cookies.get("_streamlit_xsrf") or "",
            "Origin": url,
            "Content-Type": "multipart/form-data; boundary=x",
        }
        session.put(f"{url}{path}", data=_form(size), headers=headers, timeout=600).raise_for_status()


def _form(size: int) -> Iterator[bytes]:
    yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
    for _ in range(size // len(_PIECE)):
        yield _PIECE
    yield b"\r\n--x--\r\n"


if __name__ == "__main__":
    main()
