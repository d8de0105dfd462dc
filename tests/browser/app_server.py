"""The app as a person has it: a server process of its own on loopback, with its own workspace and home folder."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import psutil

from emotion_core.settings import WORKSPACE_VARIABLE, Workspace, open_workspace

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
STOP_SECONDS = 30


def free_port() -> int:
    """Return a free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class AppServer:
    """``python -m streamlit run app.py``; a context manager that serves while it is open.

    Args:
        folder: for the workspace, the home folder and the server's log.
        variables: environment variables of the server, beside those of the tests.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._variables = dict(variables or {})
        self.workspace: Workspace = open_workspace(folder / "workspace")
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of the app, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What the server and the command line see."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {**os.environ, "HOME": str(home), WORKSPACE_VARIABLE: str(self.workspace.root), **self._variables}

    def start(self) -> Self:
        """Start the server, on another port each time, and wait until it answers."""
        self.port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, f"--server.port={self.port}"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)
        return self

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5) as answer:
            return bool(answer.status == 200)
        return False

    def log(self) -> str:
        """Return what the server printed."""
        return (self.folder / "server.log").read_text(encoding="utf8", errors="replace")

    def kill(self) -> None:
        """End the server as ``kill -9`` does, without a moment for anything."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def working_processes(self, *words: str) -> list[psutil.Process]:
        """Return the processes that work in this workspace, those with all ``words`` on their command line only."""
        found = []
        for process in psutil.process_iter(["cmdline", "status"]):
            line = " ".join(process.info["cmdline"] or ())
            if str(self.workspace.root) in line and all(word in line for word in words):
                found.append(process)
        return found

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        for process in self.working_processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
