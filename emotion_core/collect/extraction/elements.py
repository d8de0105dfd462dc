"""Find the elements of a page that are pictures, and the candidate URLs of each.

The tree is walked once and each element looks at only a few others, so the time is linear in the size of the page,
however deeply it nests its elements.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from lxml.html import HtmlElement

from emotion_core.collect.extraction.candidates import RANK_PER_DENSITY, Candidate, address_candidates, srcset_candidates
from emotion_core.collect.extraction.css_backgrounds import background_candidates, first_address, stylesheet_backgrounds
from emotion_core.collect.extraction.html_tree import attributes_of
from emotion_core.collect.extraction.junk_filter import has_non_photo_suffix, is_picture_file, looks_like_address

_IMAGES = frozenset({"img", "amp-img", "image"})
_NON_PICTURES = frozenset(
    {"script", "style", "iframe", "embed", "source", "track", "audio", "meta", "link", "input", "option", "body", "html"}
)
_BACKGROUND = re.compile(r"data-(?:lazy-?)?(?:bg|background)(?:-?(?:image|img|src|set))?|data-image-src|data-srcset")
# Attributes that hold other files than the picture, or text that only a script turns into an address.
_OTHER_USE = re.compile(
    r"^(?:src|alt|title|id|class|style|value|content|href|name|on\w+|aria-.*|srcset|usemap|longdesc|itemid)$|"
    r"href|link|page|share|pin|avatar|small|placeholder|lqip|blur|fallback|error|default|logo|icon|description|sizes|"
    r"script|thumb|low|mini|preview|hover|rollover|mouse|over$|swap|back$|second|alternate|path|key|name|caption|title|"
    r"template|pattern|video|audio|mp4|poster-id|uuid|slug|(?:^|[-_])id$"
)
_PLAIN_NAMES = frozenset({"class", "id", "title", "target", "role", "type", "name", "onclick", "tabindex"})
# Names from the lists of lazy-loading libraries, and of the plugins and readers that must know them.
_IS_LAZY = re.compile(
    r"(?:data-|lazy|nitro-|v-|ng-|load|delay)"
    r".*(?:src|lazy|original|orig|image|img|url|echo|media|photo|bg|background|full|large|zoom|hi-?res|big|retina)|"
    r"^(?:file|zoomfile|original|lazyload|v-lazy)$|[a-z_:-]src$|^src[-_:]"
)
_IS_SRCSET = re.compile(r"(?:srcset|bgset|original-set|sizes-set)$")
# Attribute names that imply a large file, and the rank of each.
_ATTRIBUTE_RANKS = (
    (re.compile("orig-file|original"), 5.0),
    (re.compile("full|large|zoom|hi-?res|big|retina|orig|max"), 4.0),
    (re.compile("desktop|wide"), 0.9),
    (re.compile("mobile|phone|tablet"), 0.3),
)
# A lazy attribute usually holds the real picture, and src its placeholder. A linked file beats every named size.
_LAZY_RANK, _SRC_RANK, _LINK_WIDTH = 0.6, 0.5, 5000.0
# Attributes that show a picture without a script; all others that name a file are for lazy loading.
_STANDARD_NAMES = frozenset({"src", "srcset", "style", "poster", "href", "xlink:href", "background"})
_LENGTH = r"(\d{1,5}(?:\.\d{1,4})?)\s*(px|r?em)"
_MIN_WIDTH = re.compile(rf"min-width:\s*{_LENGTH}|width\s*>=?\s*{_LENGTH}|{_LENGTH}\s*<=?\s*width")
_MAX_WIDTH = re.compile(rf"max-width:\s*{_LENGTH}|width\s*<=?\s*{_LENGTH}")
_RANK_OF_ANY_WINDOW = 0.05
_MAX_DIGITS = 6
_NAMED_WIDTH = re.compile(r"(?<!\d)\d{3,4}(?!\d)")
_PX_PER_EM = 16.0
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
        if ancestor.tag == "a" or (ancestor.tag not in _NON_PICTURES and _names_file(ancestor)):
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
        elif tag in _IMAGES:
            frame = _around(element, "picture") if tag == "img" else None
            picture = sources.get(frame) if frame is not None else None
            # By the standard, the sources belong to the first img; a second one is a mistake in the page.
            if picture is not None and picture.element is frame:
                picture.element = element
            else:
                yield ShownPicture(element)
        elif element not in styles and _has_background_or_link(element):
            yield ShownPicture(element)


def _has_background_or_link(element: HtmlElement) -> bool:
    """Whether an element that is not an img shows a picture: a background, a poster, a lazy file or a linked file."""
    if element.tag in _NON_PICTURES:
        return False
    for name, value in attributes_of(element):
        if name in _PLAIN_NAMES:
            continue
        if name == "style":
            if "url(" in value or "image-set(" in value:
                return True
        elif (name == "href" and element.tag == "a" and is_picture_file(value)) or (
            name == "poster" and element.tag == "video"
        ):
            return True
        elif _BACKGROUND.fullmatch(name) or _is_file_attribute(name, value):
            return True
    return False


def _names_file(element: HtmlElement) -> bool:
    """Whether an attribute of an element that is not an img holds the address of a picture file."""
    return any(_is_file_attribute(name, value) for name, value in attributes_of(element))


def _is_file_attribute(name: str, value: str) -> bool:
    """Whether the value of an attribute is the address of a picture file; old tables have patterns as backgrounds."""
    if "/" not in value or not is_picture_file(value) or _OTHER_USE.search(name):
        return False
    return name != "background" or not value.lower().endswith((".gif", ".png", ".bmp"))


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
        _is_lazy_name(name) for name, _ in attributes_of(element)
    )


def _is_lazy_name(name: str) -> bool:
    return _IS_LAZY.search(name) is not None and not _OTHER_USE.search(name)


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
                initial = _usable(address_candidates(base_url, value, _SRC_RANK))
            else:
                named = _usable(_attribute_candidates(element, name, value, base_url))
                candidates += named
                is_lazy |= bool(named) and name not in _STANDARD_NAMES
    if is_picture_file(picture.link):
        candidates += _usable(address_candidates(base_url, picture.link, _LINK_WIDTH))
    if is_lazy:
        # The src of a lazy element is often a placeholder: keep it only if it is the same picture.
        known = {candidate.identity.picture for candidate in candidates}
        initial = [candidate for candidate in initial if candidate.identity.picture in known]
    return candidates + initial


def _usable(candidates: Iterable[Candidate]) -> list[Candidate]:
    return [candidate for candidate in candidates if not has_non_photo_suffix(candidate.url)]


def _attribute_candidates(element: HtmlElement, name: str, value: str, base_url: str) -> Iterator[Candidate]:
    if _IS_SRCSET.search(name):
        yield from srcset_candidates(base_url, value, *_shown_width(element))
    elif name == "style":
        if "url(" in value or "image-set(" in value:
            yield from background_candidates(base_url, value)
    elif name == "poster" or (name == "href" and (element.tag == "image" or is_picture_file(value))):
        yield from address_candidates(base_url, value)
    elif (name == "src" and element.tag in _IMAGES) or _holds_file(element, name, value):
        yield from address_candidates(base_url, first_address(value.strip("'\" ")), _attribute_rank(name))


def _holds_file(element: HtmlElement, name: str, value: str) -> bool:
    """Whether a further attribute of a picture names one of its files: by the value, or by the name of the attribute."""
    if _is_file_attribute(name, value):
        return True
    if _OTHER_USE.search(name):
        return False
    return _IS_LAZY.search(name) is not None and looks_like_address(value)


def _attribute_rank(name: str) -> float:
    """Return the width that the name of an attribute states, as in ``data-src-1280``, or its rank."""
    number = _NAMED_WIDTH.search(name)
    if number:
        return float(number.group())
    return next((rank for pattern, rank in _ATTRIBUTE_RANKS if pattern.search(name)), _LAZY_RANK)


def _shown_width(element: HtmlElement) -> tuple[float, float]:
    """Return the width in pixels at which a ``<source>`` is used, 0 if unknown, and its rank among such sources."""
    if element.tag != "source":
        return 0.0, RANK_PER_DENSITY
    media = element.get("media") or ""
    least = _MIN_WIDTH.search(media)
    declared = (element.get("width") or "").removesuffix("px")
    if declared.isascii() and declared.isdigit() and len(declared) < _MAX_DIGITS:
        return float(declared), RANK_PER_DENSITY
    if least:
        return _pixels(least), RANK_PER_DENSITY
    # Wider windows get larger files, and what no window is too wide for is the largest.
    most = _MAX_WIDTH.search(media)
    return 0.0, RANK_PER_DENSITY + min(_pixels(most) / 1e5, _RANK_OF_ANY_WINDOW) if most else RANK_PER_DENSITY + _RANK_OF_ANY_WINDOW


def _pixels(match: re.Match[str]) -> float:
    number, unit = (group for group in match.groups() if group is not None)
    return float(number) * (1.0 if unit == "px" else _PX_PER_EM)
