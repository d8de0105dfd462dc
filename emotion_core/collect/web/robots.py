"""robots.txt: what each site asks programs to leave alone, as RFC 9309 reads it."""

import threading
from collections.abc import Callable
from urllib.parse import urljoin

from protego import Protego

from emotion_core.collect.web.addresses import HostOrigin, origin_of
from emotion_core.errors import AddressRefused, FetchFailed, TemporaryFailure

ROBOTS_MAX_BYTES = 512 * 1024
# Interfaces that a site documents for programs, with the seconds between two requests that it asks them for (about 20 a
# minute without an account). Such a site's robots.txt keeps search engines out of the answers, not programs that a
# person asks for a few pages of them.
_INTERFACES = {"https://api.openverse.org/v1/images/": 3.0}
ReadRobots = Callable[[str], tuple[int, bytes]]


class RobotsRules:
    """The rules of every site that was met, each fetched once.

    A missing file (4xx) allows everything. A server that fails (5xx), is overburdened (429) or does not answer allows
    nothing: RFC 9309 section 2.3.1.4 asks to assume that everything is disallowed.

    Args:
        read: fetches an address and returns status and body; raises ``FetchFailed`` where nothing answers.
        agent: the name that rules may address us by.
    """

    def __init__(self, read: ReadRobots, agent: str) -> None:
        self._read = read
        self._agent = agent
        self._sites: dict[HostOrigin, _Site] = {}
        self._lock = threading.Lock()

    def check(self, url: str) -> float:
        """Return the seconds that the site wants between two requests, 0 where it does not say.

        Raises:
            FetchFailed: it asks programs not to, or its rules cannot be read.
        """
        for interface, seconds in _INTERFACES.items():
            if url.startswith(interface):
                return seconds
        origin = origin_of(url)
        with self._lock:
            site = self._sites.setdefault(origin, _Site())
        with site.lock:
            if not site.known:
                self._learn(site, urljoin(url, "/robots.txt"))
        return site.check(url, self._agent)

    def _learn(self, site: "_Site", url: str) -> None:
        try:
            status, body = self._read(url)
        except AddressRefused:
            # The site itself is refused when it is connected to; a redirect of this file elsewhere means "none here".
            status, body = 404, b""
        except FetchFailed as error:
            status, body, site.problem = 503, b"", f"{str(error).partition('. ')[0]}."
        if status < 300:
            site.rules = Protego.parse(body.decode("utf8", "replace"))
        elif status >= 500 or status == 429:
            site.problem = site.problem or f"The site's robots.txt answers {status}."
        site.known = True


class _Site:
    """One site's rules; ``known`` is set once, under ``lock``."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known = False
        self.rules: Protego | None = None
        self.problem = ""

    def check(self, url: str, agent: str) -> float:
        if self.problem:
            raise TemporaryFailure(
                f"{self.problem} Nothing is fetched from a site whose robots.txt cannot be read. "
                f"Expected its rules, or 404 where it has none. Received: url={url!r}. Try again later."
            )
        if self.rules is not None and not self.rules.can_fetch(url, agent):
            raise FetchFailed(
                "The site's robots.txt asks programs not to fetch this address. Expected an address it leaves open. "
                f"Received: url={url!r}. Choose another page or site."
            )
        return (self.rules.crawl_delay(agent) if self.rules is not None else None) or 0.0
