"""Where sign-in is on, nothing is served to a visitor who is not signed in: no page, photo, file or websocket."""

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.auth_util import encode_provider_token

from pages.server.accounts import USER_KEY, signed_in_user
from pages.server.refusal import refuse
from pages.server.visitor_pages import visitor_page

DEFAULT_PROVIDER = "default"
SIGN_IN = "/sign-in"
# Streamlit's routes for the exchange with the provider, and the one that says "ok" to whoever watches the server.
_OPEN = ("/auth/login", "/auth/logout", "/oauth2callback", "/_stcore/health")
NOT_SIGNED_IN = "Sign in to use this app."
_PAGE = """<h1>Emotion Classifier</h1><p>Each user has photos, studies and networks of their own.</p>
<p><a href="{{ path }}">Sign in</a></p>"""


class SignIn:
    """ASGI middleware that lets signed-in users pass, with their id in the scope, and asks others to sign in.

    Args:
        app: the wrapped application.
        base_path: path under which the app is served, without slashes at its ends.
    """

    def __init__(self, app: ASGIApp, base_path: str = "") -> None:
        self.app = app
        self._base = f"/{base_path}" if base_path else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        path = scope["path"].removeprefix(self._base)
        if user := signed_in_user(scope):
            await self.app({**scope, USER_KEY: user}, receive, send)
        elif scope["type"] == "websocket" or scope["method"] != "GET":
            await refuse(scope, receive, send, NOT_SIGNED_IN)
        elif path in _OPEN:
            await self.app(scope, receive, send)
        else:
            await self._ask(path)(scope, receive, send)

    def _ask(self, path: str) -> Response:
        if path == SIGN_IN:
            # The token names the provider and lasts two minutes, so it is made when the link is followed.
            return RedirectResponse(f"{self._base}/auth/login?provider={encode_provider_token(DEFAULT_PROVIDER)}", 302)
        page = visitor_page("Sign in", _PAGE, path=self._base + SIGN_IN)
        return HTMLResponse(page, 401, {"Cache-Control": "no-store", "WWW-Authenticate": "Cookie"})
