"""One request and its response: headers, cookies, size limits and opt-outs."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import quote

import requests
from requests.structures import CaseInsensitiveDict

from emotion_core.collect.web.addresses import HostPort
from emotion_core.collect.web.cookies import ScrapeCookies
from emotion_core.collect.web.limits import Limits
from emotion_core.collect.web.opt_out import header_opt_out, opt_out_error
from emotion_core.collect.web.referrers import Referrer, policy_of
from emotion_core.collect.web.responses import HttpResponse, read_body, status_sentence
from emotion_core.collect.web.retrying import RETRIED_STATUSES, ServerBusy, parse_retry_after
from emotion_core.collect.web.robots_text import ROBOTS_MAX_BYTES
from emotion_core.collect.web.transport import GuardedAdapter

AGENT_NAME = "EmotionClassifier"
USER_AGENT = f"{AGENT_NAME}/0.1"
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "Connection": "keep-alive"}
_ASCII = "".join(map(chr, range(128)))

# Checks a response before its body is read; returns the largest allowed size of the body in bytes, or raises.
ResponseCheck = Callable[[requests.Response, str], int]


@dataclass(frozen=True)
class Purpose:
    """What a request is for.

    Attributes:
        check: check of the response; None for robots.txt, which has neither a page nor opt-outs.
        referrer: page that the request comes from; None if there is none.
        is_embedded: whether the response becomes part of that page, as a picture does.
    """

    check: ResponseCheck | None
    referrer: Referrer | None = None
    is_embedded: bool = False

    def page_url(self, url: str) -> str:
        """Return the URL of the page that a request belongs to: that of the request itself if it is for a page."""
        return self.referrer.url if self.referrer is not None and self.is_embedded else url


class Exchange:
    """Sends requests over guarded connections; thread-safe.

    Args:
        allowed: host and port pairs that may be private.
        contact: your address for the operators of the sites, sent in the user agent; may be empty.
        limits: limits of each download.
        honour_opt_out: refuse responses that opt out of machine learning.
    """

    def __init__(self, allowed: Collection[HostPort], contact: str, limits: Limits, honour_opt_out: bool) -> None:
        self._adapter = GuardedAdapter(allowed=allowed, connections=limits.connections_per_host)
        self._headers = {"User-Agent": user_agent(contact), **_HEADERS}
        self._cookies = ScrapeCookies()
        self._timeout = (limits.connect_seconds, limits.read_seconds)
        self._honour_opt_out = honour_opt_out

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()

    def request(self, url: str, purpose: Purpose) -> HttpResponse:
        """Request a URL in normal form and read the response.

        Args:
            url: the URL; its host is checked when the connection is made.
            purpose: what the request is for.

        Raises:
            CollectError: the response is refused, or too large.
            requests.RequestException: the request failed; also urllib3's ``HTTPError``, ``OSError`` and ``ValueError``.
        """
        request = self._prepared(url, purpose)
        # Without a session of requests, nothing follows redirects, or reads proxies, netrc and cookies, by itself.
        with self._adapter.send(request, stream=True, timeout=self._timeout) as response:
            if purpose.check is not None:
                self._cookies.store(response, purpose.page_url(url))
            return self._read(response, url, purpose.check)

    def _prepared(self, url: str, purpose: Purpose) -> requests.PreparedRequest:
        request = requests.PreparedRequest()
        # Not prepared by requests, which would escape more characters than browsers do.
        request.method, request.url, request.headers = "GET", url, CaseInsensitiveDict(self._headers)
        if purpose.check is not None:
            self._cookies.add_to(request, purpose.page_url(url))
        header = purpose.referrer.header_for(url) if purpose.referrer is not None else None
        if header is not None:
            request.headers["Referer"] = header
        return request

    def _read(self, response: requests.Response, url: str, check: ResponseCheck | None) -> HttpResponse:
        status, content_type = response.status_code, response.headers.get("Content-Type", "")
        if status in RETRIED_STATUSES:
            retry_after = parse_retry_after(response.headers.get("Retry-After"))
            raise ServerBusy(status_sentence(status, url), status, retry_after)
        if self._honour_opt_out and check is not None:
            _refuse_opted_out(response, url)
        policy = policy_of([response.headers.get("Referrer-Policy", "")])
        if response.is_redirect:
            return HttpResponse(url, status, content_type, target=_location(response), referrer_policy=policy)
        if check is not None:
            data = read_body(response, url, check(response, url))
        else:
            data = read_body(response, url, ROBOTS_MAX_BYTES, cut=True) if response.ok else b""
        refresh = response.headers.get("Refresh", "")
        return HttpResponse(url, status, content_type, data, refresh=refresh, referrer_policy=policy)


def _location(response: requests.Response) -> str:
    """Return the Location header; bytes beyond ASCII are escaped, whatever their encoding, as browsers do."""
    return quote(response.headers["Location"].encode("latin-1", "replace"), safe=_ASCII)


def _refuse_opted_out(response: requests.Response, url: str) -> None:
    if not response.ok:
        return
    # The raw headers, because requests joins repeated X-Robots-Tag headers into one.
    headers = response.raw.headers
    opt_out = header_opt_out(headers.getlist("X-Robots-Tag"), headers.get("TDM-Reservation"), AGENT_NAME)
    if opt_out is not None:
        raise opt_out_error(opt_out, url)


def user_agent(contact: str = "") -> str:
    """Return the User-Agent header, with the user's contact if there is one."""
    # Line breaks in the contact would inject headers.
    printable = "".join(character for character in contact if character.isascii() and character.isprintable())
    return f"{USER_AGENT} (+{printable})" if printable else USER_AGENT
