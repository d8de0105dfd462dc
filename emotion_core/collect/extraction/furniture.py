"""Recognize a site's furniture by the words of files and folders: buttons, flags, ratings, themes.

One telling word is not enough in a photo's name: ``blank.gif`` is a placeholder, ``blank-stare-of-a-man.jpg`` is a man.
"""

import re
from urllib.parse import unquote

from emotion_core.collect.extraction.furniture_words import (
    DECORATION,
    FOLDERS,
    GRAPHIC_FOLDERS,
    LOGOS,
    NEUTRAL,
    PLACEHOLDERS,
    SCRIPTS,
    SIGNS,
    SURE,
    SURE_SIGNS,
    WHOLE_FOLDERS,
    WHOLE_GRAPHIC_FOLDERS,
)
from emotion_core.collect.extraction.size_patterns import RASTER_SUFFIXES
from emotion_core.collect.extraction.size_words import word_set
from emotion_core.collect.urls import url_parts

# What a theme brings along is the same on every page; the photos of a page lie among its uploads.
_THEME = re.compile(
    r"/(?:(?:app_?)?themes?|templates?|skins?|stylesheets?|tpl)/(?:[^/]+/)*?(?:[\w-]*ima?ge?s?|img|gfx|graphics|assets|css|media|dist|"
    r"icons?|static|public|build|library|styles?|default)/|/(?:layout|imageset|gfx|ui)/[^/]*$|"
    # Shopify's theme, BigCommerce's, Magento's, Wikimedia's; the flags of PrestaShop.
    r"/t/\d+/assets/|/stencil/[^/]+/|/static/(?:version\d+/)?frontend/|/resources/assets/|/img/l/$",
    re.IGNORECASE,
)
_GRAPHIC_THEME = re.compile(
    r"/(?:(?:app_?)?themes?|templates?(?:_\w+)?|skins?|tpl|layout|design|style_images)/|/images?/(?:[\w.-]+/)?forums?/[^/]*$",
    re.IGNORECASE,
)
# The files that belong to a program, not to its user.
_PROGRAM = re.compile(
    r"/(?:wp-includes|wp-admin|plugins|modules|components|extensions|addons)/(?!.*(?:upload|galler|photo|slide|cache|banner))"
    r"(?:[^/]+/)*?(?:images?|img|imgs|assets|icons?|css|gfx|styles?|public|static|media|dist)/",
    re.IGNORECASE,
)
_NO_PICTURE = re.compile(
    r"(?:^|[-_/])no[-_ ]?(?:image|img|photo|picture|pic|thumb(?:nail)?|cover|avatar|foto|bild|poster)(?![a-z])|"
    r"(?:image|img|photo|picture)[-_ ]?(?:not[-_ ]?(?:found|available)|coming[-_ ]?soon|unavailable|missing)|"
    r"^(?:default|placeholder|missing)[-_ ]?"
    r"(?:image|img|avatar|thumb(?:nail)?|user|profile|photo|picture|cover)?(?:[-_]\d+)?$|"
    r"^[a-z]{2}-default(?:-|$)",
    re.IGNORECASE,
)
# Pieces of a menu or a frame, whatever their format: menu4.jpg, topbg.jpg.
_PIECE = re.compile(
    r"(?:menu|nav|btn|button|bt|tab|ico|icn|icon|arrow|head|header|hdr|footer|bullet)[-_]?\d*|(?:top|bottom|left|right|page|main|menu|nav|header|footer)[-_]?bg\d*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+")
