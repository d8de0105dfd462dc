"""Which attributes of an element name files of a picture, and how large each is.

Scripts load pictures from attributes of any name. So the value counts more than the name: any attribute that holds
the address of a picture file names one, except those for other uses.
"""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from emotion_core.collect.extraction.candidates import (
    RANK_PER_DENSITY,
    Candidate,
    address_candidates,
    srcset_candidates,
)
from emotion_core.collect.extraction.css_backgrounds import background_candidates, first_address
from emotion_core.collect.extraction.html_tree import attributes_of
from emotion_core.collect.extraction.junk_filter import is_picture_file, looks_like_address
from emotion_core.collect.extraction.size_words import word_set

IMAGES = frozenset({"img", "amp-img", "image"})
NON_PICTURES = word_set("script style iframe embed source track audio meta link input option body html")
_BACKGROUND = re.compile(r"data-(?:lazy-?)?(?:bg|background)(?:-?(?:image|img|src|set))?|data-image-src|data-srcset")
# Attributes that hold other files than the picture, or text that only a script turns into an address.
_OTHER_USE = re.compile(
    r"^(?:src|alt|title|id|class|style|value|content|href|name|on\w+|aria-.*|srcset|usemap|longdesc|itemid)$|"
    r"href|link|page(?!speed)|share|(?:^|-)pin-(?!media|free)|avatar|small|placeholder|lqip|blur|fallback|error|default|logo|icon|description|sizes$|"
    r"script|thumb|low|mini|preview|hover|rollover|mouse|(?<!c)over$|swap|back$|second|alternate|path|key|name|caption|title|"
    r"template|pattern|video|audio|mp4|poster-id|uuid|slug|(?:^|[-_])id$"
)
_PLAIN_NAMES = word_set("class id title target role type name onclick tabindex")
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
# A lazy attribute usually holds the real picture, and src its placeholder.
_LAZY_RANK, SRC_RANK = 0.6, 0.5
# Attributes that show a picture without a script; all others that name a file are for lazy loading.
STANDARD_NAMES = frozenset({"src", "srcset", "style", "poster", "href", "xlink:href", "background"})
_LENGTH = r"(\d{1,5}(?:\.\d{1,4})?)\s*(px|r?em)"
_MIN_WIDTH = re.compile(rf"min-width:\s*{_LENGTH}|width\s*>=?\s*{_LENGTH}|{_LENGTH}\s*<=?\s*width")
_MAX_WIDTH = re.compile(rf"max-width:\s*{_LENGTH}|width\s*<=?\s*{_LENGTH}")
_RANK_OF_ANY_WINDOW = 0.05
_MAX_DIGITS = 6
_NAMED_WIDTH = re.compile(r"(?<!\d)\d{3,4}(?!\d)")
_PX_PER_EM = 16.0


def has_background_or_link(element: HtmlElement) -> bool:
    """Whether an element that is not an img shows a picture: a background, a poster, a lazy file or a linked file."""
    if element.tag in NON_PICTURES:
        return False
    for name, value in attributes_of(element):
        if name in _PLAIN_NAMES:
            continue
        if _is_style(name, value) or (name, element.tag) == ("poster", "video"):
            return True
        if name == "href" and element.tag == "a" and is_picture_file(value):
            return True
        if _BACKGROUND.fullmatch(name) or _is_file_attribute(name, value):
            return True
    return False


def _is_style(name: str, value: str) -> bool:
    return name == "style" and ("url(" in value or "image-set(" in value)


def names_file(element: HtmlElement) -> bool:
    """Whether an attribute of an element that is not an img holds the address of a picture file."""
    return any(_is_file_attribute(name, value) for name, value in attributes_of(element))


def _is_file_attribute(name: str, value: str) -> bool:
    """Whether the value of an attribute is the address of a picture file; old tables have patterns as backgrounds."""
    if "/" not in value or "<" in value or not is_picture_file(value) or _OTHER_USE.search(name):
        return False
    return name != "background" or not value.lower().endswith((".gif", ".png", ".bmp"))


def is_lazy_name(name: str) -> bool:
    """Whether an attribute of this name holds what a script shows later."""
    return _IS_LAZY.search(name) is not None and not _OTHER_USE.search(name)


def attribute_candidates(element: HtmlElement, name: str, value: str, base_url: str) -> Iterator[Candidate]:
    """Yield the candidates that an attribute names.

    Args:
        element: a picture's own element, or a further one of the same picture.
        name: name of the attribute.
        value: its value.
        base_url: URL that relative references are resolved against.
    """
    if _IS_SRCSET.search(name):
        yield from srcset_candidates(base_url, value, *_shown_width(element))
    elif _is_style(name, value):
        yield from background_candidates(base_url, value)
    elif name == "poster" or (name == "href" and (element.tag == "image" or is_picture_file(value))):
        yield from address_candidates(base_url, value)
    elif (name == "src" and element.tag in IMAGES) or _holds_file(name, value):
        yield from address_candidates(base_url, first_address(value.strip("'\" ")), _attribute_rank(name))


def _holds_file(name: str, value: str) -> bool:
    """Whether a further attribute of a picture names one of its files: by its value or by its name."""
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
    above = min(_pixels(most) / 1e5, _RANK_OF_ANY_WINDOW) if most else _RANK_OF_ANY_WINDOW
    return 0.0, RANK_PER_DENSITY + above


def _pixels(match: re.Match[str]) -> float:
    number, unit = (group for group in match.groups() if group is not None)
    return float(number) * (1.0 if unit == "px" else _PX_PER_EM)
