"""Read JSON-LD, the linked data that pages carry for search engines."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_PICTURE_TYPES = frozenset({"ImageObject", "Photograph", "VisualArtwork"})
_ADDRESSES = ("contentUrl", "url", "thumbnailUrl", "thumbnail")
# Where a license is for sale, the page that sells it is better than nothing.
_LICENCES = ("license", "acquireLicensePage")
_AUTHORS = ("creator", "author", "creditText", "copyrightHolder", "copyrightNotice")


@dataclass(frozen=True)
class LinkedItem:
    """One item that a page describes.

    Attributes:
        is_picture: whether it is a picture, rather than the page, an article or a product.
        addresses: addresses of the picture and its smaller copies, as written.
        licence: address or name of the license; empty if there is none.
        author: name of the author; empty if there is none.
    """

    is_picture: bool
    addresses: tuple[str, ...]
    licence: str
    author: str


def linked_items(texts: Iterable[str]) -> Iterator[LinkedItem]:
    """Yield the items that a page describes, in page order; invalid JSON is ignored.

    Args:
        texts: texts of the page's ``application/ld+json`` scripts.
    """
    for text in texts:
        for item in _objects(_parse(text)):
            addresses = [text for name in _ADDRESSES for text in _texts(item.get(name), "contentUrl", "url")]
            licences = [text for name in _LICENCES for text in _texts(item.get(name), "@id", "url", "name")]
            authors = filter(None, (", ".join(_texts(item.get(name), "name")) for name in _AUTHORS))
            yield LinkedItem(_is_picture(item), tuple(addresses), next(iter(licences), ""), next(authors, ""))


def _parse(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    # A stack instead of recursion: a hostile page may nest without end.
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, dict):
            yield current
            stack.extend(reversed(current.values()))
        elif isinstance(current, list):
            stack.extend(reversed(current))


def _texts(value: Any, *names: str) -> list[str]:
    """Return the texts of a value: itself, the items of a list, or what an object holds under one of the names."""
    if isinstance(value, dict):
        return next(filter(None, (_texts(value.get(name)) for name in names)), [])
    if isinstance(value, list):
        return [text for item in value if not isinstance(item, list) for text in _texts(item, *names)]
    return [value] if isinstance(value, str) and value.strip() else []


def _is_picture(item: dict[str, Any]) -> bool:
    return not _PICTURE_TYPES.isdisjoint(_texts(item.get("@type")))
