"""What a page loads as a picture and is none: trackers, spacers, drawings, logos, icons."""

import re
from itertools import islice
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from emotion_core.collect.extraction.size_variants import RASTER_SUFFIXES

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
_TRACKER = re.compile(
    # Of hosts.
    r"//[^/]*(?:google-analytics|googletagmanager|googleadservices|doubleclick|scorecardresearch|quantserve|imrworldwide|"
    r"bat\.bing\.|mc\.yandex|smartadserver|ivwbox|xiti\.com|webtrends|omtrdc|2o7\.net|adform\.net|adnxs\.com|atwola|"
    r"adtech\.de|fastclick\.net|openx\.net|qnsr\.com|exoclick|boldchat|sitemeter|histats|gemius|liveinternet|"
    r"addthis\.com|chartbeat|newrelic|vgwort|ioam\.de|bluekai|demdex|revsci|adserver)|"
    r"//(?:[^/]{1,60}\.)?(?:[\w-]{0,20}counter|hits?|hitcount|stats?|track(?:ing|er)?|pixel|beacon)\d*\.[\w-]+\.|"
    r"//[^/]{0,60}counter\.(?:com|net|org|ru|de)/|"
    # Of paths.
    r"facebook\.com/tr\b|/b/ss/|/(?:counter|hit|count)(?:\.\w+)?\?|/njs\.gif|/adserv\b|/(?:piwik|matomo)\.php|/delivery/(?:avw|lg)\.php|[?&]action=(?:cron|stats?)\b",
    re.IGNORECASE,
)
# A file is decoration where its name says nothing else: "blank.gif" is, "blank-stare-of-a-man.jpg" is not.
_PLACEHOLDER_NAME = (
    "spacer|blank|clear|empty|trans(parent)?|placeholder|pixel|lazyload|load(ing|er)|spinner|cleardot|shim"
)
_MARK_NAME = "sprites?|logos?|icons?|favicon"
_SIGN_NAME = (
    "arrow|bullet|rss|facebook|twitter|instagram|pinterest|linkedin|xing|whatsapp|youtube|telegram|flipboard|"
    "reddit|tiktok"
)
_DECORATION = re.compile(f"{_PLACEHOLDER_NAME}|{_MARK_NAME}|{_SIGN_NAME}")
_MARK = re.compile(_MARK_NAME)
_PLACEHOLDER = re.compile(_PLACEHOLDER_NAME)
_ADDS_NOTHING = re.compile(
    "ima?ge?s?|pic|bg|background|default|lazy|lazyload|white|black|gr[ea]y|site|header|footer|dark|light|small|large|main|"
    "mobile|desktop|x|px|w|h|new|the|no"
)
_MARK_NAME_WORDS = 3
_WORD = re.compile(r"[^\W\d_]+")
_PHOTO_SUFFIXES = tuple(suffix for suffix in RASTER_SUFFIXES if suffix != ".gif")
_NEAR = 8  # Ancestors looked at.
_MAX_TRACKER_SIDE_PX = 2
_MAX_ICON_SIDE_PX = 32
_MAX_LINE_PX = 10
_MAX_DIGITS = 6
_STYLED_SIDE = {name: re.compile(rf"(?<![\w-]){name}:\s*(\d+)px") for name in ("width", "height")}
_ORNAMENT_CLASSES = frozenset({"icon", "emoji", "smiley", "wp-smiley", "twemoji", "sprite", "spacer", "flag-icon"})
_PAGE_ABOUT_FILE = re.compile(r":[^/]*$|/(?:wiki|blob)/")


def never_a_photo(url: str) -> bool:
    """Whether an address names a drawing, a film or no picture at all."""
    return urlsplit(url).path.lower().endswith(_OTHER_SUFFIXES)


def is_decoration(url: str) -> bool:
    """Whether an address names a placeholder, a logo, an icon or a tracker, as far as its name alone is proof."""
    if _TRACKER.search(url):
        return True
    parts = urlsplit(url)
    name = unquote(parts.path).rpartition("/")[2].lower()
    stem, _, suffix = name.rpartition(".")
    words = _WORD.findall(stem or name)
    telling = [word for word in words if not _ADDS_NOTHING.fullmatch(word)]
    if stem == "1x1" or (telling and all(map(_DECORATION.fullmatch, telling))):
        return True
    # Photos are hardly ever GIF and seldom PNG; a JPEG is left out only where its whole name is decoration.
    if suffix == "gif" and any(map(_PLACEHOLDER.fullmatch, words)):
        return True
    short = suffix in ("png", "gif", "webp") and 0 < len(words) <= _MARK_NAME_WORDS
    return short and bool(_MARK.fullmatch(words[0]) or _DECORATION.fullmatch(words[-1]))


def is_page(url: str, page_url: str) -> bool:
    """Whether an address is that of the page itself or of a site's first page, named for a picture by mistake."""
    return url.partition("#")[0] == page_url.partition("#")[0] or urlsplit(url)[2:4] in (("/", ""), ("", ""))


def is_ornament(element: HtmlElement) -> bool:
    """Whether an element is a tracker, a spacer or an icon by its size or by what its page calls it."""
    width, height = (_side_px(element, name) for name in ("width", "height"))
    # Some sites give real covers a width of 1 for their scripts to change; those carry a text.
    if width is not None and height is not None and max(width, height) <= _MAX_TRACKER_SIDE_PX:
        return not (element.get("alt") or "").strip()
    style = (element.get("style") or "").replace(" ", "").lower()
    if ("display:none" in style or _in_noscript(element)) and _says_nothing(element, width):
        return True
    known = [side for side in (width, height) if side is not None]
    if known and (min(known) <= _MAX_LINE_PX or (len(known) > 1 and max(known) <= _MAX_ICON_SIDE_PX)):
        return True
    return not _ORNAMENT_CLASSES.isdisjoint((element.get("class") or "").lower().split())


def _in_noscript(element: HtmlElement) -> bool:
    return any(above.tag == "noscript" for above in islice(element.iterancestors(), _NEAR))


def _says_nothing(element: HtmlElement, width: int | None) -> bool:
    """Whether a hidden img, without text, width and the name of a photo's file, can only be a tracker."""
    file = (element.get("src") or "").partition("?")[0].lower()
    return not (element.get("alt") or "").strip() and not width and not file.endswith(_PHOTO_SUFFIXES)


def _side_px(element: HtmlElement, name: str) -> int | None:
    text = (element.get(name) or "").strip().lower().removesuffix("px")
    if not text:
        styled = _STYLED_SIDE[name].search(element.get("style") or "")
        text = styled.group(1) if styled else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MAX_DIGITS else None


def looks_like_address(value: str) -> bool:
    """Whether an attribute of a script holds an address, not ``true``, an id or JSON."""
    text = value.strip()
    if not text or text[0] in "{[<":
        return False
    return "/" in text or text.lower().partition("?")[0].endswith(RASTER_SUFFIXES)


def is_picture_file(address: str) -> bool:
    """Whether a link leads to a picture itself, not to a page about one, as ``/wiki/File:Man.jpg`` does."""
    path = address.partition("?")[0].partition("#")[0]
    if not path.lower().rstrip().endswith(RASTER_SUFFIXES):
        return False
    return _PAGE_ABOUT_FILE.search(path) is None
