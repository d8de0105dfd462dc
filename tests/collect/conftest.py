"""Fixtures for the tests of collecting: a web server on loopback, and a fetcher that may reach it."""

from collections.abc import Iterator

import pytest

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
