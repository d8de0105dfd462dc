"""The cookies of one scrape: kept in memory, within limits, and only for the site whose pages are read."""

from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import Any

import requests
from requests.cookies import extract_cookies_to_jar, get_cookie_header

from emotion_core.collect.web.sites import is_public_suffix, is_same_site

# RFC 6265 section 6.1 asks for at least these; more would let a site fill the memory.
_MAX_COOKIE_BYTES = 4096
_MAX_PER_DOMAIN = 50
_MAX_COOKIES = 3000


class ScrapeCookies:
    """The cookies that the sites of one scrape have set; thread-safe.

    As in browsers that refuse third-party cookies, a picture from another site than its page is requested without
    cookies and sets none, so that no site can follow a scrape across others.
    """

    def __init__(self) -> None:
        self._jar = CookieJar(_Policy())

    def add_to(self, request: requests.PreparedRequest, page_url: str) -> None:
        """Add the Cookie header to a request.

        Args:
            request: request that is about to be sent.
            page_url: page that the request belongs to.
        """
        # Most scrapes meet no cookie, and this costs as much as the rest of the request.
        if len(self._jar) and is_same_site(str(request.url), page_url):
            header = get_cookie_header(self._jar, request)  # type: ignore[no-untyped-call]
            if header:
                request.headers["Cookie"] = header

    def store(self, response: requests.Response, page_url: str) -> None:
        """Keep the cookies that a response sets.

        Args:
            response: the response; its body need not have been read.
            page_url: page that the request belonged to.
        """
        if "Set-Cookie" in response.headers and is_same_site(str(response.request.url), page_url):
            extract_cookies_to_jar(self._jar, response.request, response.raw)  # type: ignore[no-untyped-call]


class _Policy(DefaultCookiePolicy):
    """Refuses cookies for all of a public suffix such as co.uk, and more or larger ones than a site needs."""

    def __init__(self) -> None:
        super().__init__(netscape=True, rfc2965=False)
        self._counts: dict[str, set[tuple[str, str]]] = {}

    def set_ok(self, cookie: Cookie, request: Any) -> bool:
        """Whether a cookie may be kept.

        Args:
            cookie: cookie that a response sets.
            request: request that was answered.
        """
        if cookie.domain_specified and is_public_suffix(cookie.domain.lstrip(".")):
            return False
        if len(cookie.name) + len(cookie.value or "") > _MAX_COOKIE_BYTES:
            return False
        return bool(super().set_ok(cookie, request)) and self._has_room_for(cookie)

    def _has_room_for(self, cookie: Cookie) -> bool:
        names = self._counts.setdefault(cookie.domain, set())
        names.add((cookie.path, cookie.name))
        if len(names) <= _MAX_PER_DOMAIN and sum(map(len, self._counts.values())) <= _MAX_COOKIES:
            return True
        names.discard((cookie.path, cookie.name))
        return False
