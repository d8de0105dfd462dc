"""Other users of this computer, and everybody beyond it, need the start token.

Every user of a computer can connect to 127.0.0.1. The kernel knows whose connection it is, so the user who started the
server needs no token, and does not notice that there is one. Who comes through a proxy or from another machine, or is
another user, opens an address with the token once; a cookie remembers it.
"""

import contextlib
import hashlib
import hmac
import logging
import os
import sys
import time
from functools import lru_cache
from urllib.parse import parse_qs, quote

import psutil
import streamlit as st
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.server.peers import can_tell_owners, owner_of
from pages.server.refusal import refuse
from pages.server.same_origin import LOOPBACK_NAMES, host_name, own_address
from pages.server.token_setting import TokenSetting
from pages.server.visitor_pages import visitor_page

# Root can read the workspace anyway.
TRUSTED_USERS = frozenset({0, os.geteuid()}) if sys.platform != "win32" else frozenset[int]()
PARAMETER = "token"
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
_USERS_SECONDS = 10
NEEDS_TOKEN = (
    "This app belongs to the user who started it. Others need its token: the address that contains it is printed where "
    "the app was started."
)
_ASK = """<h1>{{ title }}</h1>
{% if wrong %}<p><strong>This is not the token of the running app.</strong></p>{% endif %}
<p>{{ reason }}</p>
<form><label>Token <input name="token" type="password" autocomplete="off" required autofocus></label>
<button>Open</button></form>"""
# Not a redirect: a browser that came from another site would leave out a strict cookie on it.
_WELCOME = """<meta http-equiv="refresh" content="0;url={{ path }}"><p><a href="{{ path }}">Open the app</a></p>"""


class StartToken:
    """ASGI middleware that asks strangers for the start token, on every request and websocket.

    Args:
        app: the wrapped application.
        setting: the token, and who needs it.
    """

    def __init__(self, app: ASGIApp, setting: TokenSetting) -> None:
        self.app = app
        self._setting = setting
        # The cookie goes to every port of this host name, so it holds a fingerprint, not the token.
        self._fingerprint = hashlib.sha256(f"cookie of {setting.token}".encode()).hexdigest()
        self._announced = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "lifespan":
            if self._setting.own_user_needs_it:
                self._announce(int(st.get_option("server.port")))
            await self.app(scope, receive, send)
        elif self._is_own_user(scope) or self._has_cookie(scope):
            await self.app(scope, receive, send)
        else:
            await self._ask(scope, receive, send)

    def _is_own_user(self, scope: Scope) -> bool:
        return not self._setting.own_user_needs_it and _is_direct(scope) and _is_trusted_peer(scope)

    def _has_cookie(self, scope: Scope) -> bool:
        cookie = HTTPConnection(scope).cookies.get(_cookie_name(scope), "")
        return hmac.compare_digest(cookie.encode(), self._fingerprint.encode())

    async def _ask(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._announce(scope["server"][1])
        given = parse_qs(scope["query_string"].decode("latin-1")).get(PARAMETER, [""])[0]
        if scope["type"] == "websocket" or scope["method"] != "GET":
            await refuse(scope, receive, send, NEEDS_TOKEN)
        elif hmac.compare_digest(given.encode(), self._setting.token.encode()):
            await self._welcome(scope)(scope, receive, send)
        else:
            page = visitor_page("Token needed", _ASK, reason=NEEDS_TOKEN, wrong=bool(given))
            await HTMLResponse(page, 403, {"Cache-Control": "no-store"})(scope, receive, send)

    def _welcome(self, scope: Scope) -> HTMLResponse:
        """Return a page that keeps the token in a cookie and goes on to the same page without it in the address."""
        # An address that begins with two slashes would be one of another site.
        path = "/" + quote(scope["path"].lstrip("/\\"))
        response = HTMLResponse(
            visitor_page("Token accepted", _WELCOME, path=path), headers={"Cache-Control": "no-store"}
        )
        response.set_cookie(
            _cookie_name(scope), self._fingerprint, httponly=True, samesite="strict", secure=scope["scheme"] == "https"
        )
        return response

    def _announce(self, port: int) -> None:
        """Print the address with the token, once, where the app was started."""
        if not self._announced:
            self._announced = True
            address = f"http://localhost:{port}/?{PARAMETER}={self._setting.token}"
            logging.getLogger(__name__).warning("Other users and machines need a token to open the app: %s", address)


def _cookie_name(scope: Scope) -> str:
    # Cookies know no ports: two apps on one machine must not overwrite each other's.
    return f"emotion_token_{scope['server'][1]}"


def _is_direct(scope: Scope) -> bool:
    """Return whether a browser on this machine asked, not a proxy, whose users are unknown."""
    headers = Headers(scope=scope)
    address = own_address(scope)
    return host_name(address or "") in LOOPBACK_NAMES and not any(name in headers for name in _FORWARDED)


def _is_trusted_peer(scope: Scope) -> bool:
    near, far = scope.get("client"), scope.get("server")
    if not near or not far:
        return False
    if can_tell_owners():
        with contextlib.suppress(OSError):
            return owner_of((near[0], near[1]), (far[0], far[1])) in TRUSTED_USERS
        return False
    # Elsewhere than on Linux the kernel does not tell: then nobody else may be logged in.
    return near[0] in LOOPBACK_NAMES and not _others_are_logged_in(int(time.monotonic() / _USERS_SECONDS))


@lru_cache(maxsize=1)
def _others_are_logged_in(_moment: int) -> bool:
    own = psutil.Process().username().rpartition("\\")[2]
    return any(user.name.rpartition("\\")[2] != own for user in psutil.users())
