"""What a page loads as a picture and is none: trackers, spacers, drawings, logos, icons."""

import re
from urllib.parse import unquote, urlsplit

from bs4 import Tag

_OTHER_SUFFIXES = (
    ".svg",
    ".svgz",
    ".ico",
    ".mp4",
    ".webm",
    ".mov",
    ".m3u8",
    ".mp3",
    ".js",
    ".css",
    ".html",
    ".htm",
    ".pdf",
)
_PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff")
_TRACKER_HOSTS = (
    "facebook.com",
    "google-analytics.com",
    "googletagmanager.com",
    "doubleclick.net",
    "pixel.wp.com",
    "scorecardresearch.com",
    "bat.bing.com",
    "quantserve.com",
    "mc.yandex.ru",
)
# A file is decoration where its name says nothing else: "blank.gif" is, "blank-stare-of-a-man.jpg" is not.
_DECORATION_NAME = "spacer|blank|transparent|placeholder|pixel|load(ing|er)|spinner|cleardot|shim"
_MARK_NAME = "sprites?|logos?|icons?|favicon"
_DECORATION = re.compile(f"{_DECORATION_NAME}|{_MARK_NAME}")
_MARK = re.compile(_MARK_NAME)
_ADDS_NOTHING = re.compile(
    "ima?ge?s?|pic|bg|background|default|lazy|lazyload|white|black|gr[ea]y|site|header|footer|dark|light|small|large|main|"
    "mobile|desktop|x|px|w|h|new|the|no"
)
_MARK_NAME_WORDS = 3
_WORD = re.compile(r"[^\W\d_]+")
_MAX_TRACKER_SIDE_PX = 2


def never_a_photo(url: str) -> bool:
    """Whether an address names a drawing, a film or no picture at all."""
    return urlsplit(url).path.lower().endswith(_OTHER_SUFFIXES)


def is_decoration(url: str) -> bool:
    """Whether an address names a placeholder, a logo, an icon or a tracker, as far as its name alone is proof."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if any(host == tracker or host.endswith(f".{tracker}") for tracker in _TRACKER_HOSTS):
        return True
    name = unquote(parts.path).rpartition("/")[2].lower()
    stem, _, suffix = name.rpartition(".")
    words = _WORD.findall(stem or name)
    telling = [word for word in words if not _ADDS_NOTHING.fullmatch(word)]
    if stem == "1x1" or (telling and all(map(_DECORATION.fullmatch, telling))):
        return True
    # Photos are seldom PNG or GIF, logos seldom JPEG; a JPEG is left out only where its whole name is decoration.
    short = suffix in ("png", "gif", "webp") and 0 < len(words) <= _MARK_NAME_WORDS
    return short and any(map(_MARK.fullmatch, (words[0], words[-1])))


def is_tracker(element: Tag) -> bool:
    """Whether an img is one or two pixels large and says nothing to people who cannot see it."""
    sides = [element.get(name) for name in ("width", "height")]
    # Some sites give real covers a width of 1 for their scripts to change; those carry a text.
    return all(_is_tiny(side) for side in sides) and not str(element.get("alt") or "").strip()


def _is_tiny(side: object) -> bool:
    text = str(side or "").strip().lower().removesuffix("px")
    return text.isascii() and text.isdigit() and int(text) <= _MAX_TRACKER_SIDE_PX


def looks_like_address(value: str) -> bool:
    """Whether an attribute of a script holds an address, not ``true``, an id or JSON."""
    text = value.strip()
    if not text or text[0] in "{[<":
        return False
    return "/" in text or text.lower().partition("?")[0].endswith(_PHOTO_SUFFIXES)
