"""Recognize a site's furniture by the elements that show it: their classes, size, text, link and place on the page."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from emotion_core.collect.extraction.furniture import is_graphic_file, words_of
from emotion_core.collect.extraction.furniture_words import (
    ALT_NEUTRAL,
    ALT_SIGNS,
    BAR_NEUTRAL,
    BARS,
    BRANDS,
    CLASS_NEUTRAL,
    CLASSES,
    NEUTRAL,
    SURE_CLASSES,
)
from emotion_core.collect.urls import url_parts

_BARS = frozenset({"nav", "footer", "button"})
_LISTS = frozenset({"ul", "ol", "li"})
_CONTENT = frozenset({"article", "figure", "main"})
_SLIDES = frozenset({"slide", "slides", "slider", "slideshow", "carousel", "swiper", "gallery", "revslider", "hero"})
_PAGE = frozenset({"html", "body", "main", "article"})
_MAX_ANCESTORS = 8
_NEAR = 3  # The element itself, and two around it.
_MAX_NAMES = 20  # Classes of an element.
_NOT = frozenset({"has", "with", "no", "without", "spip"})  # SPIP calls the photo of an article its logo.
_LOGO = frozenset({"logo", "logos", "logotype"})
_ONLY = frozenset({*_LOGO, "captcha", "avatar"})
_MAX_ALT_WORDS = 4
# Buttons of 88 x 31 pixels and less; headings and advertisements such as 468 x 60.
_MAX_BUTTON_SIDE_PX, _MAX_GRAPHIC_SIDE_PX = 33, 60
_MIN_PHOTO_SIDE_PX = 200
_MAX_LATER_PX = 2  # A script sets the size later.
_MIN_STRIP_RATIO, _MAX_STRIP_SIDE_PX = 4.5, 100
_SHARING = re.compile(
    r"^(?:mailto|tel|sms|whatsapp|skype|fax|zune):|[/.]sharer\b|/share(?:\?|/?$)|/intent/|shareArticle|addtoany|"
    r"/pin/create|/submit\?url=",
    re.IGNORECASE,
)
_MAX_GRAPHIC_DEPTH = 2
_STATIC_GIF = re.compile(
    r"^(?!.*(?:upload|galler|photo|product)).*/(?:images?|imgs?|gfx|graphics|assets|static|i|g)/(?:[\w.-]+/)?"
    r"[a-z]{1,15}(?:[-_][a-z]{1,15})?[-_]?\d{0,2}\.gif$",
    re.IGNORECASE,
)
# Where only a PNG or GIF is a button.
_ACTION = re.compile(
    r"//(?:apps|itunes)\.apple\.com/|//play\.google\.com/store|//market\.android|/(?:log-?in|sign-?in|sign-?up|register|log-?out|"
    r"cart|basket|checkout|rss|feed)/?(?:\.\w+)?(?:\?|$)",
    re.IGNORECASE,
)


def is_furniture_element(element: HtmlElement) -> bool:
    """Whether the classes of an element, or of those just around it, are those of icons, ratings or avatars."""
    near = (other for other in (element, *islice(element.iterancestors(), _NEAR - 1)) if other.tag not in _PAGE)
    return any(
        _is_furniture_class(other.get("class") or "") or _is_furniture_id(other.get("id") or "") for other in near
    )


@lru_cache(maxsize=4096)
def _is_furniture_class(classes: str) -> bool:
    """Whether every word of one of the classes says so, as in ``social-icons``, or one beyond doubt."""
    return any(_is_furniture_name(name) for name in classes.split()[:_MAX_NAMES])


def _is_furniture_name(name: str) -> bool:
    content = [word for word in words_of(name[:60]) if word not in CLASS_NEUTRAL]
    return (bool(content) and CLASSES.issuperset(content)) or _is_furniture_id(name)


@lru_cache(maxsize=4096)
def _is_furniture_id(name: str) -> bool:
    """Whether a class or an id begins or ends with a word such as ``logo``, or holds one beyond doubt."""
    words = words_of(name[:60])
    if not words or not _NOT.isdisjoint(words):
        return False
    return not _LOGO.isdisjoint((words[0], words[-1])) or not SURE_CLASSES.isdisjoint(words)


def is_furniture_picture(element: HtmlElement, link: str, urls: Iterable[str], sides: list[int]) -> bool:
    """Whether a picture is a label, a seal, a flag or a button: by its text, its link, its size or its place.

    Args:
        element: the element that shows it.
        link: address that a click on it opens; empty if it is not linked.
        urls: its URLs.
        sides: width and height in pixels that the page states, those that it does.
    """
    urls = list(urls)
    is_graphic = all(map(is_graphic_file, urls))
    return (
        _is_furniture_text(element.get("alt") or "", is_graphic)
        or _is_furniture_link(link, urls, is_graphic, max(sides, default=0) >= _MIN_PHOTO_SIDE_PX)
        or (len(set(urls)) == 1 and _is_furniture_size(sides, is_graphic))
        or (is_graphic and _is_in_bar(element))
        or _is_static_gif(element, urls, sides)
    )


def _is_furniture_text(alt: str, is_graphic: bool) -> bool:
    words = words_of(alt[:100])
    if not words or len(words) > _MAX_ALT_WORDS:
        return False
    content = [word for word in words if word not in ALT_NEUTRAL]
    if is_graphic and content and (ALT_SIGNS | BRANDS).issuperset(content):
        return True
    # In an article, a photo may be of a logo.
    return _ONLY.issuperset(content or words) or (is_graphic and not _ONLY.isdisjoint((words[0], words[-1])))


def _is_furniture_link(link: str, urls: list[str], is_graphic: bool, is_large: bool) -> bool:
    if _SHARING.search(link):
        return is_graphic or not is_large
    if is_graphic and _ACTION.search(link):
        return True
    if not link.startswith(("http", "//")):
        return False
    parts = url_parts(link)
    brands = set() if parts.query else BRANDS.intersection((parts.hostname or "").split("."))
    depth = len(parts.path.strip("/").split("/"))
    # The page of a person or a firm at a service, not a photo there.
    if not brands or depth > (_MAX_GRAPHIC_DEPTH if is_graphic else 1):
        return False
    names = [url_parts(url).path.rpartition("/")[2].lower() for url in urls]
    return is_graphic or any(brand in name for brand in brands for name in names)


def _is_furniture_size(sides: list[int], is_graphic: bool) -> bool:
    if len(sides) < 2:
        return is_graphic and bool(sides) and sides[0] <= _MAX_BUTTON_SIDE_PX
    shorter, longer = min(sides), max(sides)
    if longer <= _MAX_LATER_PX:
        return False
    if shorter <= (_MAX_GRAPHIC_SIDE_PX if is_graphic else _MAX_BUTTON_SIDE_PX):
        return True
    return shorter <= _MAX_STRIP_SIDE_PX and longer >= _MIN_STRIP_RATIO * shorter


def _is_in_bar(element: HtmlElement) -> bool:
    """Whether an element lies in a menu, a header, a footer or a button, but not in an article."""
    for ancestor in islice(element.iterancestors(), _MAX_ANCESTORS):
        if ancestor.tag in _BARS:
            return True
        if ancestor.tag in _CONTENT:
            return False
        is_list = ancestor.tag in _LISTS
        names = list(_names(ancestor))
        if any(_is_slide_name(name) for name in names):
            return False
        if any(_is_bar_name(name, is_list) for name in names):
            return True
    return False


@lru_cache(maxsize=4096)
def _is_slide_name(name: str) -> bool:
    return not _SLIDES.isdisjoint(words_of(name[:60]))


def _names(element: HtmlElement) -> Iterator[str]:
    yield element.get("id") or ""
    yield from (element.get("class") or "").split()[:_MAX_NAMES]


@lru_cache(maxsize=4096)
def _is_bar_name(name: str, is_list: bool) -> bool:
    """Whether a class or an id says header, footer or menu, and nothing else; a menu outside a list may be of food."""
    words = words_of(name[:60])
    content = [word for word in words if word not in BAR_NEUTRAL]
    if content:
        return BARS.issuperset(content)
    return "menu" in words and (is_list or len(words) > 1)


def _is_static_gif(element: HtmlElement, urls: list[str], sides: list[int]) -> bool:
    """Whether a picture without a text is a GIF named by a word or two, as ``/img/new_post.gif``."""
    if (element.get("alt") or "").strip() or max(sides, default=0) >= _MIN_PHOTO_SIDE_PX:
        return False
    return bool(urls) and all(_STATIC_GIF.search(url_parts(url).path) for url in urls)


def is_background(element: HtmlElement, urls: Iterable[str]) -> bool:
    """Whether the background of an element is named as such, as in ``bg-top.jpg``."""
    if element.tag in ("img", "amp-img", "image", "picture", "a"):
        return False
    return all(_is_background_name(url_parts(url).path.rpartition("/")[2].rpartition(".")[0]) for url in urls)


def _is_background_name(stem: str) -> bool:
    words = words_of(stem)
    content = [word for word in words if word not in NEUTRAL]
    return len(content) < _NEAR and not {"bg", "background", "bgr"}.isdisjoint(words[:1] + words[-1:])
