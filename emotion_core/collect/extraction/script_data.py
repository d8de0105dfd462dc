"""Pictures in the data from which a page's scripts build it: JSON in scripts, attributes and strings.

Frameworks name a picture by an object with its address and size, by a list of such objects, one for each size, or by
an object whose keys tell the sizes apart. Which keys they use differs, so they are read by their words.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lxml.html import HtmlElement

from emotion_core.collect.extraction.candidates import Candidate, absolute_url, is_srcset, srcset_candidates
from emotion_core.collect.extraction.embedded_json import json_values, nested_json, unescaped
from emotion_core.collect.extraction.html_tree import attributes_of
from emotion_core.collect.extraction.junk_filter import is_picture_file
from emotion_core.collect.extraction.size_variants import identify_picture
from emotion_core.collect.extraction.size_words import NAMED_WIDTHS, word_set

_MAX_NODES = 300_000  # Per page.
_MAX_DEPTH = 100

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ADDRESS = re.compile(r"(?:https?:)?//[^\s\"'<>\\]{4,3000}")
_PAGE_SUFFIX = re.compile(
    r"(?:/|\.(?:html?|php|aspx?|json|js|css|xml|svg|mp4|m3u8|webm|mp3|pdf|woff2?))(?:[?#]|$)", re.IGNORECASE
)
_IMAGE_WORDS = word_set(
    "image images img imgs photo photos picture pictures pic pics thumbnail thumbnails thumb thumbs cover covers "
    "poster posters artwork artworks rendition renditions snapshot still stills"
)
# Words that say nothing about which picture a key names.
_NEUTRAL_WORDS = word_set(
    "url urls uri src source sources href path file files media display content secure https http static jpg jpeg "
    "webp avif png main default regular raw download dynamic origin first preview high standard set crop cropped "
    "resized size sizes fallback public natural desktop mobile tablet"
)
_SIZE_WORDS = frozenset(NAMED_WIDTHS) | {"max", "maxres", "min", "hd", "uhd", "x", "w", "h", "px"}
_SIZE_NAMES = frozenset({"regular", "standard", "high", "raw"})
# Keys of pictures that belong to the site.
_FOREIGN_WORDS = word_set(
    "logo logos avatar avatars icon icons favicon publisher placeholder lqip blur blurred base badge badges flag "
    "flags emoji sprite tracking pixel ad ads advertisement sponsor cursor watermark organization"
)
_PEOPLE_WORDS = word_set("author authors creator creators profile brand user users owner byline")
_PAGE_WORDS = frozenset({"href", "link", "page", "permalink", "site"})
_WIDTH_WORDS, _HEIGHT_WORDS = frozenset({"width", "w"}), frozenset({"height", "h"})
# In other JavaScript, a key such as "image" vouches for any address; under other keys only picture files count.
_QUOTED_ADDRESS = re.compile(r"""["'`]((?:https?:)?//[^"'`\s<>\\]{4,2000})["'`]""")
_KEY_BEFORE = re.compile(r"""([\w-]{1,40})["']?\s{0,9}:\s{0,9}(?:\[\s{0,9})?$""")
_MAX_KEY = 80
_SAME_RATIO = 0.04
_MIN_SHARED = 8  # Characters that the names of two sizes of one picture share, at least.


@dataclass
class _Rendition:
    """One address in the data, with the size stated beside it."""

    url: str
    width: float = 0.0
    height: float = 0.0
    named_width: float = 0.0  # An estimate, by a key such as "large".


@dataclass
class _Reader:
    """Collects the pictures of one page's data."""

    base_url: str
    nodes: int = 0
    groups: list[list[_Rendition]] = field(default_factory=list)

    def read(self, value: Any, keys: frozenset[str] = frozenset(), depth: int = 0) -> list[_Rendition]:
        """Add the pictures inside a value; return those that may be sizes of one picture with its neighbors."""
        self.nodes += 1
        if self.nodes > _MAX_NODES or depth > _MAX_DEPTH:
            return []
        if isinstance(value, str):
            return self._read_text(value, keys, depth)
        if isinstance(value, dict):
            return self._read_object(value, keys, depth)
        return self._read_list(value, keys, depth) if isinstance(value, list) else []

    def _read_text(self, text: str, keys: frozenset[str], depth: int) -> list[_Rendition]:
        for nested in nested_json(text):
            self.add(self.read(nested, keys, depth + 1))
        if "set" in keys and is_srcset(text):
            return [_Rendition(found.url, found.width) for found in srcset_candidates(self.base_url, text)]
        if _names_picture(text, keys):
            url = absolute_url(self.base_url, text)
            return [_Rendition(url)] if url is not None else []
        return []

    def _read_list(self, values: list[Any], keys: frozenset[str], depth: int) -> list[_Rendition]:
        parts = [part for part in (self.read(value, keys, depth + 1) for value in values) if part]
        if len(parts) > 1 and _are_sizes([part[0] for part in parts]):
            return [rendition for part in parts for rendition in part]
        for part in parts[1:] if len(parts) == 1 else parts:
            self.add(part)
        return parts[0] if len(parts) == 1 else []

    def _read_object(self, fields: dict[str, Any], keys: frozenset[str], depth: int) -> list[_Rendition]:
        by_name: dict[frozenset[str], list[_Rendition]] = {}
        # Most values are texts and numbers; the size is looked for only beside an address.
        named = {key: value for key, value in fields.items() if _may_name_picture(value)}
        has_address = any(isinstance(value, str) for value in named.values())
        width, height = (_side(fields, _WIDTH_WORDS), _side(fields, _HEIGHT_WORDS)) if has_address else (0.0, 0.0)
        here = keys | {"image"} if (width and height) or (has_address and _are_named_by_size(named)) else keys
        for key, value in named.items():
            words = _words(key)
            if not words.isdisjoint(_FOREIGN_WORDS):
                continue
            inside = self._read_field(key, value, words, here, depth)
            # The portrait of a person is none of the page's pictures, but what they show below it is.
            if not inside or not words.isdisjoint(_PEOPLE_WORDS):
                continue
            if isinstance(value, str) and len(inside) == 1 and words <= _NEUTRAL_WORDS | _IMAGE_WORDS:
                inside = [_Rendition(inside[0].url, width, height)]
            by_name.setdefault(_named_picture(key, words), []).extend(inside)
        own = by_name.pop(frozenset(), [])
        for others in by_name.values():
            self.add(others)
        return own

    def _read_field(
        self, key: str, value: Any, words: frozenset[str], keys: frozenset[str], depth: int
    ) -> list[_Rendition]:
        if _ADDRESS.fullmatch(key) and isinstance(value, list) and value and isinstance(value[0], int):
            return [
                _Rendition(key, float(value[0]), float(value[1] if len(value) > 1 and isinstance(value[1], int) else 0))
            ]
        # A key such as "url" inherits the meaning of the key around it; "name" or "link" of a picture does not.
        inherited = keys if words <= _NEUTRAL_WORDS | _SIZE_WORDS else frozenset()
        inside = self.read(value, words | inherited, depth + 1)
        named = next((NAMED_WIDTHS[word] for word in words if word in NAMED_WIDTHS), 0.0)
        number = next((float(word) for word in words if word.isdigit() and 2 <= len(word) <= 4), 0.0)
        return [_Rendition(part.url, part.width or number, part.height, part.named_width or named) for part in inside]

    def add(self, renditions: list[_Rendition]) -> None:
        """Add a picture, unless it has no address."""
        if renditions:
            self.groups.append(renditions)


def data_pictures(elements: Iterable[HtmlElement], base_url: str) -> list[list[Candidate]]:
    """Return the pictures that the data in a page names, each with its sizes.

    Args:
        elements: scripts, and elements with JSON in their attributes.
        base_url: URL that relative references are resolved against.
    """
    reader = _Reader(base_url)
    for element in elements:
        if element.tag == "script":
            if not element.get("src") and element.get("type") != "application/ld+json":
                _read_script(reader, element.text or "")
            continue
        for _name, value in attributes_of(element):
            if value.lstrip()[:1] in ("{", "["):
                for parsed in nested_json(value):
                    reader.add(reader.read(parsed))
    return [[_candidate(rendition) for rendition in group] for group in reader.groups]


def _candidate(rendition: _Rendition) -> Candidate:
    identity = identify_picture(rendition.url)
    stated = identity.width if identity.is_sized else 0.0
    # The size beside an address may be that of the original, so that of the address counts if it is smaller.
    return Candidate(rendition.url, min(filter(None, (rendition.width, stated)), default=rendition.named_width))


def _read_script(reader: _Reader, text: str) -> None:
    """Read the JSON in a script, or else its other addresses; scripts escape quotes and slashes in several ways."""
    known = len(reader.groups)
    if "//" not in text and "\\" not in text and "%2F" not in text:
        return
    for attempt in dict.fromkeys((text, unescaped(text))):
        values = list(json_values(attempt))
        for value in values:
            reader.add(reader.read(value))
        if len(reader.groups) > known or (values and text.lstrip()[:1] in ("{", "[")):
            return
    plain = unescaped(text)
    for match in _QUOTED_ADDRESS.finditer(plain):
        key = _KEY_BEFORE.search(plain[max(0, match.start() - _MAX_KEY) : match.start()])
        words = _words(key[1]) if key else frozenset()
        if key and words.isdisjoint(_FOREIGN_WORDS | _PEOPLE_WORDS):
            reader.add(reader.read(match[1], words))


def _names_picture(text: str, keys: frozenset[str]) -> bool:
    """Whether a string is the absolute address of a picture: by its suffix, or by the words of its key."""
    if _ADDRESS.fullmatch(text) is None:
        return False
    if is_picture_file(text):
        return True
    return not keys.isdisjoint(_IMAGE_WORDS) and keys.isdisjoint(_PAGE_WORDS) and not _PAGE_SUFFIX.search(text)


@lru_cache(maxsize=2048)
def _words(key: str) -> frozenset[str]:
    """Return the words of a key in lower case, without numbers that only count.

    >>> sorted(_words("coverImageUrl_2"))
    ['cover', 'image', 'url']
    """
    words = [word.lower() for word in _WORD.findall(key[:60])]
    return frozenset(word for word in words if not word.isdigit() or len(word) > 1)


def _may_name_picture(value: Any) -> bool:
    return "/" in value if isinstance(value, str) else isinstance(value, dict | list) and bool(value)


def _are_named_by_size(fields: dict[str, Any]) -> bool:
    """Whether the addresses of an object have sizes as keys, as in ``{"thumb": ..., "regular": ...}``."""
    keys = [key for key, value in fields.items() if isinstance(value, str) and _ADDRESS.fullmatch(value)]
    return len(keys) > 1 and all(_words(key) and _words(key) <= _SIZE_WORDS | _SIZE_NAMES for key in keys)


def _named_picture(key: str, words: frozenset[str]) -> frozenset[str]:
    """Return the words that tell which of several pictures a key names, without sizes; none for an address as key."""
    if _ADDRESS.fullmatch(key):
        return frozenset()
    others = words - _NEUTRAL_WORDS - _IMAGE_WORDS - _SIZE_WORDS
    return frozenset(word for word in others if not (word.isdigit() and len(word) in (3, 4)))


def _side(fields: dict[str, Any], names: frozenset[str]) -> float:
    for key, value in fields.items():
        if not isinstance(value, int | float) and not (isinstance(value, str) and value.isdigit() and len(value) < 6):
            continue
        if not _words(key).isdisjoint(names) and 1 < float(value) < 100_000:
            return float(value)
    return 0.0


def _are_sizes(renditions: list[_Rendition]) -> bool:
    """Whether the pictures of a list are one picture in several sizes: by their addresses, or by sides and names."""
    identities = {identify_picture(rendition.url).picture for rendition in renditions}
    if len(identities) == 1:
        return True
    if len({rendition.width for rendition in renditions}) < len(renditions):
        return False
    names = [rendition.url.partition("?")[0].rpartition("/")[2] for rendition in renditions]
    if len(set(names)) == 1:
        return True
    if not all(rendition.width and rendition.height for rendition in renditions):
        return False
    ratios = [rendition.width / rendition.height for rendition in renditions]
    return max(ratios) <= min(ratios) * (1 + _SAME_RATIO) and _share_part(names)


def _share_part(names: list[str]) -> bool:
    start = min(_common(names[0], name) for name in names[1:])
    end = min(_common(names[0][::-1], name[::-1]) for name in names[1:])
    return max(start, end) >= _MIN_SHARED


def _common(first: str, second: str) -> int:
    return next(
        (index for index, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )
