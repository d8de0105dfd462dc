"""Limits of time, size and rate for downloads."""

from dataclasses import dataclass

from emotion_core import images

CONNECTIONS_PER_HOST = 4


@dataclass(frozen=True)
class Limits:
    """Limits of one download, and of the requests to one host.

    A download ends within ``total_seconds`` of network time. Waits come on top: up to ``retry_after_seconds`` before
    each of its ``retries``, and before each request until the rate limit of its host allows it. Closing the fetcher
    ends every wait.

    Attributes:
        connect_seconds: timeout of connecting, for each address tried.
        read_seconds: timeout between two pieces of the response.
        total_seconds: network time of a download, all redirects and retries together, without waits.
        page_bytes: largest page, after decompression.
        image_bytes: largest picture, after decompression.
        redirects: most redirects followed.
        retries: most retries of one download, after 408, 429, 5xx and lost connections.
        retry_after_seconds: longest wait for a busy host that names a time.
        connections_per_host: downloads from one host at once.
        delay_seconds: least time between the starts of two requests to a host; None for 0.2 at public hosts and 0 at
            hosts that the user allowed.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 20.0
    total_seconds: float = 60.0
    page_bytes: int = 5_000_000
    image_bytes: int = images.MAX_BYTES
    redirects: int = 5
    retries: int = 2
    retry_after_seconds: float = 120.0
    connections_per_host: int = CONNECTIONS_PER_HOST
    delay_seconds: float | None = None
