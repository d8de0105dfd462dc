"""Filter out what pages load as pictures but is not a photo: trackers, spacers, drawings, logos and icons."""

import re
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from emotion_core.collect.extraction.candidates import is_srcset
from emotion_core.collect.extraction.furniture import is_furniture_file
from emotion_core.collect.extraction.furniture_elements import is_furniture_element
from emotion_core.collect.extraction.inline_data import is_inline
from emotion_core.collect.extraction.size_patterns import RASTER_SUFFIXES
from emotion_core.collect.urls import url_parts

_NON_PHOTO_SUFFIXES = (
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
    # Hosts.
    r"//[^/]*(?:google-analytics|googletagmanager|googleadservices|doubleclick|scorecardresearch|quantserve|imrworldwide|"
    r"bat\.bing\.|mc\.yandex|smartadserver|ivwbox|xiti\.com|webtrends|omtrdc|2o7\.net|adform\.net|adnxs\.com|atwola|"
    r"adtech\.de|fastclick\.net|openx\.net|qnsr\.com|exoclick|boldchat|sitemeter|histats|gemius|liveinternet|"
    r"addthis\.com|chartbeat|newrelic|vgwort|ioam\.de|bluekai|demdex|revsci|adserver)|"
    r"//(?:[^/]{1,60}\.)?(?:[\w-]{0,20}counter|hits?|hitcount|stats?|track(?:ing|er)?|pixel|beacon)\d*\.[\w-]+\.|"
    r"//[^/]{0,60}counter\.(?:com|net|org|ru|de)/|"
    # Paths.
    r"facebook\.com/tr\b|/b/ss/|/(?:counter|hit|count)(?:\.\w+)?\?|/njs\.gif|/adserv\b|/(?:piwik|matomo)\.php|/delivery/(?:avw|lg)\.php|[?&]action=(?:cron|stats?)\b",
    re.IGNORECASE,
)
# Portraits of users and letters to type, which forums serve by a script or from a host of their own.
_PORTRAIT = re.compile(
    r"//[^/]{0,80}(?:avatar|emoji|smil(?:ey|ies)|badges)s?\d*[.-]|[?&;](?:avatar=|type=avatar\b)|/image\.php\?(?:u|userid)=\d|"
    r"/uploads/(?:profile/photo-|av-\d)|captcha|//graph\.facebook\.com/[^/]+/picture|/rsrc\.php/",
    re.IGNORECASE,
)
# Scripts draw headings, charts and QR codes from the text in their address.
_DRAWN_TEXT = re.compile(r"[?&](?:font|text|caption|cht|chs)\w*=", re.IGNORECASE)
_SCRIPT = re.compile(r"\.(?:php|aspx?|ashx|jsp|cgi|pl)(?:\?|$)", re.IGNORECASE)
_PHOTO_SUFFIXES = tuple(suffix for suffix in RASTER_SUFFIXES if suffix != ".gif")
_ADDRESS_STARTS = ("http:", "https:", "/", "./", "../", "url(", "data:image/")
_MAX_ANCESTORS = 8
_MAX_TRACKER_SIDE_PX = 2
_MAX_ICON_SIDE_PX = 40
_MAX_LINE_PX = 10
_MAX_DIGITS = 6
_STYLED_SIDE = {name: re.compile(rf"(?<![\w-]){name}:\s*(\d+)px") for name in ("width", "height")}
# Wikis and code hosts describe a file on a page whose address ends like the file itself.
_FILE_PAGE = re.compile(r":[^/]*$|/(?:wiki|blob)/")


def has_non_photo_suffix(url: str) -> bool:
    """Whether the path of a URL ends like a drawing, a film or a file that is not a picture."""
    return not is_inline(url) and url_parts(url).path.lower().endswith(_NON_PHOTO_SUFFIXES)


def is_decorative_url(url: str) -> bool:
    """Whether a URL is clearly that of a placeholder, a logo, an icon or a tracker."""
    return not is_inline(url) and _is_decorative(url)


@lru_cache(maxsize=4096)
def _is_decorative(url: str) -> bool:
    return any(pattern.search(url) for pattern in (_TRACKER, _PORTRAIT, _DRAWN_TEXT)) or is_furniture_file(
        url_parts(url).path
    )


def is_page_url(url: str, page_url: str) -> bool:
    """Whether a URL is that of the page itself or of a home page, which sites give for pictures by mistake.

    Args:
        url: absolute URL given for a picture.
        page_url: URL of the page.
    """
    return url.partition("#")[0] == page_url.partition("#")[0] or url_parts(url)[2:4] in (("/", ""), ("", ""))


def is_decorative_element(element: HtmlElement) -> bool:
    """Whether an element is a tracker, a spacer or an icon, by its size or its classes."""
    width, height = (_side_px(element, name) for name in ("width", "height"))
    # Some sites give real covers a width of 1, which their scripts change later; those have an alt text.
    if width is not None and height is not None and max(width, height) <= _MAX_TRACKER_SIDE_PX:
        has_text = bool((element.get("alt") or "").strip())
        return not has_text or _is_in_noscript(element) or _SCRIPT.search(element.get("src") or "") is not None
    style = (element.get("style") or "").replace(" ", "").lower()
    if ("display:none" in style or _is_in_noscript(element)) and _is_hidden_tracker(element, width):
        return True
    sides = stated_sides(element)
    if sides and (min(sides) <= _MAX_LINE_PX or (len(sides) > 1 and max(sides) <= _MAX_ICON_SIDE_PX)):
        return True
    return is_furniture_element(element)


def stated_sides(element: HtmlElement) -> list[int]:
    """Return the width and the height in pixels that the page states for an element, those that it does."""
    sides = (_side_px(element, name) for name in ("width", "height"))
    return [side for side in sides if side is not None]


def _is_in_noscript(element: HtmlElement) -> bool:
    return any(ancestor.tag == "noscript" for ancestor in islice(element.iterancestors(), _MAX_ANCESTORS))


def _is_hidden_tracker(element: HtmlElement, width: int | None) -> bool:
    """Whether a hidden img has no alt text, no width and no photo suffix, so that it can only be a tracker."""
    return not (element.get("alt") or "").strip() and not width and not _has_photo_suffix(element)


def _has_photo_suffix(element: HtmlElement) -> bool:
    return (element.get("src") or "").partition("?")[0].lower().endswith(_PHOTO_SUFFIXES)


def _side_px(element: HtmlElement, name: str) -> int | None:
    text = (element.get(name) or "").strip().lower().removesuffix("px")
    if not text:
        styled = _STYLED_SIDE[name].search(element.get("style") or "")
        text = styled.group(1) if styled else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MAX_DIGITS else None


def looks_like_address(value: str) -> bool:
    """Whether a data attribute holds a URL rather than ``true``, JSON, or an id from which a script makes a URL."""
    text = value.strip("'\" ").lower()
    return text.startswith(_ADDRESS_STARTS) or text.partition("?")[0].endswith(RASTER_SUFFIXES) or is_srcset(text)


def is_picture_file(address: str) -> bool:
    """Whether a link leads to a picture file, not to a page about one such as ``/wiki/File:Man.jpg``."""
    path = address.partition("?")[0].partition("#")[0]
    if not path.lower().rstrip().endswith(RASTER_SUFFIXES):
        return False
    return _FILE_PAGE.search(path) is None
