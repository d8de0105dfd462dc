"""Obey robots.txt as RFC 9309 defines it and Google reads it."""

import threading
from collections.abc import Callable

from protego import Protego

from emotion_core import sandbox
from emotion_core.collect.urls import join_url
from emotion_core.collect.web.addresses import HostOrigin, origin_of
from emotion_core.collect.web.robots_text import rules_text
from emotion_core.errors import AddressRefused, FetchFailed, TemporaryFailure, TooManyRedirects

# Documented APIs, and the seconds between two requests that each asks for (about 20 requests a minute without an
# account). The robots.txt of such a site keeps search engines out of the API's responses; it does not forbid a program
# that fetches a few pages for a user.
_PUBLIC_APIS = {"https://api.openverse.org/v1/images/": 3.0}
ReadRobots = Callable[[str], tuple[int, bytes]]


class RobotsRules:
    """The robots.txt rules of each site, fetched once per site.

    A missing file (4xx) allows everything. A server that fails (5xx), is overloaded (429) or does not respond allows
    nothing: RFC 9309 section 2.3.1.4 requires assuming that everything is disallowed.

    Args:
        read: fetches a URL and returns status and body; raises ``FetchFailed`` if there is no response.
        agent: our name in the rules.
    """

    def __init__(self, read: ReadRobots, agent: str) -> None:
        self._read = read
        self._agent = agent
        self._sites: dict[HostOrigin, _Site] = {}
        self._lock = threading.Lock()

    def check(self, url: str) -> float:
        """Return the seconds that the site asks for between two requests, or 0 if it names no delay.

        Raises:
            FetchFailed: the rules disallow the URL.
            TemporaryFailure: the rules cannot be read.
        """
        for api_url, seconds in _PUBLIC_APIS.items():
            if url.startswith(api_url):
                return seconds
        origin = origin_of(url)
        with self._lock:
            site = self._sites.setdefault(origin, _Site())
        # Other threads that ask for the same site wait here for its one download.
        with site.lock:
            if not site.is_loaded:
                self._load(site, join_url(url, "/robots.txt") or "")
        return site.check(url, self._agent)

    def _load(self, site: "_Site", url: str) -> None:
        try:
            status, body = self._read(url)
            rules = sandbox.call(rules_text, body, self._agent, raising=FetchFailed) if status < 300 else ""
        except (AddressRefused, TooManyRedirects):
            # A refused site raises again when its page is fetched. A redirect to a refused address means no robots.txt,
            # and so do more redirects than the five that RFC 9309 asks to follow.
            status, rules = 404, ""
        except FetchFailed as error:
            status, rules, site.problem = 503, "", f"{str(error).partition('. ')[0]}."
        if status < 300:
            site.rules = Protego.parse(rules)
        elif status >= 500 or status == 429:
            site.problem = site.problem or f"The server answered {status} to the request for robots.txt."
        site.is_loaded = True


class _Site:
    """One site's rules; ``is_loaded`` is set once, under ``lock``."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.is_loaded = False
        self.rules: Protego | None = None
        self.problem = ""

    def check(self, url: str, agent: str) -> float:
        if self.problem:
            raise TemporaryFailure(
                f"{self.problem} Without its robots.txt, nothing is downloaded from a site. "
                f"Expected a readable file, or 404 if there is none. Received: url={url!r}. "
                "Check the address and your connection, or try again later."
            )
        if self.rules is not None and not self.rules.can_fetch(url, agent):
            raise FetchFailed(
                "The site's robots.txt asks programs not to fetch this address. Expected an address that it allows. "
                f"Received: url={url!r}. Choose another page or site."
            )
        return (self.rules.crawl_delay(agent) if self.rules is not None else None) or 0.0
