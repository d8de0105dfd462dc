"""Every reader of strangers' files, called as the app calls it, for ``benchmarks.fuzzing``."""

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import requests

from benchmarks.fuzz_files import with_exif
from benchmarks.fuzz_watch import Watch
from benchmarks.private_addresses import Web
from benchmarks.review_grid import served
from benchmarks.visitor import Visitor
from emotion_core import sandbox
from emotion_core.collect import Fetcher, Limits, import_progress, import_summary, scrape_summary, survey_files
from emotion_core.collect.imports.batch_pickles import read_batch
from emotion_core.collect.imports.classes import ClassMapping
from emotion_core.collect.imports.reading import SourceFacts, read_entries, uploads_request
from emotion_core.collect.sources import read_page
from emotion_core.collect.web import Page
from emotion_core.collect.web.html_text import page_encoding, text_in
from emotion_core.collect.web.robots_text import rules_text
from emotion_core.errors import CollectError, EmotionError
from emotion_core.files import read_arrays
from emotion_core.jobs import JobFolder
from emotion_core.prediction import count_photos_in_upload, read_uploads
from emotion_core.settings import open_workspace
from emotion_core.training import StudyPlan

_PATIENCE_SECONDS = 60
_UNFORESEEN = "error in this program"
_JOB_FILES = ("settings.json", "status.json", "records.jsonl")


class MustNever(Exception):
    """Something that no file may do."""


class Readers:
    """The readers, and what they need.

    Args:
        watch: knows the folder for files, and the address that nothing may connect to.
    """

    def __init__(self, watch: Watch) -> None:
        self._folder = watch.folder
        self._web = Web()
        watch.allow(self._web.outside.server_address[1])
        limits = Limits(connect_seconds=2, read_seconds=2, total_seconds=4, retries=0, delay_seconds=0)
        self._fetcher = Fetcher(limits=limits)
        self._job = JobFolder(watch.folder / "job")
        self._job.path.mkdir()

    def close(self) -> None:
        """Close the listeners."""
        self._fetcher.close()
        for server in self._web.servers:
            server.shutdown()
            server.server_close()

    def read(self, reader: str, data: bytes) -> None:
        """Read a file as the app does.

        Args:
            reader: what reads it, with the name of the file where it matters.
            data: the file.

        Raises:
            EmotionError: it cannot be read.
                MustNever: a reader met an error that it did not foresee, or an address was reached.
        """
        name, _, rest = reader.partition(" ")
        ways: dict[str, Callable[[], object]] = {
            "picture": lambda: sandbox.decode(data),
            "exif": lambda: sandbox.decode(with_exif(data)),
            "import": lambda: self._read_import(rest, data),
            "predict": lambda: _predict(rest, data),
            "pickle": lambda: sandbox.call(_pickled, data, raising=CollectError),
            **dict.fromkeys(("page", "json", "srcset"), lambda: _read_page(name, data)),
            "robots": lambda: rules_text(data, "bot"),
            **dict.fromkeys(("address", "redirect"), lambda: self._fetch(name, data.decode("utf8", "replace"))),
            "plan": lambda: StudyPlan.from_toml(data.decode("utf8", "replace")).study(),
            "arrays": lambda: self._read_arrays(data),
            **dict.fromkeys(_JOB_FILES, lambda: self._read_job(name, data)),
        }
        ways[name]()

    def _read_arrays(self, data: bytes) -> None:
        (self._folder / "a.npz").write_bytes(data)
        read_arrays(self._folder / "a.npz")

    def _read_import(self, name: str, data: bytes) -> None:
        survey_files([(name, data)])
        with uploads_request([(name, data)], ClassMapping.from_choices(None, {"angry": "sad"}), None) as request:
            problems = [entry.problem for entry in read_entries(request) if not isinstance(entry, SourceFacts)]
        unforeseen = [problem for problem in problems if _UNFORESEEN in problem]
        if unforeseen:
            raise MustNever(unforeseen[0])

    def _fetch(self, way: str, address: str) -> None:
        if way == "redirect":
            address = f"http://public.example:{self._web.outside.server_address[1]}/redirect?{address}"
        self._web.reached = self._web.connected = 0
        self._web.lookups = {}
        with self._web.patched():
            try:
                self._fetcher.get(address)
            finally:
                reached = self._web.reached + self._web.connected
                if reached:
                    raise MustNever(f"escaped: {address!r} led to a private address")

    def _read_job(self, name: str, data: bytes) -> None:
        path = self._job.path / name
        before = path.read_bytes() if path.exists() else None
        path.write_bytes(data)
        try:
            for look in (self._job.settings, self._job.state, self._job.records):
                with contextlib.suppress(EmotionError):
                    look()
            for look_at in (import_progress, import_summary, scrape_summary):
                with contextlib.suppress(EmotionError):
                    look_at(self._job)
        finally:
            path.unlink()
            if before is not None:
                path.write_bytes(before)


