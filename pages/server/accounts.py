"""Who is signed in, and which workspace is theirs; without sign-in there is one workspace for all.

Sign-in is on where ``.streamlit/secrets.toml`` has a section ``[auth]``. Streamlit talks to the provider and keeps the
identity in a signed cookie, which is read here as Streamlit reads it for its own sessions.
"""

import fnmatch
import hashlib
import os
from collections.abc import Mapping
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import Scope
from streamlit.auth_util import get_secrets_auth_section
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import (
    _get_signed_cookie_with_chunks,
    _parse_decoded_user_cookie,
)

from emotion_core.errors import SettingsError
from emotion_core.settings import USERS_VARIABLE, Workspace, open_workspace
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


def user_id(claims: Mapping[str, Any]) -> str | None:
    """Return the id of the user whom an identity token describes, or None if they may not use the app.

    Args:
        claims: of the token. An issuer and its subject identify a person; names and mail addresses change hands.

    >>> user_id({"is_logged_in": True, "iss": "https://id.example", "sub": "42"})
    '3612404c883ea3d9a32b4d11d771d43d'
    >>> user_id({"is_logged_in": False, "iss": "https://id.example", "sub": "42"}) is None
    True
    """
    issuer, subject = claims.get("iss"), claims.get("sub")
    if claims.get("is_logged_in") is not True or not issuer or not subject or not _may_use(claims):
        return None
    return hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()[:32]


def workspace_of(user: str | None) -> Workspace:
    """Return the workspace of a user.

    Args:
        user: id of the signed-in user; None where nobody signs in, for the workspace of the server.
    """
    workspace = open_workspace()
    return workspace if user is None else open_workspace(workspace.root / "users" / user)


def _may_use(claims: Mapping[str, Any]) -> bool:
    """Return whether the mail address is one of those that ``EMOTION_USERS`` lists, if it lists any."""
    patterns = os.environ.get(USERS_VARIABLE, "").lower().replace(",", " ").split()
    address = str(claims.get("email", "")).lower()
    if not patterns:
        return True
    return claims.get("email_verified") is True and any(fnmatch.fnmatchcase(address, pattern) for pattern in patterns)
