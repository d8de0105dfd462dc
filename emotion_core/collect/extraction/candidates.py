"""Candidate URLs of one picture, and the choice of the largest."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from emotion_core.collect.extraction.inline_data import inline_photo, is_inline
from emotion_core.collect.extraction.size_variants import PictureIdentity, identify_picture
from emotion_core.collect.extraction.size_words import UNSIZED_WIDTH
from emotion_core.collect.urls import join_url, without_fragment

_HTML_SPACE = " \t\n\r\f"
_DESCRIPTOR = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([wx])\b")
_BETWEEN_CANDIDATES = re.compile(r"[\s,]*")
_ADDRESS = re.compile(r"\S+")
_TO_COMMA = re.compile(r"[^,]*")
_LOOKS_LIKE_SRCSET = re.compile(r"\S\s+\d+(?:\.\d+)?[wx]\s*(?:,|$)")
# No real picture is this narrow. Widths up to here are ranks for candidates whose size is unknown.
_MAX_RANK = 10.0
# Chosen so that 1x ranks below an img's own src (0.5) and 2x above it: a <source> in another format is no larger.
RANK_PER_DENSITY = 0.4
_NUMBER = re.compile(r"\d+")
_MIN_NUMBER, _MAX_NUMBER = 16, 8000  # Other numbers are versions and ids.
_MAX_URL_LENGTH = 4000  # Longer addresses are inline data or an attack.
# Of {width}, [width], __WIDTH__ and %d, only a script makes an address.
_TEMPLATE = re.compile(
    r"[{}]|%7b|%7d|\[(?:width|height|w|h|size)\]|__(?:width|height|w|h|size)__|%s|%d(?![0-9a-f])", re.IGNORECASE
)


@dataclass(frozen=True)
class Candidate:
    """One URL of a picture.

    Attributes:
        url: absolute URL.
        width: width in pixels; up to ``_MAX_RANK`` a rank, for candidates whose size is unknown.
        is_declared: whether the markup states the width or the density, so that a word in the URL counts less.
    """

    url: str
    width: float = 1.0
    is_declared: bool = False

    @cached_property
    def identity(self) -> PictureIdentity:
        """The picture that the URL names, and the size stated in the URL."""
        return identify_picture(self.url)


def parse_srcset(text: str) -> list[tuple[str, float, float]]:
    """Return the (URL, width, density) of each candidate in a ``srcset``; its URLs may contain commas.

    >>> parse_srcset("/w_284,c_limit/a.jpg 284w, b.jpg 2x")
    [('/w_284,c_limit/a.jpg', 284.0, 1.0), ('b.jpg', 0.0, 2.0)]
    """
    candidates = []
    position = _end_of(_BETWEEN_CANDIDATES, text, 0)
    while position < len(text):
        end = _end_of(_ADDRESS, text, position)
        url = text[position:end]
        # Only a comma at the very end of the URL ends the candidate; Cloudinary URLs have commas inside.
        stop = end if url.endswith(",") else _end_of(_TO_COMMA, text, end)
        sizes = {unit: float(number) for number, unit in _DESCRIPTOR.findall(text[end:stop])}
        candidates.append((url.rstrip(","), sizes.get("w", 0.0), sizes.get("x", 1.0)))
        position = _end_of(_BETWEEN_CANDIDATES, text, stop)
    return candidates


def _end_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


def is_srcset(text: str) -> bool:
    """Whether an attribute value is a list of URLs with sizes rather than a single URL."""
    return _LOOKS_LIKE_SRCSET.search(text) is not None


def absolute_url(base_url: str, text: str) -> str | None:
    """Return the absolute http(s) URL of a reference on a page, or None if it is not one.

    Args:
        base_url: URL that relative references are resolved against; empty for none.
        text: attribute value; templates such as ``{src}`` and overlong values give None.
    """
    # The cache keeps no long texts.
    return None if len(text) > _MAX_URL_LENGTH else _absolute_url(base_url, text)


@lru_cache(maxsize=1024)
def _absolute_url(base_url: str, text: str) -> str | None:
    cleaned = text.strip(_HTML_SPACE)
    if not cleaned or _TEMPLATE.search(cleaned):
        return None
    url = join_url(base_url or cleaned, cleaned)
    if url is None or not url.startswith(("http://", "https://")):
        return None
    return without_fragment(url)


def srcset_candidates(
    base_url: str, text: str, shown_width: float = 0.0, rank: float = RANK_PER_DENSITY
) -> Iterator[Candidate]:
    """Yield the candidates of a ``srcset``.

    Args:
        base_url: URL that relative references are resolved against.
        text: the attribute's value.
        shown_width: width in pixels at which the page uses this list; stands in for candidates without a size.
        rank: rank of a candidate of density 1 where no width is known either.
    """
    listed = parse_srcset(text)
    is_declared = any(width or density != 1.0 for _, width, density in listed)
    for address, width, density in listed:
        url = absolute_url(base_url, address)
        if url is not None:
            known_width = width or _stated_width(url) or shown_width * density
            yield Candidate(url, known_width or rank * density, is_declared)


def address_candidates(
    base_url: str, text: str, width: float = 1.0, *, is_declared: bool = False
) -> Iterator[Candidate]:
    """Yield the candidate of an attribute that holds one URL, or all candidates if it holds a ``srcset``.

    Args:
        base_url: URL that relative references are resolved against.
        text: the attribute's value.
        width: rank or width that the attribute implies, for a URL that states no size.
        is_declared: whether the attribute states it.
    """
    if is_inline(text):
        photo = inline_photo(text)
        if photo is not None:
            yield Candidate(photo, width)
        return
    if is_srcset(text):
        yield from srcset_candidates(base_url, text)
        return
    url = absolute_url(base_url, text)
    if url is not None:
        yield Candidate(url, _stated_width(url) or width, is_declared)


def _stated_width(url: str) -> float:
    identity = identify_picture(url)
    return identity.width if identity.is_sized else 0.0


def largest_candidate(candidates: Iterable[Candidate]) -> Candidate | None:
    """Return the largest candidate (the first of equals), or None if there is none.

    A URL without a size counts as the original if another candidate is the same picture with a size. Of URLs that
    differ by numbers only, the numbers are the sizes. What the markup states of a URL counts before both.
    """
    candidates = list(candidates)
    declared = {candidate.url: candidate.width for candidate in candidates if candidate.is_declared}
    resized = {candidate.identity.picture for candidate in candidates if candidate.identity.is_sized}
    numbered = _numbered_widths(candidates) if len(candidates) > 1 else {}

    def width(candidate: Candidate) -> float:
        if candidate.url in declared:
            return declared[candidate.url]
        if candidate.width > _MAX_RANK or candidate.identity.is_sized:
            return candidate.width
        is_original = candidate.identity.picture in resized
        return UNSIZED_WIDTH if is_original else numbered.get(candidate.url, candidate.width)

    return max(candidates, key=width, default=None)


def _numbered_widths(candidates: list[Candidate]) -> dict[str, float]:
    """Return the widths of URLs that name no size in a known way but differ by a number, as in ``/news/640/a.jpg``."""
    alike: dict[str, dict[str, list[str]]] = {}
    for candidate in candidates:
        if candidate.width <= _MAX_RANK and not candidate.identity.is_sized:
            alike.setdefault(_NUMBER.sub("#", candidate.url), {})[candidate.url] = _NUMBER.findall(candidate.url)
    widths: dict[str, float] = {}
    for numbers in alike.values():
        differing = next((column for column in zip(*numbers.values(), strict=True) if len(set(column)) > 1), ())
        if len(differing) > 1 and all(_MIN_NUMBER <= int(number[:9]) <= _MAX_NUMBER for number in differing):
            widths.update(zip(numbers, map(float, differing), strict=True))
    return widths
