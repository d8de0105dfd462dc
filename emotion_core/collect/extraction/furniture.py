"""Recognize a site's furniture by the words of names, folders and classes: buttons, flags, ratings, themes.

One telling word is not enough in a photo's name: ``blank.gif`` is a placeholder, ``blank-stare-of-a-man.jpg`` is a man.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from emotion_core.collect.extraction.size_patterns import RASTER_SUFFIXES
from emotion_core.collect.extraction.size_words import word_set

PLACEHOLDERS = word_set(
    "spacer blank clear empty trans transparent placeholder pixel lazyload load loading loader spinner cleardot "
    "shim none noimage nophoto noimg dummy"
)
LOGOS = word_set("sprite sprites logo logos icon icons ico favicon picto pictos pictogram")
# Sharing, payment, seals, ratings, flags, forum and shop buttons.
_BUTTONS = word_set(
    "arrow arrows bullet bullets rss feed facebook twitter instagram pinterest linkedin xing whatsapp youtube "
    "telegram flipboard reddit tiktok tumblr vimeo vkontakte odnoklassniki googleplus gplus google btn btns button "
    "buttons social socials sns share sharing sharer bookmark addthis visa mastercard maestro paypal amex "
    "americanexpress discover jcb diners klarna sofortueberweisung giropay applepay googlepay alipay payment "
    "payments verisign norton mcafee trustpilot bizrate star stars rating ratings rank ranks flag flags smiley "
    "smileys smilies emoji emojis emoticon emoticons avatar avatars noavatar smbtn gravatar userpic captcha caret "
    "chevron checkbox checkmark tick cursor divider separator gradient hamburger burger login logout signin signup "
    "submit subscribe appstore playstore badge badges ttl tit txt w3c xhtml qrcode barcode powered"
)
# Only in PNG and GIF, and only beside other words of this kind.
_SIGNS = word_set(
    "cart basket search menu nav close play pause prev previous next back forward up down left right top plus minus "
    "expand collapse toggle check cross print printer mail email envelope tel call help info faq more go newsletter "
    "download upload verified secure ssl corner border shadow line pattern texture stripe bar tab tabs tooltip "
    "marker counter online offline new hot sale valid css php mysql cc license store app over hover active on off "
    "bgr title ttf tl tr bl br"
)
_SURE_SIGNS = word_set(
    "close menu search cart basket print prev previous next stats statistics online offline background bg corner "
    "bttn bt ic toggle expand collapse newsletter tooltip whos"
)
_DECORATION = PLACEHOLDERS | LOGOS | _BUTTONS
_SURE = _DECORATION - {"star"}  # People are stars, too.
_NEUTRAL = word_set(
    "image images img imgs pic bg background default lazy white black grey gray site header footer dark light small "
    "large main mobile desktop x px w h new the no by on us top sm lg md off"
)
_FOLDERS = word_set(
    "badges smiley smilies smileys emoji emojis emoticons flags avatars avatar userpics ranks ratings rating stars "
    "payment payments paymenticons social socialmedia sharing sprites pictos pictograms captcha favicons "
    "placeholders imageset bullets arrows"
)
_GRAPHIC_FOLDERS = word_set("icons icon ico buttons button btn btns logos logo graphics")  # Of PNG and GIF.
# What a theme brings along is the same on every page; the photos of a page lie among its uploads.
_THEME = re.compile(
    r"/(?:themes?|templates?|skins?|stylesheets?|tpl)/(?:[^/]+/)*?(?:[\w-]*ima?ge?s?|img|gfx|graphics|assets|css|media|dist|"
    r"icons?|static|public|build|library|styles?|default)/|/(?:layout|imageset|gfx|ui)/[^/]*$",
    re.IGNORECASE,
)
_GRAPHIC_THEME = re.compile(r"/(?:themes?|templates?|skins?|tpl|layout|design)/", re.IGNORECASE)
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+")
_MAX_WORDS = 4
_BARS = frozenset({"nav", "footer", "button"})
_MAX_ANCESTORS = 8
_GRAPHIC_SUFFIXES = (".png", ".gif", ".bmp")  # Rarely photos.
_PHOTO_SUFFIXES = frozenset(RASTER_SUFFIXES).difference(_GRAPHIC_SUFFIXES)

# Other words of this kind mark layout: a "separator" of Blogger holds a photo.
_CLASSES = word_set(
    "icon icons emoji emojis emoticon emoticons smiley smileys smilies twemoji spacer avatar avatars gravatar "
    "userpic flag flags rating ratings stars payment payments social socials share sharing captcha badge badges "
    "logo logos"
)
_CLASS_NEUTRAL = word_set(
    "list links link wrap wrapper container item items bar box menu footer header methods method user author img "
    "image images comment member the c is has row col group block inner small large size circle round rounded wp fa "
    "svg"
)
_NEAR = 3  # The element itself, and two around it.


def is_furniture_file(path: str) -> bool:
    """Whether the path of a URL names a placeholder, a logo, a button or a file of a theme."""
    folders, _, name = unquote(path).rpartition("/")
    stem, dot, end = name.rpartition(".")
    suffix = dot + end.lower()
    is_photo = suffix in _PHOTO_SUFFIXES or not stem
    words = [word.lower() for word in _WORD.findall(stem or name)]
    content = [word for word in words if word not in _NEUTRAL]
    if stem == "1x1" or (content and _SURE.issuperset(content)):
        return True
    in_folders = _folder_words(folders.lower())
    if not _FOLDERS.isdisjoint(in_folders) or _THEME.search(f"{folders}/"):
        return True
    if not is_photo and (not _GRAPHIC_FOLDERS.isdisjoint(in_folders) or _GRAPHIC_THEME.search(f"{folders}/")):
        return True
    return _is_telling(words, suffix)


def _is_telling(words: list[str], suffix: str) -> bool:
    """Whether some words of a short name are those of furniture; how many it takes depends on the format."""
    is_graphic = suffix in _GRAPHIC_SUFFIXES
    if is_graphic and words and _is_sign(words, suffix):
        return True
    telling = [word for word in words if word in _SURE]
    if not telling or len(words) > _MAX_WORDS:
        return suffix == ".gif" and not PLACEHOLDERS.isdisjoint(words)
    if len(telling) > 1 or suffix == ".gif":
        return True
    if is_graphic:
        return telling[0] not in PLACEHOLDERS or words[-1] in PLACEHOLDERS
    return suffix == ".webp" and (words[0] in LOGOS or words[-1] in PLACEHOLDERS | LOGOS)


def _is_sign(words: list[str], suffix: str) -> bool:
    """Whether a PNG or GIF is a sign such as ``search-on.gif``: by all its words, or by the first or last of a few."""
    if (_DECORATION | _SIGNS | _NEUTRAL).issuperset(words) or (suffix == ".gif" and len("".join(words)) == 1):
        return True
    return len(words) < _MAX_WORDS and not _SURE_SIGNS.isdisjoint((words[0], words[-1]))


def _folder_words(folders: str) -> set[str]:
    return {folder.replace("-", "").replace("_", "") for folder in folders.split("/")}


def is_furniture_element(element: HtmlElement) -> bool:
    """Whether the classes of an element, or of those just around it, are those of icons, ratings or avatars."""
    near = (element, *islice(element.iterancestors(), _NEAR - 1))
    return any(_is_furniture_class(other.get("class") or "") for other in near)


def is_drawn_in_bar(element: HtmlElement, urls: Iterable[str]) -> bool:
    """Whether a picture in a menu, a footer or a button is a PNG or GIF: a label, a seal or a flag.

    Args:
        element: the element that shows it.
        urls: its URLs.
    """
    if not any(ancestor.tag in _BARS for ancestor in islice(element.iterancestors(), _MAX_ANCESTORS)):
        return False
    return all(urlsplit(url).path.lower().endswith(_GRAPHIC_SUFFIXES) for url in urls)


@lru_cache(maxsize=4096)
def _is_furniture_class(classes: str) -> bool:
    """Whether every word of one of the classes says so, as in ``social-icons``."""
    for name in classes.split()[:20]:
        words = [word.lower() for word in _WORD.findall(name[:60])]
        content = [word for word in words if word not in _CLASS_NEUTRAL]
        if content and _CLASSES.issuperset(content):
            return True
    return False
