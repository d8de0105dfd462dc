"""Names of licences and authors as they are kept: short, in plain text, the same for the same licence."""

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
# They join letters in some scripts; every other invisible character can only deceive.
_JOINERS = "\u200c\u200d"


def plain(text: str) -> str | None:
    r"""Return a stranger's text on one line, without invisible characters, cut to 200; None where none is left.

    >>> plain("  Jane\n\u202eDoe ")
    'Jane Doe'
    """
    visible = (" " if _is_invisible(character) else character for character in text[: 20 * MAX_CHARACTERS])
    return " ".join("".join(visible).split())[:MAX_CHARACTERS].rstrip() or None


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character).startswith("C") and character not in _JOINERS


def licence_name(text: str) -> str | None:
    """Return what to call a licence that is given by its address or by its name.

    Returns:
        A short name where it is one of Creative Commons; else the address or name as it was, as ``plain`` text.

    >>> licence_name("https://creativecommons.org/licenses/by-sa/4.0/deed.en"), licence_name("cc-by-2.0")
    ('CC BY-SA 4.0', 'CC BY 2.0')
    """
    cleaned = plain(text)
    if cleaned is None:
        return None
    lowered = cleaned.lower()
    found = _ADDRESS.match(lowered) or _WRITTEN.fullmatch(lowered)
    if found is not None:
        return creative_commons(*found.groups())
    return creative_commons("cc0") if _ZERO.fullmatch(lowered) else cleaned


def creative_commons(code: str, version: str | None = None, country: str | None = None) -> str:
    """Return the name of a Creative Commons licence or mark.

    Args:
        code: as in its address (``by-sa``, ``zero``) or in an API (``cc0``, ``pdm``).
        version: for instance ``4.0``.
        country: two letters, for a licence that was fitted to one country's law.

    >>> creative_commons("by-nc", "3.0", "de"), creative_commons("pdm")
    ('CC BY-NC 3.0 DE', 'Public Domain Mark 1.0')
    """
    if code in _OUTSIDE_COPYRIGHT:
        return _OUTSIDE_COPYRIGHT[code]
    return " ".join(part.upper() for part in ("CC", code, version, country) if part)


def is_creative_commons(address: str) -> bool:
    """Whether an address is that of a Creative Commons licence or mark, not of some other page of theirs."""
    return _ADDRESS.match(address.strip().lower()) is not None