class ServerReaders:
    """The routes of a running server that take requests from strangers.

    Attributes:
        largest_mb: most memory that the server has used.
    """

    def __init__(self, url: str, process: psutil.Process) -> None:
        self._address = urlsplit(url)
        self._url, self._process = url, process
        self._session = requests.Session()
        self.largest_mb = 0.0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._upload_path = asyncio.run_coroutine_threadsafe(self._opened(), self._loop).result(_PATIENCE_SECONDS)
        self._session.get(f"{url}/_stcore/health", timeout=_PATIENCE_SECONDS)
        token = self._session.cookies.get("_streamlit_xsrf") or ""
        self._headers = {"X-Xsrftoken": token, "Origin": url}

    async def _opened(self) -> str:
        self._visitor = await Visitor(self._url).__aenter__()
        await self._visitor.open("collect")
        return await self._visitor.upload_path("a.jpg")

    def read(self, route: str, data: bytes) -> None:
        """Send a request.

        Args:
            route: method and path; ``raw`` for a whole request.
            data: body of the request; of a GET, its path.

        Raises:
            MustNever: the server failed, or does not answer.
        """
        method, _, path = route.partition(" ")
        if method == "raw":
            status = self._raw(data)
        elif method == "GET":
            line = re.sub(rb"[\s\0]", b"", data)
            status = self._raw(
                b"GET /"
                + line
                + b" HTTP/1.1\r\nHost: "
                + self._address.netloc.encode()
                + b"\r\nConnection: close\r\n\r\n"
            )
        else:
            is_upload = path == "upload"
            kind = "multipart/form-data; boundary=x" if is_upload else "application/json"
            url = self._url + (self._upload_path if is_upload else path)
            headers = self._headers | {"Content-Type": kind}
            status = self._session.request(
                method, url, data=data, headers=headers, timeout=_PATIENCE_SECONDS
            ).status_code
        self.largest_mb = max(self.largest_mb, self._process.memory_full_info().pss / 1e6)
        if status >= 500 and status != 503:
            raise MustNever(f"the server answered {status}")
        health = self._session.get(f"{self._url}/_stcore/health", timeout=_PATIENCE_SECONDS)
        if health.text != "ok":
            raise MustNever("the server is not well")

    def _raw(self, data: bytes) -> int:
        data = data.replace(b"Host: 127.0.0.1\r\n", b"Host: " + self._address.netloc.encode() + b"\r\n")
        with socket.create_connection(
            (self._address.hostname, self._address.port), timeout=_PATIENCE_SECONDS
        ) as connection:
            connection.sendall(data)
            # A request without an end would be waited for.
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            with contextlib.suppress(ConnectionError):
                while chunk := connection.recv(65536):
                    answer += chunk
        match = re.match(rb"HTTP/1\.1 (\d{3})", answer)
        return int(match[1]) if match else 0


@contextlib.contextmanager
def serving(watch: Watch, folder: Path) -> Iterator[ServerReaders]:
    """Serve the app on an empty workspace, and yield its routes.

    Args:
        watch: lets this process connect to it.
        folder: of the workspace and the log.
    """
    workspace = open_workspace(folder / "workspace")
    with served(workspace, folder) as (url, process):
        watch.allow(int(urlsplit(url).port or 0))
        yield ServerReaders(url, process)


def _read_page(reader: str, data: bytes) -> None:
    content_type = "application/json" if reader == "json" else "text/html"
    text = text_in(data, page_encoding(data, content_type))
    text = f"<img srcset='{text}'>" if reader == "srcset" else text
    read_page(Page("https://example.org/a/", text, len(data), content_type))


def _pickled(data: bytes) -> str:
    try:
        return type(read_batch(data)).__name__
    except EmotionError:
        raise
    except Exception as error:  # As cifar.py says: a damaged pickle can raise anything.
        raise CollectError(str(error)) from error


def _predict(name: str, data: bytes) -> None:
    count_photos_in_upload(name, data)
    for _, photo in read_uploads([(name, data)]):
        if isinstance(photo, EmotionError):
            if _UNFORESEEN in str(photo):
                raise MustNever(str(photo))
            raise photo
