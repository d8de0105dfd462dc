"""Security headers of every response."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = (
    # No other site may show the app in a frame and trick the user into clicking in it.
    (b"x-frame-options", b"DENY"),
    # Text that was not escaped by mistake must not make the browser fetch a picture from elsewhere.
    (
        b"content-security-policy",
        b"frame-ancestors 'none'; object-src 'none'; base-uri 'self'; img-src 'self' data: blob:",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)


class SecurityHeaders:
    """ASGI middleware that adds the security headers.

    Args:
        app: the wrapped application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers)
