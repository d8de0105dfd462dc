"""Sites whose terms allow collecting photos, and the addresses of their pages for what a user types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from emotion_core.errors import CollectError

_COMMONS = "https://commons.wikimedia.org/wiki/"
_COMMONS_HOSTS = frozenset({"commons.wikimedia.org", "commons.m.wikimedia.org"})
_CATEGORY = "Category:"
_NOT_IN_TITLES = frozenset("#<>[]|{}")
_MAX_TITLE = 255
_OPENVERSE = "https://api.openverse.org/v1/images/"
_OPENVERSE_HOSTS = frozenset({"api.openverse.org", "openverse.org", "www.openverse.org"})
# The largest page without an account; a larger one is an error.
_OPENVERSE_PAGE_SIZE = 20


@dataclass(frozen=True)
class Site:
    """A site that a user can collect from by typing words instead of an address.

    Attributes:
        key: identifier on the command line and in the workspace.
        name: display name.
        input_label: label of the input field.
        examples: example input for each label.
        note: the site's terms, in sentences for the user.
        address: returns the URL of the first page for the user's input; raises ``CollectError`` for unusable input.
    """

    key: str
    name: str
    input_label: str
    examples: Mapping[str, str]
    note: str
    address: Callable[[str], str]


def commons_address(text: str) -> str:
    """Return the URL of a category or gallery of Wikimedia Commons.

    Args:
        text: name of a category, with or without ``Category:``; a wiki link; or a URL of that site.

    >>> commons_address("smiling people")
    'https://commons.wikimedia.org/wiki/Category:Smiling_people'

    Raises:
        CollectError: the text is not a valid title, or the URL of another site.
    """
    typed = text.strip()
    link = _own_link(typed, _COMMONS_HOSTS, "a page of Wikimedia Commons")
    title = typed.removeprefix("[[").removesuffix("]]").removeprefix(":").strip()
    if link is not None:
        path, query = link
        title = query.get("title", [unquote(path.removeprefix("/wiki").removeprefix("/"))])[0]
    elif not title.lower().startswith(_CATEGORY.lower()):
        title = _CATEGORY + title
    return _COMMONS + quote(_commons_title(title, text), safe=":/()',!*")


def _commons_title(title: str, typed: str) -> str:
    """Return a page title in the form of URLs: with underscores and a capital first letter."""
    parts = [" ".join(part.split()) for part in title.replace("_", " ").split(":", 1)]
    unusable = not _NOT_IN_TITLES.isdisjoint(title) or "./" in title or len(title) > _MAX_TITLE
    if unusable or not all(part and part.isprintable() for part in parts):
        raise CollectError(
            "This is not a valid page title. Expected the name of a category of Wikimedia Commons, for instance "
            f"Smiling people. Received: {typed[:200]!r}. Look it up at commons.wikimedia.org."
        )
    return ":".join(part[0].upper() + part[1:] for part in parts).replace(" ", "_")


def openverse_address(text: str) -> str:
    """Return the URL of an Openverse search for photos.

    Args:
        text: words to search for, or the URL of a search there.

    >>> openverse_address("sad face")
    'https://api.openverse.org/v1/images/?q=sad+face&page_size=20'

    Raises:
        CollectError: there are no words to search for, or the URL is that of another site.
    """
    link = _own_link(text.strip(), _OPENVERSE_HOSTS, "a search of Openverse")
    words = " ".join((text if link is None else link[1].get("q", [""])[0]).split())
    if not words:
        raise CollectError(
            "The search is empty. Expected words, for instance smiling face. "
            f"Received: {text[:200]!r}. Type what the photos should show."
        )
    return f"{_OPENVERSE}?{urlencode({'q': words[:200], 'page_size': _OPENVERSE_PAGE_SIZE})}"


def _own_link(typed: str, hosts: frozenset[str], what: str) -> tuple[str, dict[str, list[str]]] | None:
    """Return path and query of a typed URL of the site; None for words."""
    if not typed.lower().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(typed)
    except ValueError:
        parts = urlsplit("")
    if parts.hostname not in hosts:
        raise CollectError(
            f"The address belongs to another site. Expected words, or the address of {what}. "
            f"Received: {typed[:200]!r}. Enter this address as a web page instead."
        )
    return parts.path, parse_qs(parts.query)


SITES = (
    Site(
        "commons",
        "Wikimedia Commons",
        "Category",
        {"happy": "Smiling people", "sad": "Sadness"},
        "Every file is free to use under the license on its own page, which is stored with the photo; most licenses "
        "require naming the author. The site asks programs to send few requests and to state a contact, so please "
        "fill in yours.",
        commons_address,
    ),
    Site(
        "openverse",
        "Openverse",
        "Search words",
        {"happy": "smiling face", "sad": "sad face"},
        "Openly licensed photos from Flickr, museums and other sources, found through Openverse's API and stored with "
        "license and author. A page has 20 photos, and a search ends after 12 pages.",
        openverse_address,
    ),
)
