"""Values of settings as text."""

from typing import Any

SAME_AS_HIDDEN = "hidden"


def value_text(value: Any) -> str:
    """Return a setting's value as a user types it.

    >>> value_text((16, 32, 16)), value_text(("files", "a.example")), value_text(True), value_text(None)
    ('16-32-16', 'files,a.example', 'true', 'hidden')
    """
    if isinstance(value, tuple):
        return ("," if any(isinstance(item, str) for item in value) else "-").join(map(str, value))
    if value is None:
        return SAME_AS_HIDDEN
    return str(value).lower() if isinstance(value, bool) else str(value)
