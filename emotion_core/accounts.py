"""Users who sign in: their ids and their workspaces. Without sign-in there is one workspace for all."""

import fnmatch
import hashlib
import os
from collections.abc import Mapping
from typing import Any

from emotion_core.settings import USERS_FOLDER, USERS_VARIABLE, Workspace, open_workspace


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
    return workspace if user is None else open_workspace(workspace.root / USERS_FOLDER / user)


def _may_use(claims: Mapping[str, Any]) -> bool:
    """Return whether the mail address is one of those that ``EMOTION_USERS`` lists, if it lists any."""
    patterns = os.environ.get(USERS_VARIABLE, "").lower().replace(",", " ").split()
    address = str(claims.get("email", "")).lower()
    if not patterns:
        return True
    return claims.get("email_verified") is True and any(fnmatch.fnmatchcase(address, pattern) for pattern in patterns)
