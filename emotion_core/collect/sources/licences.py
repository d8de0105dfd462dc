"""Normalize the names of licenses and authors: short plain text, one name per license."""

import re
import unicodedata

MAX_CHARACTERS = 200
_ADDRESS = re.compile(
    r"(?:https?:)?//(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/([a-z+-]+)(?:/(\d(?:\.\d)?))?"
    r"(?:/([a-z]{2}|igo|scotland)(?=/|$))?(?=[/?#]|$)"
)
_WRITTEN = re.compile(r"cc[ -](by(?:-(?:nc|nd|sa)){0,2})(?:[ -](\d(?:\.\d)?))?(?:[ -]([a-z]{2}|igo))?")
_ZERO = re.compile(r"cc[ -]?(?:0|zero)(?:[ -]1\.0)?(?: universal)?")
_OUTSIDE_COPYRIGHT = {
    "zero": "CC0 1.0",
    "cc0": "CC0 1.0",
    "mark": "Public Domain Mark 1.0",
    "pdm": "Public Domain Mark 1.0",
    "publicdomain": "Public domain",
    "certification": "Public domain",
}
# Joiners belong to the spelling of some scripts; other invisible characters can only deceive.
_JOINERS = "\u200c\u200d"


def plain_text(text: str) -> str | None:
    r"""Return untrusted text as one line of at most 200 characters, without invisible ones; None if nothing is left.

    >>> plain_text("  Jane\n\u202eDoe ")
    'Jane Doe'
    """
    visible = (" " if _is_invisible(character) else character for character in text[: 20 * MAX_CHARACTERS])
    return " ".join("".join(visible).split())[:MAX_CHARACTERS].rstrip() or None


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character).startswith("C") and character not in _JOINERS


def licence_name(text: str) -> str | None:
    """Return the name of a license that is given by its address or its name; None if ``text`` is empty.

    Returns:
        A short name for a Creative Commons license; otherwise the address or name itself, see ``plain_text``.

    >>> licence_name("https://creativecommons.org/licenses/by-sa/4.0/deed.en"), licence_name("cc-by-2.0")
    ('CC BY-SA 4.0', 'CC BY 2.0')
    """
    cleaned = plain_text(text)
    if cleaned is None:
        return None
    lowered = cleaned.lower()
    match = _ADDRESS.match(lowered) or _WRITTEN.fullmatch(lowered)
    if match is not None:
        return creative_commons(*match.groups())
    return creative_commons("cc0") if _ZERO.fullmatch(lowered) else cleaned


def creative_commons(code: str, version: str | None = None, country: str | None = None) -> str:
    """Return the name of a Creative Commons license or mark.

    Args:
        code: code in its address (``by-sa``, ``zero``) or in an API (``cc0``, ``pdm``).
        version: version, for instance ``4.0``; None if unknown.
        country: two letters, for a license adapted to the law of one country; None for the others.

    >>> creative_commons("by-nc", "3.0", "de"), creative_commons("pdm")
    ('CC BY-NC 3.0 DE', 'Public Domain Mark 1.0')
    """
    if code in _OUTSIDE_COPYRIGHT:
        return _OUTSIDE_COPYRIGHT[code]
    return " ".join(part.upper() for part in ("CC", code, version, country) if part)


def is_creative_commons(address: str) -> bool:
    """Whether an address is that of a Creative Commons license or mark, not of another page of that site."""
    return _ADDRESS.match(address.strip().lower()) is not None
