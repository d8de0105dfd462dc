"""Security headers of every response."""

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_security_policy() -> str:
    """Return what pages of the app may load and where they may connect: their own server only."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf8")
    hashes = [_source_hash(script) for script in _INLINE_SCRIPT.findall(page)]
    directives = {
        "default-src": ["'none'"],
        # Streamlit loads the scripts of components from blob addresses, which only a running script can make.
        "script-src": ["'self'", "blob:", *hashes],
        # Streamlit, Plotly and the photo grid set styles from their scripts.
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        # The camera widget reads its own picture from a data address.
        "connect-src": ["'self'", "data:"],
        "media-src": ["'self'", "blob:"],
        "worker-src": ["'self'", "blob:"],
        "manifest-src": ["'self'"],
        "frame-src": ["'none'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        # No other site may show the app in a frame and trick the user into clicking in it.
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(" ".join([name, *sources]) for name, sources in directives.items())


def _source_hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


HEADERS = (
    ("x-frame-options", "DENY"),
    ("content-security-policy", content_security_policy()),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    # Another site can neither load a photo nor keep a hold on a window that shows the app.
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(self), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
)


class SecurityHeaders:
    """ASGI middleware that adds the security headers.

    Args:
        app: the wrapped application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._headers = [(name.encode(), value.encode()) for name, value in HEADERS]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        await self.app(scope, receive, send_with_headers)
