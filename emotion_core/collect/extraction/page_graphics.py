"""Recognize furniture by the rest of the page: what shows in many places, lies among buttons, or is one of a pair.

A PNG or GIF may be a photo on one page and an ornament on the next, so these rules compare the pictures of a page.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from emotion_core.collect.extraction.candidates import Candidate
from emotion_core.collect.extraction.elements import ShownPicture
from emotion_core.collect.extraction.furniture import is_graphic_file
from emotion_core.collect.extraction.junk_filter import stated_sides
from emotion_core.collect.urls import url_parts

_Group = list[Candidate]

_MAX_SHOWN = 4  # A PNG or GIF that so many elements show is a sign.
_FEW_PHOTOS = 2  # With fewer pictures in the formats of photos, the PNG files of a page may be its photos.
_MIN_BUTTONS = 2  # So many files of a folder are furniture before its other PNG and GIF files count as such.
_PHOTO_SIDE_PX, _PHOTO_ONLY_SIDE_PX = 200, 300
# Users upload into such folders, and their systems number, date or hash what they upload.
_UPLOADED = re.compile(
    r"upload|galler|photo|foto|product|attach|storage|catalog|picture|/(?:media|files|thumbs?|blob)/|\d{4}|[0-9a-f]{12}",
    re.IGNORECASE,
)
_RANDOM_ID = re.compile(r"(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{7,}")
_STATIC_FOLDER = re.compile(r"/(?:images?|imgs?|gfx|gra(?:ph|f)\w*|assets|static|i|g)/", re.IGNORECASE)
# The states of a button, and the slices of a frame.
_VARIANT = re.compile(
    r"(?P<name>.*?)[-_.]?(?P<variant>left|right|top|bottom|middle|mid|center|centre|on|off|over|hover|active)\d?\.\w+$",
    re.IGNORECASE,
)
# Photos may be a left and a right view of a person; those of a frame are named for it.
_FRAME = re.compile(
    r"(?:head|header|top|bottom|foot|footer|menu|nav|frame|border|box|title|corner|bg)[-_]?$", re.IGNORECASE
)
_STATED_SIZE = re.compile(r"(?<![\dx])(\d{2,4})x(\d{2,4})(?![\dx])[^/]*$", re.IGNORECASE)
_MAX_BUTTON_SIDE_PX, _MAX_STRIP_SIDE_PX, _MIN_STRIP_RATIO = 33, 100, 4.5


def without_graphics(pictures: list[ShownPicture], groups: list[_Group]) -> list[_Group]:
    """Return the candidates of each picture; none for those that the rest of the page tells to be furniture.

    Args:
        pictures: the pictures of a page.
        groups: the candidates of each, none for those that are known to be furniture.
    """
    page = _Page(pictures, groups)
    return [
        [] if group and page.is_graphic(picture, group) else group
        for picture, group in zip(pictures, groups, strict=True)
    ]


class _Page:
    """What the pictures of a page tell about one another."""

    def __init__(self, pictures: list[ShownPicture], groups: list[_Group]) -> None:
        paths = {url_parts(candidate.url).path for group in groups for candidate in group}
        self._shown = Counter(url for group in groups for url in {candidate.url for candidate in group})
        self._photo_count = sum(not is_graphic_file(path) for path in paths)
        self._kept = Counter(map(_folder, paths))
        # The paths of furniture are compared as they are written: relative ones name no folder of another site.
        dropped = {
            picture.element.get("src") or "" for picture, group in zip(pictures, groups, strict=True) if not group
        }
        self._dropped = Counter(_folder(url_parts(source).path) for source in dropped if source[:1] in ("/", "h"))
        self._variants = _variants(paths)

    def is_graphic(self, picture: ShownPicture, group: _Group) -> bool:
        """Whether a picture is furniture: all its files are, or they are slices or states of a button."""
        paths = [url_parts(candidate.url).path for candidate in group]
        if all(map(self._is_variant, paths)):
            return True
        if not all(map(is_graphic_file, paths)):
            return False
        if any(self._shown[candidate.url] >= _MAX_SHOWN for candidate in group) or all(map(_is_strip, paths)):
            return True
        if _is_shown_large(picture) or any(map(_is_uploaded, paths)):
            return False
        return all(self._is_ornament(path, picture) for path in paths)

    def _is_ornament(self, path: str, picture: ShownPicture) -> bool:
        if path.lower().endswith(".gif"):
            return True
        folder = _folder(path)
        if self._dropped[folder] >= max(_MIN_BUTTONS, self._kept[folder]):
            return True
        is_plain = not stated_sides(picture.element) and not (picture.element.get("alt") or "").strip()
        return is_plain and self._photo_count >= _FEW_PHOTOS and _STATIC_FOLDER.search(path) is not None

    def _is_variant(self, path: str) -> bool:
        match = _VARIANT.match(path)
        if match is None or len(self._variants[match["name"]]) < 2:
            return False
        return is_graphic_file(path) or _FRAME.search(match["name"]) is not None


def _variants(paths: Iterable[str]) -> defaultdict[str, set[str]]:
    variants: defaultdict[str, set[str]] = defaultdict(set)
    for path in paths:
        match = _VARIANT.match(path)
        if match:
            variants[match["name"]].add(match["variant"].lower())
    return variants


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _is_uploaded(path: str) -> bool:
    return _UPLOADED.search(path) is not None or _RANDOM_ID.search(path) is not None


def _is_shown_large(picture: ShownPicture) -> bool:
    sides = stated_sides(picture.element)
    return min(sides, default=0) >= (_PHOTO_SIDE_PX if len(sides) > 1 else _PHOTO_ONLY_SIDE_PX)


def _is_strip(path: str) -> bool:
    """Whether the name of a file states the size of a button or of an advertisement, as in ``join-88x31.gif``."""
    match = _STATED_SIZE.search(path)
    if match is None:
        return False
    shorter, longer = sorted(map(int, match.groups()))
    return shorter <= _MAX_BUTTON_SIDE_PX or (shorter <= _MAX_STRIP_SIDE_PX and longer >= _MIN_STRIP_RATIO * shorter)
