"""Pages of MediaWiki sites such as Wikimedia Commons: categories and galleries, and the page that describes each file.

A category shows small copies; where the large ones are, who took them and what may be done with them stands on the
file's own page. These are read as pages, not through the sites' API, which Wikimedia's robots.txt keeps programs off.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

from lxml.html import HtmlElement

from emotion_core.collect.extraction import absolute_url, parse_srcset
from emotion_core.collect.sources.licences import is_creative_commons, licence_name, plain
from emotion_core.collect.sources.markup import css, shown_text, upwards
from emotion_core.collect.sources.records import FoundPicture, PageContents

MAX_WIDTH_PX = 2048
_GENERATOR = css('meta[name="generator"][content^="MediaWiki"]')
_FILE = css("#file, .fullMedia")
_COPIES = css("a.mw-thumbnail-link")
_SHORT_NAMES = css(".licensetpl_short")
_NAME_IN_CARD = css("#creator, .fn")
_NEAR_SIBLINGS = 5
_PHOTO_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".png", ".gif", ".webp", ".avif", ".tif", ".tiff")
_WIDTH_IN_ADDRESS = re.compile(r"\b(\d{2,5})px-")
_NOBODY = re.compile(r"(?:\s|unknown|author|artist|photographer)*", re.IGNORECASE)
_TALK = re.compile(r"\s*\(\s*talk\b[^)]*\)\s*$", re.IGNORECASE)
_ASSUMED = re.compile(r"No machine-readable author provided\. (.+) assumed \(.*")


def is_wiki(tree: HtmlElement) -> bool:
    """Whether the page says that MediaWiki made it."""
    return bool(_GENERATOR(tree))


def read_page(tree: HtmlElement, page_url: str, chosen: Iterable[HtmlElement] | None = None) -> PageContents | None:
    """Return the files that a category, a gallery or an article shows, each with the page that describes it.

    Drawings, films, sound and documents are left out by their names.

    Args:
        tree: the page.
        page_url: its address.
        chosen: elements that the files' pictures must be, or be in; None for the whole page.

    Returns:
        None where it shows no file in MediaWiki's way; the one file where the page is about one.
    """
    if describes_file(tree):
        return _read_file(tree, page_url)
    category = tree.get_element_by_id("mw-category-media", None)
    within = None if chosen is None else set(chosen)
    found: dict[str, FoundPicture] = {}
    for image in (tree if category is None else category).iter("img"):
        picture = _member(image, page_url) if within is None or _is_in(within, image) else None
        if picture is not None:
            found.setdefault(picture.url, picture)
    next_url = _next_url(category, page_url) if category is not None else None
    return PageContents(tuple(found.values()), next_url) if found or next_url else None


def _read_file(tree: HtmlElement, page_url: str) -> PageContents | None:
    address = _best_address(tree, page_url)
    if address is None or not is_photo_page(page_url):
        return None
    return PageContents((describe(tree, page_url, FoundPicture(address)),))


def _is_in(chosen: set[HtmlElement], element: HtmlElement) -> bool:
    return element in chosen or any(outer in chosen for outer in upwards(element))


def _member(image: HtmlElement, page_url: str) -> FoundPicture | None:
    link = next((outer for outer in upwards(image) if outer.tag == "a"), image)
    described_at = absolute_url(page_url, link.get("href", ""))
    variants = parse_srcset(image.get("srcset", ""))
    largest = max(variants, key=lambda variant: variant[1:])[0] if variants else image.get("src", "")
    address = absolute_url(page_url, largest)
    if described_at is None or address is None or not is_photo_page(described_at):
        return None
    return FoundPicture(address, described_at=described_at, landing_url=described_at)


def is_photo_page(url: str) -> bool:
    """Whether an address is that of a page which describes a file that may be a photo.

    >>> is_photo_page("https://a.example/wiki/File:Anna.JPG"), is_photo_page("https://a.example/images/Anna.JPG")
    (True, False)
    """
    parts = urlsplit(url)
    title = parse_qs(parts.query).get("title", [unquote(parts.path).rpartition("/")[2]])[0]
    return ":" in title and title.lower().endswith(_PHOTO_SUFFIXES)


def _next_url(category: HtmlElement, page_url: str) -> str | None:
    """Return the page on which the category goes on: the same address, from another file on.

    The links themselves lead through index.php, which Wikimedia's robots.txt keeps programs off.
    """
    for link in category.iter("a"):
        start = parse_qs(urlsplit(absolute_url(page_url, link.get("href", "")) or "").query).get("filefrom")
        if start:
            parts = urlsplit(page_url)
            query = [pair for pair in parse_qsl(parts.query) if pair[0] not in ("filefrom", "fileuntil")]
            return parts._replace(query=urlencode([*query, ("filefrom", start[0])]), fragment="").geturl()
    return None


def describes_file(tree: HtmlElement) -> bool:
    """Whether the page is about one file."""
    return bool(_FILE(tree))


def describe(tree: HtmlElement, page_url: str, picture: FoundPicture) -> FoundPicture:
    """Return the picture with what its own page states: the best address, the licence, the author.

    Args:
        tree: the page that describes it.
        page_url: its address.
        picture: as the listing showed it; what the page does not state stays.
    """
    return replace(
        picture,
        url=_best_address(tree, page_url) or picture.url,
        licence=_licence(tree) or picture.licence,
        author=_author(tree) or picture.author,
        landing_url=page_url,
    )


def _best_address(tree: HtmlElement, page_url: str) -> str | None:
    """Return the original where it is not too wide, else the widest copy that is not."""
    original = next((link.get("href") for part in _FILE(tree) for link in part.iter("a") if link.get("href")), None)
    widths = (image.get("data-file-width", "") for part in _FILE(tree) for image in part.iter("img"))
    width = next(filter(None, widths), "")
    copies = dict(_copies(tree))
    small = width.isascii() and width.isdigit() and int(width[:9]) <= MAX_WIDTH_PX
    if original is not None and (small or not copies):
        return absolute_url(page_url, original)
    return absolute_url(page_url, copies[max(copies)]) if copies else None


def _copies(tree: HtmlElement) -> Iterator[tuple[int, str]]:
    """Give width in pixels and address of each smaller copy that is not too wide."""
    for link in _COPIES(tree):
        named = _WIDTH_IN_ADDRESS.search(link.get("href", ""))
        if named is not None and int(named[1]) <= MAX_WIDTH_PX:
            yield int(named[1]), link.get("href", "")


def _licence(tree: HtmlElement) -> str | None:
    """Return the licence, the first of Creative Commons where the reader has the choice."""
    named = [licence_name(_address_beside(short) or shown_text(short)) for short in _SHORT_NAMES(tree)]
    linked = (link.get("href", "") for link in tree.iter("a") if any(map(_is_licence_box, upwards(link))))
    names = [*filter(None, named)] or [*filter(None, map(licence_name, filter(is_creative_commons, linked)))]
    return next((name for name in names if name.startswith("CC")), next(iter(names), None))


def _address_beside(short: HtmlElement) -> str | None:
    siblings = (short.itersiblings(preceding=True), short.itersiblings())
    beside = (element for direction in siblings for element in islice(direction, _NEAR_SIBLINGS))
    addresses = (element.text or "" for element in beside if "licensetpl_link" in element.get("class", ""))
    return next(filter(is_creative_commons, addresses), None)


def _is_licence_box(element: HtmlElement) -> bool:
    return "licensetpl" in element.get("class", "").split()


def _author(tree: HtmlElement) -> str | None:
    label = tree.get_element_by_id("fileinfotpl_aut", None)
    cell = next(label.itersiblings("td"), None) if label is not None else None
    if cell is None:
        return None
    name = plain(shown_text(next(iter(_NAME_IN_CARD(cell)), cell))) or ""
    name = _ASSUMED.sub(r"\1", _TALK.sub("", name))
    return None if _NOBODY.fullmatch(name) else name
