"""The start token: what ``EMOTION_TOKEN`` says, and the token itself."""

import os
import re
import secrets
from dataclasses import dataclass

from emotion_core.errors import SettingsError
from emotion_core.settings import TOKEN_VARIABLE

# A token is guessed at the speed of the server: 16 characters outlast every guesser.
_VALUE = re.compile(r"[A-Za-z0-9_-]{16,200}")


@dataclass(frozen=True)
class TokenSetting:
    """Who needs the token, and what it is.

    Attributes:
        token: the secret.
        own_user_needs_it: whether connections of the user who started the server need it too.
    """

    token: str
    own_user_needs_it: bool


def token_setting() -> TokenSetting | None:
    """Return what ``EMOTION_TOKEN`` says: None if no connection needs a token.

    Raises:
        SettingsError: the variable is neither a word that it knows nor a token.
    """
    text = os.environ.get(TOKEN_VARIABLE, "").strip()
    if text.lower() == "off":
        return None
    if text.lower() in ("", "auto", "on"):
        return TokenSetting(secrets.token_urlsafe(24), own_user_needs_it=text.lower() == "on")
    if _VALUE.fullmatch(text):
        return TokenSetting(text, own_user_needs_it=True)
    raise SettingsError(
        "This is no start token. Expected auto, on, off, or 16 to 200 letters, digits, - and _. "
        f"Received: {TOKEN_VARIABLE} with {len(text)} characters. Change the variable, or unset it."
    )
