"""What the server adds to every answer."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = (
    # No other site may show the app in a frame and have the person click in it unawares.
    (b"x-frame-options", b"DENY"),
    # No text that slipped through may have the browser fetch a picture from elsewhere.
    (
        b"content-security-policy",
        b"frame-ancestors 'none'; object-src 'none'; base-uri 'self'; img-src 'self' data: blob:",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)


class SecurityHeaders:
    """ASGI middleware that adds the headers a browser needs to protect the person.

    Args:
        app: the application it stands in front of.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with the headers added."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers)
