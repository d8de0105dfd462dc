"""Which pictures a page shows: one address for each, the largest that the page names."""

from collections import defaultdict
from collections.abc import Iterable

from lxml.html import HtmlElement

from emotion_core.collect.extraction import junk_filter, referenced_urls
from emotion_core.collect.extraction.candidates import Candidate, best
from emotion_core.collect.extraction.elements import candidates_of, narrowed, shown_pictures
from emotion_core.collect.extraction.html_tree import base_address, parse_page, select
from emotion_core.collect.extraction.size_variants import identify

_FEW_PICTURES = 3  # A page that shows fewer may build the rest from data in its scripts.
_SHARED_BY = 3  # An address that so many pictures show beside one of their own is a placeholder.

_Group = list[Candidate]


def find_image_urls(html: str, page_url: str, selector: str | None = None) -> list[str]:
    """Return the address of each picture that a page shows: absolute, the largest it names, each once, in page order.

    Trackers, spacers, drawings, logos and icons are left out, unless a selector picks them.

    Args:
        html: the page.
        page_url: its address, http or https.
        selector: a CSS selector of pictures, or of what contains them; without it the whole page.

    Raises:
        CollectError: the selector is not CSS.
    """
    return find_in_tree(parse_page(html), page_url, selector)


def find_in_tree(tree: HtmlElement, page_url: str, selector: str | None = None) -> list[str]:
    """Return what ``find_image_urls`` does, for a page that is parsed already."""
    base_url = base_address(tree, page_url)
    shown = shown_pictures(tree)
    if selector is None:
        photos = [each for each in shown if not junk_filter.is_ornament(each.element)]
        groups = _without_placeholders([_photos(candidates_of(each, base_url), page_url) for each in photos])
    else:
        groups = [candidates_of(each, base_url) for each in narrowed(shown, select(tree, selector))]
    pictures = _Pictures(groups)
    if selector is None:
        besides = [*referenced_urls.of_the_page(tree, base_url)]
        if sum(map(bool, groups)) < _FEW_PICTURES:
            besides += referenced_urls.in_state(tree, base_url)
        pictures.add_missing(url for url in besides if _is_photo(url, page_url))
    pictures.add_sizes(referenced_urls.anywhere(tree, base_url))
    return pictures.best_of_each()


def _photos(group: _Group, page_url: str) -> _Group:
    return [candidate for candidate in group if _is_photo(candidate.url, page_url)]


def _is_photo(url: str, page_url: str) -> bool:
    return not (junk_filter.never_a_photo(url) or junk_filter.is_decoration(url) or junk_filter.is_page(url, page_url))


def _without_placeholders(groups: list[_Group]) -> list[_Group]:
    """Leave out what several pictures show until their scripts have run."""
    shown_with: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    for group in groups:
        pictures = frozenset(candidate.identity.picture for candidate in group)
        for candidate in group if len(pictures) > 1 else ():
            shown_with[candidate.url].add(pictures)
    return [[each for each in group if len(shown_with[each.url]) < _SHARED_BY] for group in groups]


class _Pictures:
    """The pictures of a page, each with the addresses found for it."""

    def __init__(self, groups: Iterable[_Group]) -> None:
        self._groups: list[_Group] = []
        self._group_of: dict[str, _Group] = {}
        for group in groups:
            first = best(group)
            if first is not None:
                self._add(first.identity.picture, group)

    def _add(self, picture: str, group: _Group) -> None:
        known = self._group_of.get(picture)
        if known is None:
            known = []
            self._groups.append(known)
        known += group
        for name in (picture, *(candidate.identity.picture for candidate in group)):
            self._group_of.setdefault(name, known)

    def add_missing(self, urls: Iterable[str]) -> None:
        """Add pictures that the page names besides, and sizes of those known."""
        for url in urls:
            if identify(url).picture not in self._group_of:
                self._add(identify(url).picture, [])
            self.add_sizes([url])

    def add_sizes(self, urls: Iterable[str]) -> None:
        """Add those addresses that are known pictures in some size."""
        for url in urls:
            identity = identify(url)
            group = self._group_of.get(identity.picture)
            if group is not None:
                group.append(Candidate(url, identity.width if identity.is_sized else 0.0))

    def best_of_each(self) -> list[str]:
        """Return the largest address of each picture, in page order."""
        found = (best(group) for group in self._groups)
        return list(dict.fromkeys(candidate.url for candidate in found if candidate is not None))
