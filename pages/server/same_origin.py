"""The app answers only under its own names, and only its own pages may use it.

This runs before Streamlit, which compares hosts but not ports, and asks a server on the internet for this machine's
address when it meets an origin that it does not know.
"""

import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.server.refusal import refuse

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Names as browsers send them, in lower case. Anything else, such as "a@b" or "a/b", is no host.
_HOST = re.compile(r"([a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
_HTTP_SCHEMES = {"ws": "http", "wss": "https"}
_DEFAULT_PORTS = {"http": "80", "https": "443"}

WRONG_HOST = (
    "The app is not known under this host name. Open it under a name that it allows, or add the name to "
    "server.allowedHosts in .streamlit/config.toml."
)
WRONG_ORIGIN = (
    "Only the app's own pages may do this, and the request came from another page. Behind a proxy: let it "
    "pass on Host and X-Forwarded-Proto."
)
FOREIGN_PAGE = "A page of another site may link to the app, but load nothing from it."


class SameOriginOnly:
    """ASGI middleware that refuses foreign host names, origins and pages.

    Args:
        app: the wrapped application.
        allowed_hosts: host names without ports; ``*.example.org`` allows all names below a domain, ``*`` all names.
            Without any, the names of this machine for itself.
        base_path: path under which the app is served, without slashes at its ends.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Sequence[str] = (), base_path: str = "") -> None:
        self.app = app
        self._hosts = [host.strip().lower().strip("[]") for host in allowed_hosts] or list(LOOPBACK_NAMES)
        self._page_path = re.compile(f"/{re.escape(base_path)}/[^/]*" if base_path else "/[^/]*")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        address = own_address(scope)
        if address is None or not self._is_allowed(host_name(address)):
            await refuse(scope, receive, send, WRONG_HOST)
        elif not _is_own_origin(scope, address):
            await refuse(scope, receive, send, WRONG_ORIGIN)
        elif self._is_foreign_fetch(scope):
            await refuse(scope, receive, send, FOREIGN_PAGE)
        else:
            await self.app(_with_host(scope, address), receive, send)

    def _is_allowed(self, name: str) -> bool:
        return any(host in ("*", name) or (host.startswith("*.") and name.endswith(host[1:])) for host in self._hosts)

    def _is_foreign_fetch(self, scope: Scope) -> bool:
        """Return whether a page of another site, or of another port, loads something; links to pages are fine.

        Otherwise it could tell from success, size or time whether the user has a photo that it knows.
        """
        headers = Headers(scope=scope)
        if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
            return False
        is_link = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
        return not (is_link and scope.get("method") == "GET" and self._page_path.fullmatch(scope["path"]))


def own_address(scope: Scope) -> str | None:
    """Return host and port under which a request addresses the app, as its pages' origin has them, or None.

    Args:
        scope: of the request.

    Returns:
        For instance ``localhost:8501``; without the port where it is the scheme's default. None if the request has no
        Host header, two of them, or a malformed one.
    """
    hosts = Headers(scope=scope).getlist("host")
    match = _HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
    if match is None:
        return None
    name, port = match.groups()
    return name if port is None or port == _DEFAULT_PORTS[_scheme(scope)] else f"{name}:{port}"


def host_name(address: str) -> str:
    """Return the host of an address without its port and without the brackets of IPv6."""
    match = _HOST.fullmatch(address)
    return match[1].strip("[]") if match else ""


def own_origin(scope: Scope, address: str) -> str:
    """Return the origin that a page of the app has, as browsers write it.

    Args:
        scope: of a request.
        address: what ``own_address`` returns for it.
    """
    return f"{_scheme(scope)}://{address}"


def _is_own_origin(scope: Scope, address: str) -> bool:
    """Return whether the request comes from a page of this app, or needs no page.

    Origins are compared as text, so that no two readings of an address can differ.
    """
    headers = Headers(scope=scope)
    origins = headers.getlist("origin")
    if origins:
        return origins == [own_origin(scope, address)]
    if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
        return True
    # Every browser names the origin of a websocket and of a change. Without either header a script of the user asks,
    # which no page can make it do.
    return headers.get("sec-fetch-site", "same-origin") == "same-origin"


def _scheme(scope: Scope) -> str:
    scheme = str(scope.get("scheme", "http"))
    return _HTTP_SCHEMES.get(scheme, scheme)


def _with_host(scope: Scope, address: str) -> Scope:
    """Return the scope with the address as its Host, so that Streamlit finds Origin and Host equal too."""
    others = [header for header in scope["headers"] if header[0] != b"host"]
    return {**scope, "headers": [(b"host", address.encode("latin-1")), *others]}