_MAX_WORDS = 4
_MAX_FOLDER_WORDS = 4
_MAX_PHOTO_LOGO_WORDS = 3
_LANGUAGE_LETTERS = 2
_GRAPHIC_SUFFIXES = (".png", ".gif", ".bmp")  # Rarely photos.
_PHOTO_SUFFIXES = frozenset(RASTER_SUFFIXES).difference(_GRAPHIC_SUFFIXES)
_SCRIPT_SUFFIXES = frozenset({"", ".php", ".asp", ".aspx", ".ashx", ".jsp", ".cgi", ".pl"})


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case.

    >>> words_of("navIcon_2-small")
    ['nav', 'icon', 'small']
    """
    return [word.lower() for word in _WORD.findall(name)]


def is_graphic_file(url: str) -> bool:
    """Whether a URL names a file in a format that is rarely that of a photo."""
    return url_parts(url).path.lower().endswith(_GRAPHIC_SUFFIXES)


def is_furniture_file(path: str) -> bool:
    """Whether the path of a URL names a placeholder, a logo, a button or a file of a theme."""
    folders, _, name = unquote(path).rpartition("/")
    stem, dot, end = name.rpartition(".")
    suffix = dot + end.lower() if dot else ""
    is_photo = suffix in _PHOTO_SUFFIXES or not stem
    words = [word for word in words_of(stem or name) if word != "x"]  # As in 300x200.
    content = [word for word in words if word not in NEUTRAL]
    if stem == "1x1" or (content and SURE.issuperset(content)) or _PIECE.fullmatch(stem):
        return True
    if _NO_PICTURE.search(stem or name):
        return True
    if suffix in _SCRIPT_SUFFIXES and content and SCRIPTS.issuperset(content):
        return True
    if _THEME.search(f"{folders}/" if "." in name else path) or _are_furniture_folders(folders, is_photo):
        return True
    if not is_photo and (_GRAPHIC_THEME.search(f"{folders}/") or _PROGRAM.search(f"{folders}/")):
        return True
    return _is_telling(words, suffix)


_PHOTO_LOGOS = LOGOS - {"icons", "pictos", "sprites"}
_NO_LOGOS = word_set("catalogo dialogo prologo epilogo monologo decalogo analogo psicologo sociologo")
_SHARED = frozenset({"social", "share"})  # Holds the pictures of link previews, too.


def _are_furniture_folders(folders: str, is_photo: bool) -> bool:
    *others, last = folders.split("/")
    for folder in (*others, last):
        whole = folder.lower().replace("-", "").replace("_", "")
        if whole in FOLDERS | WHOLE_FOLDERS or (not is_photo and whole in WHOLE_GRAPHIC_FOLDERS):
            return True
        words = words_of(folder)
        if not words or len(words) > _MAX_FOLDER_WORDS:
            continue
        if not FOLDERS.isdisjoint(words):
            return True
        telling = GRAPHIC_FOLDERS.intersection(words)
        if telling and (not is_photo or (folder is last and len(telling) > 1 and not telling <= _SHARED)):
            return True
    return False


def _is_telling(words: list[str], suffix: str) -> bool:
    """Whether some words of a short name are those of furniture; how many it takes depends on the format."""
    is_graphic = suffix in _GRAPHIC_SUFFIXES
    if is_graphic and words and _is_sign(words, suffix):
        return True
    content = [word for word in words if word not in NEUTRAL] or words
    # Behind a logo may stand its language, as in logo_600x600_en.jpg.
    named = [word for word in content if len(word) > _LANGUAGE_LETTERS]
    if named and len(named) <= _MAX_PHOTO_LOGO_WORDS and any(map(_is_logo, (named[0], named[-1]))):
        return True
    telling = [word for word in words if word in SURE]
    if not telling or len(words) > _MAX_WORDS:
        return suffix == ".gif" and not PLACEHOLDERS.isdisjoint(words)
    if len(telling) > 1 or suffix == ".gif":
        return True
    if is_graphic:
        return telling[0] not in PLACEHOLDERS or words[-1] in PLACEHOLDERS
    return suffix == ".webp" and (words[0] in LOGOS or words[-1] in PLACEHOLDERS | LOGOS)


def _is_logo(word: str) -> bool:
    return word in _PHOTO_LOGOS or (word.endswith("logo") and word not in _NO_LOGOS)


def _is_sign(words: list[str], suffix: str) -> bool:
    """Whether a PNG or GIF is a sign such as ``search-on.gif``: by all its words, or by the first or last of them."""
    if (DECORATION | SIGNS | NEUTRAL).issuperset(words) or (suffix == ".gif" and len("".join(words)) == 1):
        return True
    content = [word for word in words if word not in NEUTRAL] or words
    if content[-1] in LOGOS | _BAR_WORDS or content[0] in _BAR_WORDS:
        return True
    return len(words) < _MAX_WORDS and not SURE_SIGNS.isdisjoint((words[0], words[-1]))


_BAR_WORDS = frozenset({"header", "hdr", "footer", "ftr", "nav", "navi", "navbar", "navbits", "sidemenu"})
