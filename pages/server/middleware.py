"""What every request passes before it reaches Streamlit, from the outside in."""

import streamlit as st
from starlette.middleware import Middleware

from pages.server.accounts import sign_in_is_on
from pages.server.connection_limit import ConnectionLimit, ConnectionLimits, OpenSockets, count_connections
from pages.server.same_origin import SameOriginOnly
from pages.server.security_headers import SecurityHeaders
from pages.server.sign_in import SignIn
from pages.server.start_token import StartToken
from pages.server.token_setting import token_setting


def middleware() -> list[Middleware]:
    """Return the middleware of the app, outermost first."""
    hosts = [str(host) for host in st.get_option("server.allowedHosts") or ()]
    base_path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    limits = ConnectionLimits()
    sockets = OpenSockets(limits)
    count_connections(sockets)
    return [
        Middleware(SecurityHeaders),
        Middleware(ConnectionLimit, limits=limits, sockets=sockets),
        Middleware(SameOriginOnly, allowed_hosts=hosts, base_path=base_path),
        *_login(base_path),
    ]


def _login(base_path: str) -> list[Middleware]:
    """Return what finds out who a request comes from; users who sign in need no token unless it is demanded."""
    setting, signs_in = token_setting(), sign_in_is_on()
    checks = [Middleware(SignIn, base_path=base_path)] if signs_in else []
    if setting is not None and (setting.own_user_needs_it or not signs_in):
        checks.insert(0, Middleware(StartToken, setting=setting))
    return checks
