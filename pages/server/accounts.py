"""Who is signed in.

Sign-in is on where ``.streamlit/secrets.toml`` has a section ``[auth]``. Streamlit talks to the provider and keeps the
identity in a signed cookie, which is read here as Streamlit reads it for its own sessions.
"""

from starlette.requests import HTTPConnection
from starlette.types import Scope
from streamlit.auth_util import get_secrets_auth_section
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import (
    _get_signed_cookie_with_chunks,
    _parse_decoded_user_cookie,
)

from emotion_core.accounts import user_id
from emotion_core.errors import SettingsError
from pages.server.same_origin import own_address, own_origin

# Key of the scope under which routes find the signed-in user's id.
USER_KEY = "emotion.user"
MIN_SECRET_CHARACTERS = 32


def sign_in_is_on() -> bool:
    """Return whether users must sign in.

    Raises:
        SettingsError: the secret that protects the cookies can be guessed.
    """
    section = get_secrets_auth_section()
    if section and len(str(section.get("cookie_secret", ""))) < MIN_SECRET_CHARACTERS:
        raise SettingsError(
            "The secret that signs the cookies of users can be guessed. Expected cookie_secret in the section [auth] "
            f"of .streamlit/secrets.toml with at least {MIN_SECRET_CHARACTERS} random characters. "
            'Make one with: python -c "import secrets; print(secrets.token_urlsafe())"'
        )
    return bool(section)


def signed_in_user(scope: Scope) -> str | None:
    """Return the id of the user whose cookie a request carries, or None if it carries no valid one.

    Args:
        scope: of a request or websocket.
    """
    cookie = _get_signed_cookie_with_chunks(HTTPConnection(scope).cookies, USER_COOKIE_NAME)
    address = own_address(scope)
    if cookie is None or address is None:
        return None
    return user_id(_parse_decoded_user_cookie(cookie, own_origin(scope, address)))
