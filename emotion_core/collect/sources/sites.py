"""Sites whose terms allow collecting photos, and how to get from what a person types to the address of a page there."""

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
# Who does not sign in gets no more on a page, and an error when asking for more.
_OPENVERSE_PAGE_SIZE = 20


@dataclass(frozen=True)
class Site:
    """A site that can be collected from by typing words instead of an address.

    Attributes:
        key: for the command line and the workspace.
        name: for people.
        asks_for: what a person types.
        examples: such a text for each label.
        note: its terms, in sentences for a person.
        address: returns the address of the first page for what was typed; raises ``CollectError`` where it cannot.
    """

    key: str
    name: str
    asks_for: str
    examples: Mapping[str, str]
    note: str
    address: Callable[[str], str]


def commons_address(text: str) -> str:
    """Return the address of a category or gallery of Wikimedia Commons.

    Args:
        text: the category's name, with or without ``Category:``; a wiki link; or an address of that site.

    >>> commons_address("smiling people")
    'https://commons.wikimedia.org/wiki/Category:Smiling_people'

    Raises:
        CollectError: it is no title that a page there can have.
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
    """Return a page's title as it stands in addresses: underscores, a capital at the start."""
    parts = [" ".join(part.split()) for part in title.replace("_", " ").split(":", 1)]
    unusable = not _NOT_IN_TITLES.isdisjoint(title) or "./" in title or len(title) > _MAX_TITLE
    if unusable or not all(part and part.isprintable() for part in parts):
        raise CollectError(
            "This is no title of a page. Expected the name of a category of Wikimedia Commons, for instance "
            f"Smiling people. Received: {typed[:200]!r}. Look it up at commons.wikimedia.org."
        )
    return ":".join(part[0].upper() + part[1:] for part in parts).replace(" ", "_")


def openverse_address(text: str) -> str:
    """Return the address of an Openverse search for photos.

    Args:
        text: the words to search for, or the address of a search there.

    >>> openverse_address("sad face")
    'https://api.openverse.org/v1/images/?q=sad+face&page_size=20'

    Raises:
        CollectError: there are no words to search for.
    """
    link = _own_link(text.strip(), _OPENVERSE_HOSTS, "a search of Openverse")
    words = " ".join((text if link is None else link[1].get("q", [""])[0]).split())
    if not words:
        raise CollectError(
            "There is nothing to search for. Expected words, for instance smiling face. "
            f"Received: {text[:200]!r}. Type what the photos should show."
        )
    return f"{_OPENVERSE}?{urlencode({'q': words[:200], 'page_size': _OPENVERSE_PAGE_SIZE})}"


def _own_link(typed: str, hosts: frozenset[str], what: str) -> tuple[str, dict[str, list[str]]] | None:
    """Return path and query where an address of the site was typed; None where words were."""
    if not typed.lower().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(typed)
    except ValueError:
        parts = urlsplit("")
    if parts.hostname not in hosts:
        raise CollectError(
            f"The address belongs to another site. Expected words, or the address of {what}. "
            f"Received: {typed[:200]!r}. Collect from its address as from any web page."
        )
    return parts.path, parse_qs(parts.query)


SITES = (
    Site(
        "commons",
        "Wikimedia Commons",
        "Category",
        {"happy": "Smiling people", "sad": "Sadness"},
        "Every file is free to use under the licence on its own page, which is read and kept with the photo; most ask "
        "to name the author. Programs are asked to go slowly and to say whom to contact: fill in a contact.",
        commons_address,
    ),
    Site(
        "openverse",
        "Openverse",
        "Search words",
        {"happy": "smiling face", "sad": "sad face"},
        "Openly licensed photos of Flickr, museums and others, found through Openverse's interface for programs and "
        "kept with licence and author. A page has 20 photos, and a search ends after 12 pages.",
        openverse_address,
    ),
)
