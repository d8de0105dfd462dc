"""Which elements of a page are pictures, and the addresses that each names.

The tree is walked once and no element looks at more than a few others, so that the time grows with the page and not
with its square, however a page nests its elements.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from lxml.html import HtmlElement

from emotion_core.collect.extraction.candidates import Candidate, from_address, from_srcset
from emotion_core.collect.extraction.html_tree import attributes_of
from emotion_core.collect.extraction.junk_filter import is_picture_file, looks_like_address, never_a_photo

_IMAGES = frozenset({"img", "amp-img", "image"})
_NO_PICTURES = frozenset({"script", "iframe", "embed", "source", "track", "audio", "meta", "link", "input"})
_BACKGROUND = re.compile(r"data-(?:lazy-?)?(?:bg|background)(?:-?(?:image|img|src|set))?|data-image-src|data-srcset")
# On elements that are no img these hold addresses of frames and pages, too.
_LAZY_FILES = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-image", "data-full")
_IS_LAZY = re.compile(
    r"(?:data-|lazy)(?!.*(?:href|link|page|share|avatar|small|placeholder|lqip|blur|fallback|error|default|logo|icon|"
    r"description|sizes|script|thumb))"
    r".*(?:src|lazy|original|orig|image|img|url|echo|media|photo|bg|background|full|large|zoom|hi-?res|big|retina)"
)
_IS_SRCSET = re.compile(r"(?:srcset|bgset|original-set|sizes-set)$")
# Attributes that promise a large file, in the order of what they promise.
_PROMISES = (
    (re.compile("orig-file|original"), 5.0),
    (re.compile("full|large|zoom|hi-?res|big|retina|orig|max"), 4.0),
)
_LAZY_RANK, _SOURCE_RANK, _LINK_WIDTH = 0.6, 0.5, 5000.0
_CSS_ADDRESS = re.compile(r"""url\(\s*("[^"]*"|'[^']*'|[^'")\s]*)""")
_MIN_WIDTH = re.compile(r"min-width:\s*(\d+(?:\.\d+)?)\s*(px|r?em)")
_PX_PER_EM = 16.0
_MAX_BACKGROUNDS = 10  # Of one element.
_NEAR = 8  # Ancestors looked at for the link, the picture and the noscript around an img.


@dataclass(eq=False)
class Shown:
    """A picture as the page has it.

    Attributes:
        element: that shows it.
        sources: other elements of the same picture.
        link: to the file that opens when it is clicked; empty where there is none.
    """

    element: HtmlElement
    sources: list[HtmlElement] = field(default_factory=list)
    link: str = ""

    def elements(self) -> list[HtmlElement]:
        """Return all elements of the picture."""
        return [self.element, *self.sources]


def shown_pictures(tree: HtmlElement) -> list[Shown]:
    """Return the pictures of a page, in page order; one that is there twice is returned twice."""
    pictures = list(_pictures(tree))
    links: dict[HtmlElement, list[Shown]] = {}
    for picture in pictures:
        link = _around(picture.element, "a")
        if link is not None and link is not picture.element:
            links.setdefault(link, []).append(picture)
    for link, inside in links.items():
        if len(inside) == 1:
            inside[0].link = link.get("href") or ""
    _merge_noscripts(pictures)
    alone = {link for link, inside in links.items() if len(inside) == 1}
    return [picture for picture in pictures if picture.element not in alone and picture.element.tag != "noscript"]


def _pictures(tree: HtmlElement) -> Iterator[Shown]:
    sources: dict[HtmlElement, Shown] = {}
    for element in tree.iter("*"):
        tag = element.tag
        if tag == "source":
            frame = _around(element, "picture")
            if frame is not None:
                sources[frame].sources.append(element)
        elif tag == "picture":
            sources[element] = Shown(element)
            yield sources[element]
        elif tag in _IMAGES:
            frame = _around(element, "picture") if tag == "img" else None
            picture = sources.get(frame) if frame is not None else None
            # By the standard the sources are those of the first img; more than one is a mistake of the page.
            if picture is not None and picture.element is frame:
                picture.element = element
            else:
                yield Shown(element)
        elif _shows_otherwise(element):
            yield Shown(element)


def _shows_otherwise(element: HtmlElement) -> bool:
    attributes = element.attrib
    if not attributes or element.tag in _NO_PICTURES:
        return False
    if "style" in attributes and "url(" in attributes["style"]:
        return True
    if element.tag == "a" and is_picture_file(attributes.get("href", "")):
        return True
    if any(_BACKGROUND.fullmatch(name) for name, _ in attributes_of(element)) or (
        element.tag == "video" and "poster" in attributes
    ):
        return True
    return any(name in attributes and is_picture_file(attributes[name]) for name in _LAZY_FILES)


def _around(element: HtmlElement, tag: str) -> HtmlElement | None:
    # The parser does not know that a <source> ends at once: it puts what follows into it.
    above = (ancestor for ancestor in element.iterancestors() if ancestor.tag != "source")
    return next((ancestor for ancestor in islice(above, _NEAR) if ancestor.tag == tag), None)


def _merge_noscripts(pictures: list[Shown]) -> None:
    """Give the copy for visitors without scripts to the lazy picture beside it."""
    inside: dict[HtmlElement, list[int]] = {}
    for index, picture in enumerate(pictures):
        noscript = _around(picture.element, "noscript")
        if noscript is not None:
            inside.setdefault(noscript, []).append(index)
    copies = set()
    for noscript, indices in inside.items():
        twin = _twin(noscript, pictures, indices[0]) if len(indices) == 1 else None
        if twin is not None:
            twin.sources += pictures[indices[0]].elements()
            copies.add(indices[0])
    pictures[:] = [picture for index, picture in enumerate(pictures) if index not in copies]


def _twin(noscript: HtmlElement, pictures: list[Shown], index: int) -> Shown | None:
    for beside, neighbour in ((index - 1, noscript.getprevious()), (index + 1, noscript.getnext())):
        if neighbour is None or not 0 <= beside < len(pictures):
            continue
        found = pictures[beside]
        if neighbour.tag != "noscript" and _is_in(found.element, neighbour) and _is_lazy(found.element):
            further = 2 * beside - index
            if not (0 <= further < len(pictures) and _is_in(pictures[further].element, neighbour)):
                return found
    return None


def _is_in(element: HtmlElement, container: HtmlElement) -> bool:
    return element is container or any(above is container for above in islice(element.iterancestors(), _NEAR))


def _is_lazy(element: HtmlElement) -> bool:
    return (element.get("src") or "data:").startswith("data:") or any(
        _IS_LAZY.match(name) for name, _ in attributes_of(element)
    )


def narrowed(pictures: list[Shown], matches: Iterable[HtmlElement]) -> list[Shown]:
    """Return the pictures that a person picked: an element of theirs, or one around them, is among the matches."""
    inside = {element for match in _outermost(matches) for element in match.iter("*")}
    return [picture for picture in pictures if not inside.isdisjoint(picture.elements())]


def _outermost(matches: Iterable[HtmlElement]) -> Iterator[HtmlElement]:
    """Give the matches that are in no other, so that none is walked twice."""
    every = set(matches)
    return (match for match in every if every.isdisjoint(match.iterancestors()))


def candidates_of(picture: Shown, base_url: str) -> list[Candidate]:
    """Return the addresses that the elements of a picture name, each with what it promises."""
    named: list[Candidate] = []
    first: list[Candidate] = []
    is_lazy = False
    for element in picture.elements():
        for name, value in attributes_of(element):
            if name == "src" and element is picture.element:
                first = _usable(from_address(base_url, value, _SOURCE_RANK))
            else:
                found = _usable(_named_in(element, name, value, base_url))
                named += found
                is_lazy |= bool(found) and _IS_LAZY.match(name) is not None
    if is_picture_file(picture.link):
        named += _usable(from_address(base_url, picture.link, _LINK_WIDTH))
    if is_lazy:
        # What a lazy element shows at first is often not its picture.
        known = {candidate.identity.picture for candidate in named}
        first = [candidate for candidate in first if candidate.identity.picture in known]
    return named + first


def _usable(candidates: Iterable[Candidate]) -> list[Candidate]:
    return [candidate for candidate in candidates if not never_a_photo(candidate.url)]


def _named_in(element: HtmlElement, name: str, value: str, base_url: str) -> Iterator[Candidate]:
    if _IS_SRCSET.search(name):
        yield from from_srcset(base_url, value, _media_width(element))
    elif name == "style":
        for found in islice(_CSS_ADDRESS.finditer(value), _MAX_BACKGROUNDS):
            yield from from_address(base_url, found.group(1).strip("'\""))
    elif name == "poster" or (name == "href" and (element.tag == "image" or is_picture_file(value))):
        yield from from_address(base_url, value)
    elif (name == "src" and element.tag == "img") or (_IS_LAZY.match(name) and looks_like_address(value)):
        yield from from_address(base_url, _css_or_plain(value), _promise(name))


def _promise(name: str) -> float:
    return next((rank for pattern, rank in _PROMISES if pattern.search(name)), _LAZY_RANK)


def _css_or_plain(value: str) -> str:
    found = _CSS_ADDRESS.search(value)
    return found.group(1).strip("'\"") if found else value


def _media_width(source: HtmlElement) -> float:
    """Return the width from which on a ``<source>`` is used, in pixels; wider windows are given larger files."""
    found = _MIN_WIDTH.search(source.get("media") or "")
    if found is None:
        return 0.0
    return float(found.group(1)) * (1.0 if found.group(2) == "px" else _PX_PER_EM)
