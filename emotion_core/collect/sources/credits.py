"""Read the license and the author of each picture from the markup of a page."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from lxml.html import HtmlElement

from emotion_core.collect.extraction import absolute_url, identify_picture, is_srcset, parse_srcset
from emotion_core.collect.sources import linked_data
from emotion_core.collect.sources.licences import is_creative_commons, licence_name, plain_text
from emotion_core.collect.sources.markup import compile_css, near_ancestors, visible_text

_PICTURES = compile_css('img, source, amp-img, [itemprop~="contentUrl"]')
_NAMING_PICTURES = compile_css('img, source, amp-img, [itemprop~="contentUrl"], a[href], [data-src], [data-bg]')
_LICENCES = compile_css('a[rel], link[rel], [itemprop~="license"], a[href*="creativecommons.org/"]')
_AUTHORS = compile_css(
    '[itemprop~="creator"], [itemprop~="author"], [itemprop~="creditText"], [itemprop~="copyrightHolder"]'
)
_NAMED_AUTHORS = compile_css('[property~="cc:attributionName"]')
_LINKED_DATA = compile_css('script[type="application/ld+json"]')
_PICTURE_TYPE = re.compile(r"(?:ImageObject|Photograph|VisualArtwork)\s*$")

_MAX_PARTS = 100


class Credit(NamedTuple):
    """License and author of a picture; None for what the page does not state."""

    licence: str | None = None
    author: str | None = None


class PageCredits:
    """The license and author that a page states for each of its pictures.

    A license beside a picture applies to that picture, any other license to all pictures. An author counts only beside
    a picture, because the author of the page need not have taken its photos.

    Args:
        tree: the page.
        base_url: URL that relative references are resolved against.
        page_wide: whether a license of the whole page covers its pictures.
    """

    def __init__(self, tree: HtmlElement, base_url: str, *, page_wide: bool = True) -> None:
        self._base_url = base_url
        self._around_pictures = _ancestors(_PICTURES(tree))
        self._licences: dict[HtmlElement, set[str]] = {}
        self._authors: dict[HtmlElement, str] = {}
        # Licenses of the page, most reliable first: marked as its license, linked, in its JSON-LD.
        self._page_licences: list[set[str]] = [set(), set(), set()]
        self._by_picture: dict[str, Credit] = {}
        self._read_licences(tree)
        self._read_authors(tree)
        self._read_pictures(tree)
        self._read_linked_data(tree)
        self._page_licence = next(filter(None, map(_only, self._page_licences)), None) if page_wide else None

    def credit_of(self, address: str) -> Credit:
        """Return the license and author of the picture at an absolute URL, whatever its size."""
        own = self._by_picture.get(identify_picture(address).picture, Credit())
        return Credit(own.licence or self._page_licence, own.author)

    def _read_licences(self, tree: HtmlElement) -> None:
        for element in _LICENCES(tree):
            is_marked = "itemprop" in element.attrib or "license" in element.get("rel", "").lower().split()
            linked = absolute_url(self._base_url, element.get("href", ""))
            if not is_marked and not is_creative_commons(linked or ""):
                continue
            name = licence_name(linked or _text(element))
            scope = self._scope(element, _is_part if is_marked else _is_item)
            if name is not None and scope is not None:
                self._licences.setdefault(scope, set()).add(name)
            elif name is not None:
                self._page_licences[0 if is_marked else 1].add(name)

    def _read_authors(self, tree: HtmlElement) -> None:
        for elements, is_scope in ((_AUTHORS(tree), _is_picture), (_NAMED_AUTHORS(tree), _is_part)):
            for element in elements:
                scope = self._scope(element, is_scope)
                name = plain_text(_text(_named_part(element))) if scope is not None else None
                if scope is not None and name is not None:
                    self._authors.setdefault(scope, name)

    def _scope(self, element: HtmlElement, is_scope: Callable[[HtmlElement], bool]) -> HtmlElement | None:
        """Return the nearest element around a statement that holds pictures, or None for the whole page."""
        scopes = (outer for outer in near_ancestors(element) if is_scope(outer) and outer in self._around_pictures)
        return next(scopes, None)

    def _read_pictures(self, tree: HtmlElement) -> None:
        if not self._licences and not self._authors:
            return
        for element in _NAMING_PICTURES(tree):
            credit = self._beside(element)
            if credit != Credit():
                for address in self._addresses(element):
                    self._by_picture.setdefault(identify_picture(address).picture, credit)

    def _beside(self, element: HtmlElement) -> Credit:
        licensed = next((outer for outer in near_ancestors(element) if outer in self._licences), None)
        signed = (
            next((outer for outer in near_ancestors(element) if outer in self._authors), None)
            if self._authors
            else None
        )
        licence = _only(self._licences[licensed]) if licensed is not None else None
        return Credit(licence, self._authors[signed] if signed is not None else None)

    def _addresses(self, element: HtmlElement) -> Iterator[str]:
        for value in element.attrib.values():
            if "/" in value or "." in value:
                texts = [address for address, _, _ in parse_srcset(value)] if is_srcset(value) else [value]
                yield from filter(None, (absolute_url(self._base_url, text) for text in texts))

    def _read_linked_data(self, tree: HtmlElement) -> None:
        for item in linked_data.linked_items(script.text or "" for script in _LINKED_DATA(tree)):
            licence = licence_name(item.licence)
            if not item.is_picture:
                self._page_licences[2].update(filter(None, [licence]))
                continue
            addresses = filter(None, (absolute_url(self._base_url, text) for text in item.addresses))
            for picture in {identify_picture(address).picture for address in addresses}:
                known = self._by_picture.get(picture, Credit())
                self._by_picture[picture] = Credit(licence or known.licence, plain_text(item.author) or known.author)


def _ancestors(elements: Iterable[HtmlElement]) -> set[HtmlElement]:
    """Return all ancestors of the elements."""
    ancestors: set[HtmlElement] = set()
    for element in elements:
        for outer in element.iterancestors():
            if outer in ancestors:
                break
            ancestors.add(outer)
    return ancestors


def _is_item(element: HtmlElement) -> bool:
    return element.tag in ("figure", "li")


def _is_part(element: HtmlElement) -> bool:
    return _is_item(element) or element.tag == "article" or "itemscope" in element.attrib


def _is_picture(element: HtmlElement) -> bool:
    return _PICTURE_TYPE.search(element.get("itemtype", "")) is not None


def _named_part(author: HtmlElement) -> HtmlElement:
    """Return the element with the author's name, inside an element with more about the author."""
    inside = islice(author.iter(), _MAX_PARTS)
    return next((part for part in inside if "name" in part.get("itemprop", "").split()), author)


def _text(element: HtmlElement) -> str:
    return element.get("content") or visible_text(element)


def _only(names: set[str]) -> str | None:
    """Return the name if there is exactly one; several contradict each other."""
    return next(iter(names)) if len(names) == 1 else None
