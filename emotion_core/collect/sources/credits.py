"""What a page states of its pictures: the licence and the author of each, as far as it says so in its markup."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from lxml.html import HtmlElement

from emotion_core.collect.extraction import absolute_url, identify_picture, is_srcset, parse_srcset
from emotion_core.collect.sources import linked_data
from emotion_core.collect.sources.licences import is_creative_commons, licence_name, plain
from emotion_core.collect.sources.markup import css, shown_text, upwards

_PICTURES = css('img, source, amp-img, [itemprop~="contentUrl"]')
_NAMING_PICTURES = css('img, source, amp-img, [itemprop~="contentUrl"], a[href], [data-src], [data-bg]')
_LICENCES = css('a[rel], link[rel], [itemprop~="license"], a[href*="creativecommons.org/"]')
_AUTHORS = css('[itemprop~="creator"], [itemprop~="author"], [itemprop~="creditText"], [itemprop~="copyrightHolder"]')
_NAMED_AUTHORS = css('[property~="cc:attributionName"]')
_LINKED_DATA = css('script[type="application/ld+json"]')
_PICTURE_TYPE = re.compile(r"(?:ImageObject|Photograph|VisualArtwork)\s*$")

_MAX_PARTS = 100


class Statement(NamedTuple):
    """What is stated of a picture; None where nothing is."""

    licence: str | None = None
    author: str | None = None


class Statements:
    """Answers for each picture of a page what the page states of it.

    A statement that stands beside a picture counts for that picture, one that stands beside none for all of them. An
    author counts only where he is named beside the picture: who wrote the page need not have taken its photos.

    Args:
        tree: the page.
        base_url: what its relative addresses are relative to.
        page_wide: whether a licence of the whole page covers its pictures.
    """

    def __init__(self, tree: HtmlElement, base_url: str, *, page_wide: bool = True) -> None:
        self._base_url = base_url
        self._around_pictures = _ancestors(_PICTURES(tree))
        self._licences: dict[HtmlElement, set[str]] = {}
        self._authors: dict[HtmlElement, str] = {}
        # Licences of the page, the surest first: called its licence, linked, in its data for search engines.
        self._page_licences: list[set[str]] = [set(), set(), set()]
        self._by_picture: dict[str, Statement] = {}
        self._read_licences(tree)
        self._read_authors(tree)
        self._read_pictures(tree)
        self._read_linked_data(tree)
        self._page_licence = next(filter(None, map(_only, self._page_licences)), None) if page_wide else None

    def about(self, address: str) -> Statement:
        """Return what the page states of the picture at an absolute address, in whatever size."""
        own = self._by_picture.get(identify_picture(address).picture, Statement())
        return Statement(own.licence or self._page_licence, own.author)

    def _read_licences(self, tree: HtmlElement) -> None:
        for element in _LICENCES(tree):
            marked = "itemprop" in element.attrib or "license" in element.get("rel", "").lower().split()
            linked = absolute_url(self._base_url, element.get("href", ""))
            if not marked and not is_creative_commons(linked or ""):
                continue
            name = licence_name(linked or _text(element))
            scope = self._scope(element, _is_part if marked else _is_item)
            if name is not None and scope is not None:
                self._licences.setdefault(scope, set()).add(name)
            elif name is not None:
                self._page_licences[0 if marked else 1].add(name)

    def _read_authors(self, tree: HtmlElement) -> None:
        for elements, fits in ((_AUTHORS(tree), _is_picture), (_NAMED_AUTHORS(tree), _is_part)):
            for element in elements:
                scope = self._scope(element, fits)
                name = plain(_text(_named_part(element))) if scope is not None else None
                if scope is not None and name is not None:
                    self._authors.setdefault(scope, name)

    def _scope(self, element: HtmlElement, fits: Callable[[HtmlElement], bool]) -> HtmlElement | None:
        """Return the part of the page with pictures in it that a statement is about, or None for the whole page."""
        return next((outer for outer in upwards(element) if fits(outer) and outer in self._around_pictures), None)

    def _read_pictures(self, tree: HtmlElement) -> None:
        if not self._licences and not self._authors:
            return
        for element in _NAMING_PICTURES(tree):
            statement = self._beside(element)
            if statement != Statement():
                for address in self._addresses(element):
                    self._by_picture.setdefault(identify_picture(address).picture, statement)

    def _beside(self, element: HtmlElement) -> Statement:
        licensed = next((outer for outer in upwards(element) if outer in self._licences), None)
        signed = next((outer for outer in upwards(element) if outer in self._authors), None) if self._authors else None
        licence = _only(self._licences[licensed]) if licensed is not None else None
        return Statement(licence, self._authors[signed] if signed is not None else None)

    def _addresses(self, element: HtmlElement) -> Iterator[str]:
        for value in element.attrib.values():
            if "/" in value or "." in value:
                texts = [found[0] for found in parse_srcset(value)] if is_srcset(value) else [value]
                yield from filter(None, (absolute_url(self._base_url, text) for text in texts))

    def _read_linked_data(self, tree: HtmlElement) -> None:
        for thing in linked_data.things(script.text or "" for script in _LINKED_DATA(tree)):
            licence = licence_name(thing.licence)
            if not thing.is_picture:
                self._page_licences[2].update(filter(None, [licence]))
                continue
            addresses = filter(None, (absolute_url(self._base_url, text) for text in thing.addresses))
            for picture in {identify_picture(address).picture for address in addresses}:
                known = self._by_picture.get(picture, Statement())
                self._by_picture[picture] = Statement(licence or known.licence, plain(thing.author) or known.author)


def _ancestors(elements: Iterable[HtmlElement]) -> set[HtmlElement]:
    """Return everything that holds one of the elements."""
    found: set[HtmlElement] = set()
    for element in elements:
        for outer in element.iterancestors():
            if outer in found:
                break
            found.add(outer)
    return found


def _is_item(element: HtmlElement) -> bool:
    return element.tag in ("figure", "li")


def _is_part(element: HtmlElement) -> bool:
    return _is_item(element) or element.tag == "article" or "itemscope" in element.attrib


def _is_picture(element: HtmlElement) -> bool:
    return _PICTURE_TYPE.search(element.get("itemtype", "")) is not None


def _named_part(author: HtmlElement) -> HtmlElement:
    """Return what holds an author's name where more is told of him."""
    inside = islice(author.iter(), _MAX_PARTS)
    return next((part for part in inside if "name" in part.get("itemprop", "").split()), author)


def _text(element: HtmlElement) -> str:
    return element.get("content") or shown_text(element)


def _only(names: set[str]) -> str | None:
    """Return the one name there is; several contradict each other."""
    return next(iter(names)) if len(names) == 1 else None
