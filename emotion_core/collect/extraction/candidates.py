"""The addresses that one picture names for itself, and which of them is the best."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import quote, urljoin, urlsplit

from emotion_core.collect.extraction.size_variants import Identity, identify
from emotion_core.collect.extraction.size_words import UNSIZED_WIDTH

_HTML_SPACE = " \t\n\r\f"
_DESCRIPTOR = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([wx])\b")
_BETWEEN_CANDIDATES = re.compile(r"[\s,]*")
_ADDRESS = re.compile(r"\S+")
_TO_COMMA = re.compile(r"[^,]*")
_LOOKS_LIKE_SRCSET = re.compile(r"\S\s+\d+(?:\.\d+)?[wx]\s*(?:,|$)")
# Fewer pixels than any picture has: such widths only say which candidate comes before which.
_UNTOLD = 10.0
# Below that of an img's own address: a <source> in another format is no larger, twice the density is.
_PER_DENSITY = 0.4
_MAX_LENGTH = 4000  # Of an address; longer ones are data or an attack.
_TEMPLATE = re.compile(r"[{}]|%7b|%7d", re.IGNORECASE)


@dataclass(frozen=True)
class Candidate:
    """One address of a picture.

    Attributes:
        url: absolute.
        width: in pixels; below ``_UNTOLD`` a mere order, where nothing tells it.
    """

    url: str
    width: float = 1.0

    @cached_property
    def identity(self) -> Identity:
        """Which picture it is, as far as its address tells."""
        return identify(self.url)


def parse_srcset(text: str) -> list[tuple[str, float, float]]:
    """Return the (address, width, density) of each candidate in a ``srcset``, whose addresses may contain commas.

    >>> parse_srcset("/w_284,c_limit/a.jpg 284w, b.jpg 2x")
    [('/w_284,c_limit/a.jpg', 284.0, 1.0), ('b.jpg', 0.0, 2.0)]
    """
    found = []
    position = _end_of(_BETWEEN_CANDIDATES, text, 0)
    while position < len(text):
        end = _end_of(_ADDRESS, text, position)
        url = text[position:end]
        # A comma at the end of the address itself ends the candidate; any other is part of the address.
        stop = end if url.endswith(",") else _end_of(_TO_COMMA, text, end)
        sizes = {unit: float(number) for number, unit in _DESCRIPTOR.findall(text[end:stop])}
        found.append((url.rstrip(","), sizes.get("w", 0.0), sizes.get("x", 1.0)))
        position = _end_of(_BETWEEN_CANDIDATES, text, stop)
    return found


def _end_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def is_srcset(text: str) -> bool:
    """Whether an attribute that should hold one address holds a list of them with their sizes."""
    return _LOOKS_LIKE_SRCSET.search(text) is not None


@lru_cache(maxsize=1024)
def absolute(base_url: str, text: str) -> str | None:
    """Return the absolute http(s) address that ``text`` means on a page, or None where it means none."""
    cleaned = re.sub(r"[\t\n\r]", "", text.strip(_HTML_SPACE))
    if not cleaned or len(cleaned) > _MAX_LENGTH or _TEMPLATE.search(cleaned):
        return None
    try:
        url = urljoin(base_url, cleaned)
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    host = parts.netloc.lower()
    return quote(parts._replace(netloc=host, fragment="").geturl(), safe="%/:=&?~#+!$,;'@()*[]|") if usable else None


def from_srcset(base_url: str, text: str, media_width: float = 0.0) -> Iterator[Candidate]:
    """Give the candidates of a ``srcset``.

    Args:
        base_url: of the page.
        text: the attribute's value.
        media_width: width from which on the page uses this list, for candidates that name none.
    """
    for address, width, density in parse_srcset(text):
        url = absolute(base_url, address)
        if url is not None:
            yield Candidate(url, width or max(_told_width(url), media_width * density) or _PER_DENSITY * density)


def from_address(base_url: str, text: str, width: float = 1.0) -> Iterator[Candidate]:
    """Give the candidate of an attribute that holds one address, or those of a list where it holds a list.

    Args:
        base_url: of the page.
        text: the attribute's value.
        width: what the attribute promises, for an address that tells no size.
    """
    if is_srcset(text):
        yield from from_srcset(base_url, text)
        return
    url = absolute(base_url, text)
    if url is not None:
        yield Candidate(url, _told_width(url) or width)


def _told_width(url: str) -> float:
    identity = identify(url)
    return identity.width if identity.is_sized else 0.0


def best(candidates: Iterable[Candidate]) -> Candidate | None:
    """Return the largest candidate, the first of equals.

    An address without a size is taken for the original where another candidate is the same picture with a size.
    """
    every = list(candidates)
    resized = {candidate.identity.picture for candidate in every if candidate.identity.is_sized}

    def width(candidate: Candidate) -> float:
        identity = candidate.identity
        is_original = candidate.width <= _UNTOLD and not identity.is_sized and identity.picture in resized
        return UNSIZED_WIDTH if is_original else candidate.width

    return max(every, key=width, default=None)
