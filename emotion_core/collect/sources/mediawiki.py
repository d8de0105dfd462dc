"""Read pages of MediaWiki sites such as Wikimedia Commons: categories, galleries and the page of each file.

A category shows small copies; the large file, its author and its license are on the file's own page. The pages are read
as HTML, because Wikimedia's robots.txt disallows the sites' API.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode

from lxml.html import HtmlElement

from emotion_core.collect.extraction import absolute_url, parse_srcset
from emotion_core.collect.sources.licences import is_creative_commons, licence_name, plain_text
from emotion_core.collect.sources.markup import compile_css, near_ancestors, visible_text
from emotion_core.collect.sources.records import FoundPicture, PageContents
from emotion_core.collect.urls import url_parts

MAX_WIDTH_PX = 2048
_GENERATOR = compile_css('meta[name="generator"][content^="MediaWiki"]')
_FILE = compile_css("#file, .fullMedia")
_COPIES = compile_css("a.mw-thumbnail-link")
_SHORT_NAMES = compile_css(".licensetpl_short")
_NAME_IN_CARD = compile_css("#creator, .fn")
_NEAR_SIBLINGS = 5
_PHOTO_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".png", ".gif", ".webp", ".avif", ".tif", ".tiff")
_WIDTH_IN_ADDRESS = re.compile(r"\b(\d{2,5})px-")
_UNKNOWN_AUTHOR = re.compile(r"(?:\s|unknown|author|artist|photographer)*", re.IGNORECASE)
_TALK = re.compile(r"\s*\(\s*talk\b[^)]*\)\s*$", re.IGNORECASE)
_ASSUMED = re.compile(r"No machine-readable author provided\. (.+) assumed \(.*")


def is_wiki(tree: HtmlElement) -> bool:
    """Whether the page names MediaWiki as its generator."""
    return bool(_GENERATOR(tree))


def read_page(tree: HtmlElement, page_url: str, chosen: Iterable[HtmlElement] | None = None) -> PageContents | None:
    """Return the files that a category, a gallery or an article shows, each with the URL of its file page.

    Drawings, films, sound and documents are left out by their suffix.

    Args:
        tree: the page.
        page_url: URL of the page.
        chosen: elements that a selector picked; only pictures among or inside them count. None for the whole page.

    Returns:
        The files, or the one file of a file page; None if the page has no MediaWiki files.
    """
    if is_file_page(tree):
        return _read_file(tree, page_url)
    category = tree.get_element_by_id("mw-category-media", None)
    containers = None if chosen is None else set(chosen)
    pictures: dict[str, FoundPicture] = {}
    for image in (tree if category is None else category).iter("img"):
        picture = _member(image, page_url) if containers is None or _is_in(containers, image) else None
        if picture is not None:
            pictures.setdefault(picture.url, picture)
    next_url = _next_url(category, page_url) if category is not None else None
    return PageContents(tuple(pictures.values()), next_url) if pictures or next_url else None


def _read_file(tree: HtmlElement, page_url: str) -> PageContents | None:
    address = _best_address(tree, page_url)
    if address is None or not is_photo_page(page_url):
        return None
    return PageContents((add_description(tree, page_url, FoundPicture(address)),))


def _is_in(containers: set[HtmlElement], element: HtmlElement) -> bool:
    return element in containers or any(outer in containers for outer in near_ancestors(element))


def _member(image: HtmlElement, page_url: str) -> FoundPicture | None:
    link = next((outer for outer in near_ancestors(image) if outer.tag == "a"), image)
    described_at = absolute_url(page_url, link.get("href", ""))
    variants = parse_srcset(image.get("srcset", ""))
    largest = max(variants, key=lambda variant: variant[1:])[0] if variants else image.get("src", "")
    address = absolute_url(page_url, largest)
    if described_at is None or address is None or not is_photo_page(described_at):
        return None
    return FoundPicture(address, described_at=described_at, landing_url=described_at)


def is_photo_page(url: str) -> bool:
    """Whether a URL is that of a file page whose file may be a photo.

    >>> is_photo_page("https://a.example/wiki/File:Anna.JPG"), is_photo_page("https://a.example/images/Anna.JPG")
    (True, False)
    """
    parts = url_parts(url)
    title = parse_qs(parts.query).get("title", [unquote(parts.path).rpartition("/")[2]])[0]
    return ":" in title and title.lower().endswith(_PHOTO_SUFFIXES)


def _next_url(category: HtmlElement, page_url: str) -> str | None:
    """Return the URL of the category's next page: the same URL, starting at another file.

    The page's own links go through index.php, which Wikimedia's robots.txt disallows.
    """
    for link in category.iter("a"):
        start = parse_qs(url_parts(absolute_url(page_url, link.get("href", "")) or "").query).get("filefrom")
        if start:
            parts = url_parts(page_url)
            query = [pair for pair in parse_qsl(parts.query) if pair[0] not in ("filefrom", "fileuntil")]
            return parts._replace(query=urlencode([*query, ("filefrom", start[0])]), fragment="").geturl()
    return None


def is_file_page(tree: HtmlElement) -> bool:
    """Whether the page describes one file."""
    return bool(_FILE(tree))


def add_description(tree: HtmlElement, page_url: str, picture: FoundPicture) -> FoundPicture:
    """Return a picture completed by its file page: the best URL, the license and the author.

    Args:
        tree: the file page.
        page_url: URL of the file page.
        picture: the picture as listed; fields that the page does not state are kept.
    """
    return replace(
        picture,
        url=_best_address(tree, page_url) or picture.url,
        licence=_licence(tree) or picture.licence,
        author=_author(tree) or picture.author,
        landing_url=page_url,
    )


def _best_address(tree: HtmlElement, page_url: str) -> str | None:
    """Return the original if it is at most 2,048 pixels wide, otherwise the widest copy up to that width."""
    original = next((link.get("href") for part in _FILE(tree) for link in part.iter("a") if link.get("href")), None)
    widths = (image.get("data-file-width", "") for part in _FILE(tree) for image in part.iter("img"))
    width = next(filter(None, widths), "")
    copies = dict(_copies(tree))
    is_small = width.isascii() and width.isdigit() and int(width[:9]) <= MAX_WIDTH_PX
    if original is not None and (is_small or not copies):
        return absolute_url(page_url, original)
    return absolute_url(page_url, copies[max(copies)]) if copies else None


def _copies(tree: HtmlElement) -> Iterator[tuple[int, str]]:
    """Yield width in pixels and address of each copy up to the maximum width."""
    for link in _COPIES(tree):
        match = _WIDTH_IN_ADDRESS.search(link.get("href", ""))
        if match is not None and int(match[1]) <= MAX_WIDTH_PX:
            yield int(match[1]), link.get("href", "")


def _licence(tree: HtmlElement) -> str | None:
    """Return the license; of several that users may choose from, the first Creative Commons one."""
    named = [licence_name(_address_beside(short) or visible_text(short)) for short in _SHORT_NAMES(tree)]
    linked = (link.get("href", "") for link in tree.iter("a") if any(map(_is_licence_box, near_ancestors(link))))
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
    name = plain_text(visible_text(next(iter(_NAME_IN_CARD(cell)), cell))) or ""
    name = _ASSUMED.sub(r"\1", _TALK.sub("", name))
    return None if _UNKNOWN_AUTHOR.fullmatch(name) else name
