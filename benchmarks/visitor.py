"""A visitor of the app without a browser: it speaks Streamlit's protocol over a WebSocket, as the page does.

The protocol is not public. ``benchmarks.crowd`` notices when it has changed: then no page arrives.
"""

import asyncio
import time
import uuid
from dataclasses import dataclass
from typing import Any, Self

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

MAX_MESSAGE_BYTES = 200_000_000
UPLOAD_SECONDS = 60


@dataclass(frozen=True)
class PageView:
    """What a visitor saw of one page.

    Attributes:
        page: its name in the address.
        seconds: from the request to the end of the page's script.
        errors: messages of the errors that the page showed, and of the lost connection if it was lost.
        shown_at: when it was complete, by ``time.monotonic``.
    """

    page: str
    seconds: float
    errors: tuple[str, ...]
    shown_at: float


class Visitor:
    """One browser tab; an asynchronous context manager that is connected while it is open.

    Args:
        url: address of the app.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._pages: dict[str, str] = {}
        self._uploaders: list[Any] = []
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self._socket = await connect(
            f"{self.url.replace('http', 'ws', 1)}/_stcore/stream",
            origin=self.url,  # type: ignore[arg-type]
            subprotocols=[Subprotocol("streamlit")],
            max_size=MAX_MESSAGE_BYTES,
            open_timeout=None,
            ping_interval=None,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def open(self, page: str) -> PageView:
        """Open a page, the first time as a link from elsewhere does, and wait until its script has ended.

        Args:
            page: its name in the address, for instance ``train``, with a query if it has one, as in
                ``predict?run=starter``; empty for the first page.
        """
        message = BackMsg()
        state = message.rerun_script
        state.page_name, _, state.query_string = page.partition("?")
        state.page_script_hash = self._pages.get(state.page_name, "")
        return await self._run(page, message)

    async def upload(self, page: str, name: str, data: bytes) -> PageView:
        """Put a file into the first upload field of a page that is open, and wait until its script has ended.

        Args:
            page: name of the page in the address, with its query.
            name: name of the file.
            data: its content.
        """
        uploader = self._uploaders[0]
        urls = await self._file_urls(name)
        await asyncio.to_thread(self._put, urls.upload_url, name, data)
        rerun = BackMsg()
        page_name, _, rerun.rerun_script.query_string = page.partition("?")
        rerun.rerun_script.page_script_hash = self._pages.get(page_name, "")
        widget = rerun.rerun_script.widget_states.widgets.add(id=uploader.id)
        file = widget.file_uploader_state_value.uploaded_file_info.add(file_id=urls.file_id, name=name, size=len(data))
        file.file_urls.CopyFrom(urls)
        return await self._run(page, rerun)

    async def upload_path(self, name: str) -> str:
        """Return the path that a file of this name is to be sent to."""
        return str((await self._file_urls(name)).upload_url)

    async def _file_urls(self, name: str) -> Any:
        message = BackMsg()
        message.file_urls_request.CopyFrom(type(message.file_urls_request)(request_id=uuid.uuid4().hex))
        message.file_urls_request.file_names.append(name)
        await self._send(message)
        return (await self._receive("file_urls_response")).file_urls_response.file_urls[0]

    def _put(self, path: str, name: str, data: bytes) -> None:
        with requests.Session() as session:
            session.get(f"{self.url}/_stcore/health", timeout=UPLOAD_SECONDS)
            token = session.cookies.get("_streamlit_xsrf") or ""
            headers = {"X-Xsrftoken": token, "Origin": self.url}
            answer = session.put(f"{self.url}{path}", files={"file": (name, data)}, headers=headers, timeout=60)
            answer.raise_for_status()

    async def _run(self, page: str, message: BackMsg) -> PageView:
        started, errors = time.monotonic(), list[str]()
        self._uploaders = []
        await self._send(message)
        while True:
            answer = await self._receive()
            kind = answer.WhichOneof("type")
            if kind == "navigation":
                self._pages = {entry.url_pathname: entry.page_script_hash for entry in answer.navigation.app_pages}
            elif kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
                self._look_at(answer.delta.new_element, errors)
            elif kind == "page_not_found":
                errors.append(f"page not found: {page}")
            elif kind == "script_finished" and answer.script_finished in _ENDS:
                now = time.monotonic()
                return PageView(page or "home", now - started, tuple(errors), now)

    def _look_at(self, element: Any, errors: list[str]) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            errors.append(f"{element.exception.type}: {element.exception.message}")
        elif kind == "file_uploader":
            self._uploaders.append(element.file_uploader)

    def _connected(self) -> ClientConnection:
        if self._socket is None:
            raise RuntimeError("The visitor is not connected. Use it as a context manager.")
        return self._socket

    async def _send(self, message: BackMsg) -> None:
        await self._connected().send(message.SerializeToString())

    async def _receive(self, kind: str | None = None) -> ForwardMsg:
        while True:
            message = ForwardMsg()
            message.ParseFromString(await self._connected().recv(decode=False))
            if kind is None or message.WhichOneof("type") == kind:
                return message


# A script that ended early for a rerun, or a part of a page that drew itself again, is not the end of a page.
_ENDS = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)
