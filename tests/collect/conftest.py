"""Fixtures for the tests of collecting: a web server on loopback, and a fetcher that may reach it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emotion_core import sandbox
from emotion_core.collect import Fetcher
from tests.collect.web_server import WebServer


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A server on loopback."""
    with WebServer() as server:
        yield server


@pytest.fixture
def fetcher(web: WebServer) -> Iterator[Fetcher]:
    """A fetcher that may reach that server."""
    with Fetcher(allowed_hosts=[web.host_port]) as opened:
        yield opened


@pytest.fixture
def reads_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports read in this process, so that what a test has patched counts."""

    def stream(function: Callable[..., Iterator[Any]], *arguments: Any, **_options: Any) -> Iterator[Any]:
        return function(*arguments)

    monkeypatch.setattr(sandbox, "stream", stream)
