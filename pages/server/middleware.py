"""What every request passes before it reaches Streamlit, from the outside in."""

import streamlit as st
from starlette.middleware import Middleware

from pages.server.same_origin import SameOriginOnly
from pages.server.security_headers import SecurityHeaders
from pages.server.start_token import StartToken
from pages.server.token_setting import token_setting


def middleware() -> list[Middleware]:
    """Return the middleware of the app, outermost first."""
    hosts = [str(host) for host in st.get_option("server.allowedHosts") or ()]
    base_path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    setting = token_setting()
    return [
        Middleware(SecurityHeaders),
        Middleware(SameOriginOnly, allowed_hosts=hosts, base_path=base_path),
        *([] if setting is None else [Middleware(StartToken, setting=setting)]),
    ]
