"""Find the pictures of a page: one URL per picture, the largest that the page names."""

import re
from collections import defaultdict
from collections.abc import Iterable

from lxml.html import HtmlElement

from emotion_core.collect.extraction import referenced_urls
from emotion_core.collect.extraction.candidates import Candidate, largest_candidate
from emotion_core.collect.extraction.elements import ShownPicture, candidates_of, select_pictures, shown_pictures
from emotion_core.collect.extraction.furniture_elements import is_background, is_furniture_picture
from emotion_core.collect.extraction.html_tree import base_address, parse_page, select
from emotion_core.collect.extraction.junk_filter import (
    has_non_photo_suffix,
    is_decorative_element,
    is_decorative_url,
    is_page_url,
    stated_sides,
)
from emotion_core.collect.extraction.page_graphics import without_graphics
from emotion_core.collect.extraction.script_data import data_pictures
from emotion_core.collect.extraction.width_families import width_families

_FEW_PICTURES = 3  # With fewer pictures in its HTML, a page probably builds the rest from data in its scripts.
# A page of the server may also carry data of pictures that it does not show, but then names those it shows as well.
_MORE_THAN_SHOWN, _MAX_COMMON = 2, 3
_SHARED_BY = 3  # A URL that this many different pictures have beside their own is a placeholder.
# Up to 40 pixels, as in -32x32.jpg, /20px-Flag.svg.png and ?size=32: an icon, if the page names no larger size.
_ICON_SIZE = re.compile(
    r"(?<![\dx])(?:[1-3]?\d|40)[x*](?:[1-3]?\d|40)(?:[-_]\w)?(?:@\dx)?\.\w+$|/(?:[1-3]?\d|40)px-[^/]*$|[?&](?:s|size|sz|w|width)=(?:[1-3]?\d|40)(?:&|$)"
)

_Group = list[Candidate]


def find_image_urls(html: str, page_url: str, selector: str | None = None) -> list[str]:
    """Return the absolute URL of each picture on a page, in its largest size, without repetition, in page order.

    Trackers, spacers, logos and icons are left out unless a selector picks them; drawings and films always are.

    Args:
        html: the page.
        page_url: URL of the page, http or https.
        selector: a CSS selector for pictures or their containers; None for the whole page.

    Raises:
        CollectError: the selector is not valid CSS.
    """
    return find_in_tree(parse_page(html), page_url, selector)


def find_in_tree(tree: HtmlElement, page_url: str, selector: str | None = None) -> list[str]:
    """Return the same as ``find_image_urls``, for a parsed page.

    Args:
        tree: the page.
        page_url: URL of the page, http or https.
        selector: a CSS selector for pictures or their containers; None for the whole page.

    Raises:
        CollectError: the selector is not valid CSS.
    """
    base_url = base_address(tree, page_url)
    shown = shown_pictures(tree)
    if selector is None:
        candidates = [_shown_photos(picture, base_url, page_url) for picture in shown]
        groups = without_graphics(shown, _without_placeholders(candidates))
    else:
        groups = [candidates_of(picture, base_url) for picture in select_pictures(shown, select(tree, selector))]
    pictures = _Pictures(groups)
    naming = referenced_urls.naming_elements(tree)
    data = [photos for group in data_pictures(naming, base_url) if (photos := _photos(group, page_url))]
    if selector is None:
        is_built = _is_built_from(data, groups)
        metadata = referenced_urls.page_metadata_urls(tree, base_url)
        pictures.add_missing([Candidate(url, 0.0)] for url in metadata if _may_be_photo(url, page_url))
        pictures.add_missing(data if is_built else [])
    # Links and scripts may name anything, so they only add sizes of pictures that the page shows.
    pictures.add_sizes(data)
    pictures.add_sizes([Candidate(url, 0.0)] for url in referenced_urls.linked_picture_urls(naming, base_url))
    return [url for url in pictures.largest_urls() if selector is not None or not _ICON_SIZE.search(url)]


