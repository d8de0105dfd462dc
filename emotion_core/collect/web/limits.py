"""How long, how much and how often: the bounds of what is fetched."""

from dataclasses import dataclass

from emotion_core import images

CONNECTIONS_PER_HOST = 4


@dataclass(frozen=True)
class Limits:
    """What one download may take, and what one host may be asked for.

    A download ends within ``total_seconds`` of talking, plus its waits: before each of its ``retries`` at most
    ``retry_after_seconds``, and before each request until its host's turn comes. Closing the fetcher ends all of them.

    Attributes:
        connect_seconds: until the connection stands, for each address tried.
        read_seconds: between two pieces of the answer.
        total_seconds: for everything but waiting, redirects and retries together.
        page_bytes: of a page, after decompression.
        image_bytes: of a picture, after decompression.
        redirects: followed at most.
        retries: of one download, after 408, 429, 5xx and broken connections.
        retry_after_seconds: the longest time that a busy host is waited for where it names one.
        connections_per_host: downloads from one host at once.
        delay_seconds: between the starts of two requests to a host; None for 0.2 at public hosts and none at those that
            the person allowed.
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
