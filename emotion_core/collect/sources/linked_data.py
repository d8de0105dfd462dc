"""What a page says of its pictures in JSON-LD, the data that pages carry for search engines."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_PICTURE_TYPES = frozenset({"ImageObject", "Photograph", "VisualArtwork"})
_ADDRESSES = ("contentUrl", "url", "thumbnailUrl", "thumbnail")
# Where a licence is for sale, the page that sells it says more than nothing.
_LICENCES = ("license", "acquireLicensePage")
_AUTHORS = ("creator", "author", "creditText", "copyrightHolder", "copyrightNotice")


@dataclass(frozen=True)
class Thing:
    """One thing that a page describes.

    Attributes:
        is_picture: whether it is a picture; else it is the page, an article, a product.
        addresses: of the picture and its smaller copies, as they are written.
        licence: an address or a name; empty where none is given.
        author: whom to name; empty where nobody is.
    """

    is_picture: bool
    addresses: tuple[str, ...]
    licence: str
    author: str


def things(texts: Iterable[str]) -> Iterator[Thing]:
    """Give everything that the page describes, in its order; text that is no JSON describes nothing.

    Args:
        texts: of the page's ``application/ld+json`` scripts.
    """
    for text in texts:
        for found in _objects(_parse(text)):
            addresses = [text for name in _ADDRESSES for text in _texts(found.get(name), "contentUrl", "url")]
            licences = [text for name in _LICENCES for text in _texts(found.get(name), "@id", "url", "name")]
            authors = filter(None, (", ".join(_texts(found.get(name), "name")) for name in _AUTHORS))
            yield Thing(_is_picture(found), tuple(addresses), next(iter(licences), ""), next(authors, ""))


def _parse(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            yield current
            waiting.extend(reversed(current.values()))
        elif isinstance(current, list):
            waiting.extend(reversed(current))


def _texts(value: Any, *names: str) -> list[str]:
    """Return the text that a value is, that each value of a list is, or that an object holds under one of the names."""
    if isinstance(value, dict):
        return next(filter(None, (_texts(value.get(name)) for name in names)), [])
    if isinstance(value, list):
        return [text for item in value if not isinstance(item, list) for text in _texts(item, *names)]
    return [value] if isinstance(value, str) and value.strip() else []


def _is_picture(found: dict[str, Any]) -> bool:
    return not _PICTURE_TYPES.isdisjoint(_texts(found.get("@type")))