def _is_built_from(data: list[_Group], shown: list[_Group]) -> bool:
    """Whether scripts build the page from their data: its HTML shows few pictures, or few of those in the data."""
    if sum(map(bool, shown)) < _FEW_PICTURES:
        return True
    in_data, in_html = _names(data), _names(shown)
    return len(data) > _MORE_THAN_SHOWN * len(in_html) and _MAX_COMMON * len(in_data & in_html) < len(in_html)


def _names(groups: list[_Group]) -> set[str]:
    return {candidate.identity.picture for group in groups for candidate in group}


def _shown_photos(picture: ShownPicture, base_url: str, page_url: str) -> _Group:
    """Return the candidates of a picture; none if it is furniture."""
    if is_decorative_element(picture.element):
        return []
    group = _photos(candidates_of(picture, base_url), page_url)
    urls = [candidate.url for candidate in group]
    if is_background(picture.element, urls):
        return []
    return [] if is_furniture_picture(picture.element, picture.link, urls, stated_sides(picture.element)) else group


def _photos(group: _Group, page_url: str) -> _Group:
    others = [candidate for candidate in group if not _may_be_photo(candidate.url, page_url)]
    # A size of a logo is a logo, whatever its name.
    pictures = {candidate.identity.picture for candidate in others}
    return [candidate for candidate in group if not others or candidate.identity.picture not in pictures]


def _may_be_photo(url: str, page_url: str) -> bool:
    return not (has_non_photo_suffix(url) or is_decorative_url(url) or is_page_url(url, page_url))


def _without_placeholders(groups: list[_Group]) -> list[_Group]:
    """Drop the URLs that several pictures show until their scripts have run."""
    shown_with: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    for group in groups:
        pictures = frozenset(candidate.identity.picture for candidate in group)
        for candidate in group if len(pictures) > 1 else ():
            shown_with[candidate.url].add(pictures)
    return [[candidate for candidate in group if len(shown_with[candidate.url]) < _SHARED_BY] for group in groups]


def _sized(candidate: Candidate) -> Candidate:
    if candidate.width or not candidate.identity.is_sized:
        return candidate
    return Candidate(candidate.url, candidate.identity.width)


class _Pictures:
    """The pictures of a page, each with its candidate URLs."""

    def __init__(self, groups: Iterable[_Group]) -> None:
        self._groups: list[_Group] = []
        self._group_of: dict[str, _Group] = {}
        groups = list(groups)
        families = width_families(candidate.url for group in groups for candidate in group)
        for group in groups:
            first = largest_candidate(group)
            if first is not None:
                self._add(families.get(first.url, first.identity.picture), group)

    def _add(self, picture: str, group: _Group) -> None:
        merged = self._group_of.get(picture)
        if merged is None:
            merged = []
            self._groups.append(merged)
        merged += group
        for name in (picture, *(candidate.identity.picture for candidate in group)):
            self._group_of.setdefault(name, merged)

    def add_missing(self, groups: Iterable[_Group]) -> None:
        """Add new pictures, and new sizes of known ones."""
        for group in groups:
            if not any(candidate.identity.picture in self._group_of for candidate in group):
                self._add(group[0].identity.picture, [])
            self.add_sizes([group])

    def add_sizes(self, groups: Iterable[_Group]) -> None:
        """Add the sizes of known pictures, and ignore the others."""
        for group in groups:
            names = [candidate.identity.picture for candidate in group]
            known = next((self._group_of[name] for name in names if name in self._group_of), None)
            if known is not None:
                known += map(_sized, group)
                for name in names:
                    self._group_of.setdefault(name, known)

    def largest_urls(self) -> list[str]:
        """Return the URL of the largest size of each picture, in page order."""
        candidates = map(largest_candidate, self._groups)
        return list(dict.fromkeys(candidate.url for candidate in candidates if candidate is not None))
