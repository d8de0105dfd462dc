"""What the tests of collecting share: a web server on loopback, and a fetcher that may reach it."""

from collections.abc import Iterator

import pytest

from emotion_core.collect import Fetcher
from tests.collect.web_server import WebServer


@pytest.fixture
def web() -> Iterator[WebServer]:
    """Give a server of our own on loopback."""
    with WebServer() as server:
        yield server


@pytest.fixture
def fetcher(web: WebServer) -> Iterator[Fetcher]:
    """Give a fetcher that may reach that server."""
    with Fetcher(allowed_hosts=[web.host_port]) as opened:
        yield opened
