"""Find the elements of a page that are pictures, and the candidate URLs of each.

The tree is walked once and each element looks at only a few others, so the time is linear in the size of the page,
however deeply it nests its elements.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from lxml.html import HtmlElement

from emotion_core.collect.extraction.candidates import Candidate, address_candidates
from emotion_core.collect.extraction.css_backgrounds import background_candidates, stylesheet_backgrounds
from emotion_core.collect.extraction.html_tree import attributes_of
from emotion_core.collect.extraction.junk_filter import has_non_photo_suffix, is_picture_file
from emotion_core.collect.extraction.picture_attributes import (
    IMAGES,
    NON_PICTURES,
    SRC_RANK,
    STANDARD_NAMES,
    attribute_candidates,
    has_background_or_link,
    is_lazy_name,
    names_file,
)

_LINK_WIDTH = 5000.0  # A linked file beats every named size.
_MAX_ANCESTORS = 8  # Searched for the link, picture or noscript around an img.


@dataclass(eq=False)
class ShownPicture:
    """A picture with the elements that make it up.

    Attributes:
        element: the element that shows it.
        sources: other elements of the same picture.
        styles: declarations of the page's style sheets that give it a background.
        link: address that a click on the picture opens; empty if it is not linked.
    """

    element: HtmlElement
    sources: list[HtmlElement] = field(default_factory=list)
    link: str = ""
    styles: list[str] = field(default_factory=list)

    def elements(self) -> list[HtmlElement]:
        """Return all elements of the picture."""
        return [self.element, *self.sources]


def shown_pictures(tree: HtmlElement) -> list[ShownPicture]:
    """Return the pictures of a page, in page order; repeated pictures are kept."""
    pictures = list(_pictures(tree))
    frames: dict[HtmlElement, list[ShownPicture]] = {}
    for picture in pictures:
        frame = _frame_around(picture.element)
        if frame is not None:
            frames.setdefault(frame, []).append(picture)
    alone = {frame: inside[0] for frame, inside in frames.items() if len(inside) == 1}
    for frame, picture in alone.items():
        if frame.tag == "a":
            picture.link = frame.get("href") or ""
        picture.sources.append(frame)
    _merge_noscripts(pictures)
    return [picture for picture in pictures if picture.element not in alone and picture.element.tag != "noscript"]


def _frame_around(element: HtmlElement) -> HtmlElement | None:
    """Return the link around a picture, or the element around it that names a file to show in large."""
    for ancestor in islice(element.iterancestors(), _MAX_ANCESTORS):
        if ancestor.tag == "a" or (ancestor.tag not in NON_PICTURES and names_file(ancestor)):
            return ancestor
    return None


def _pictures(tree: HtmlElement) -> Iterator[ShownPicture]:
    sources: dict[HtmlElement, ShownPicture] = {}
    styles = stylesheet_backgrounds(tree)
    for element in tree.iter("*"):
        tag = element.tag
        if element in styles:
            yield ShownPicture(element, styles=styles[element])
        if tag == "source":
            frame = _around(element, "picture")
            if frame is not None:
                sources[frame].sources.append(element)
        elif tag == "picture":
            sources[element] = ShownPicture(element)
            yield sources[element]
        elif tag in IMAGES:
            frame = _around(element, "picture") if tag == "img" else None
            picture = sources.get(frame) if frame is not None else None
            # By the standard, the sources belong to the first img; a second one is a mistake in the page.
            if picture is not None and picture.element is frame:
                picture.element = element
            else:
                yield ShownPicture(element)
        elif element not in styles and has_background_or_link(element):
            yield ShownPicture(element)


def _around(element: HtmlElement, tag: str) -> HtmlElement | None:
    # libxml2 does not know that <source> is a void element and nests what follows inside it.
    ancestors = (ancestor for ancestor in element.iterancestors() if ancestor.tag != "source")
    return next((ancestor for ancestor in islice(ancestors, _MAX_ANCESTORS) if ancestor.tag == tag), None)


def _merge_noscripts(pictures: list[ShownPicture]) -> None:
    """Merge the copy in a ``<noscript>`` into the lazy picture beside it."""
    inside: dict[HtmlElement, list[int]] = {}
    for index, picture in enumerate(pictures):
        noscript = _around(picture.element, "noscript")
        if noscript is not None:
            inside.setdefault(noscript, []).append(index)
    copies = set()
    for noscript, indices in inside.items():
        lazy = _lazy_neighbor(noscript, pictures, indices[0]) if len(indices) == 1 else None
        if lazy is not None:
            lazy.sources += pictures[indices[0]].elements()
            copies.add(indices[0])
    pictures[:] = [picture for index, picture in enumerate(pictures) if index not in copies]


def _lazy_neighbor(noscript: HtmlElement, pictures: list[ShownPicture], index: int) -> ShownPicture | None:
    """Return the only picture in the element before or after a ``<noscript>``, if it is lazy."""
    for beside, neighbor in ((index - 1, noscript.getprevious()), (index + 1, noscript.getnext())):
        if neighbor is None or not 0 <= beside < len(pictures):
            continue
        picture = pictures[beside]
        if neighbor.tag != "noscript" and _is_in(picture.element, neighbor) and _is_lazy(picture.element):
            # A neighbor with two pictures gives no way to tell which of them the copy belongs to.
            further = 2 * beside - index
            if not (0 <= further < len(pictures) and _is_in(pictures[further].element, neighbor)):
                return picture
    return None


def _is_in(element: HtmlElement, container: HtmlElement) -> bool:
    ancestors = islice(element.iterancestors(), _MAX_ANCESTORS)
    return element is container or any(ancestor is container for ancestor in ancestors)


def _is_lazy(element: HtmlElement) -> bool:
    return (element.get("src") or "data:").startswith("data:") or any(
        is_lazy_name(name) for name, _ in attributes_of(element)
    )


def select_pictures(pictures: list[ShownPicture], matches: Iterable[HtmlElement]) -> list[ShownPicture]:
    """Return the pictures that a CSS selector picks.

    Args:
        pictures: all pictures of the page.
        matches: elements that the selector matches: pictures, their sources or their containers.
    """
    inside = {element for match in _outermost(matches) for element in match.iter("*")}
    return [picture for picture in pictures if not inside.isdisjoint(picture.elements())]


def _outermost(matches: Iterable[HtmlElement]) -> Iterator[HtmlElement]:
    """Yield the matches that lie in no other match, so that no subtree is walked twice."""
    matches = set(matches)
    return (match for match in matches if matches.isdisjoint(match.iterancestors()))


def candidates_of(picture: ShownPicture, base_url: str) -> list[Candidate]:
    """Return the candidate URLs of a picture.

    Args:
        picture: the picture; ``src`` of its own element comes last.
        base_url: URL that relative references are resolved against.
    """
    candidates: list[Candidate] = []
    initial: list[Candidate] = []
    is_lazy = False
    for style in picture.styles:
        candidates += background_candidates(base_url, style)
    for element in picture.elements():
        for name, value in attributes_of(element):
            if name == "href" and element.tag == "a" and element is not picture.element:
                continue  # The link, which counts below.
            if name == "src" and element is picture.element:
                initial = _usable(address_candidates(base_url, value, SRC_RANK))
            else:
                named = _usable(attribute_candidates(element, name, value, base_url))
                candidates += named
                is_lazy |= bool(named) and name not in STANDARD_NAMES
    if is_picture_file(picture.link):
        candidates += _usable(address_candidates(base_url, picture.link, _LINK_WIDTH))
    if is_lazy:
        # The src of a lazy element is often a placeholder: keep it only if it is the same picture.
        known = {candidate.identity.picture for candidate in candidates}
        initial = [candidate for candidate in initial if candidate.identity.picture in known]
    return candidates + initial


def _usable(candidates: Iterable[Candidate]) -> list[Candidate]:
    return [candidate for candidate in candidates if not has_non_photo_suffix(candidate.url)]
