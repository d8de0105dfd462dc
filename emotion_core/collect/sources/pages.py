"""The pages that a scrape reads: numbered pages, or those behind "next" links."""

import re

from emotion_core.errors import CollectError

MAX_PAGES = 200
_PLACEHOLDER = "{page}"
_RANGE = re.compile(r"\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?")
# "page" first: in a URL with both "page" and "p", the latter is usually something else.
_PAGE_PARAMETERS = tuple(
    re.compile(rf"(?<=[?&])({name})=\d*(?=&|#|$)", re.IGNORECASE) for name in ("page", "paged", "pg", "p")
)


def parse_pages(text: str) -> range:
    """Return the page numbers of ``"3"`` or ``"1-4"``, both ends included.

    >>> list(parse_pages("1-4"))
    [1, 2, 3, 4]

    Raises:
        CollectError: the text is not a range, the range is backwards, or it is longer than ``MAX_PAGES``.
    """
    match = _RANGE.fullmatch(text)
    if match is None:
        raise CollectError(
            f"The page range is not valid. Expected a number or a range such as 1-4. Received: pages={text!r}."
        )
    first, last = int(match.group(1)), int(match.group(2) or match.group(1))
    if first > last:
        raise CollectError(
            f"The page range is backwards. Expected the smaller number first. Received: pages={text!r}. "
            f"Write {last}-{first}."
        )
    if last - first >= MAX_PAGES:
        raise CollectError(
            f"There are too many pages for one scrape. Expected at most {MAX_PAGES}. Received: pages={text!r}. "
            "Split them into several scrapes."
        )
    return range(first, last + 1)


def is_numbered(url: str) -> bool:
    """Whether the URL contains a page number or a placeholder for it."""
    return _PLACEHOLDER in url or _page_parameter(url) is not None


def _page_parameter(url: str) -> re.Pattern[str] | None:
    return next((pattern for pattern in _PAGE_PARAMETERS if pattern.search(url)), None)


def page_urls(url: str, pages: range | None) -> list[str]:
    """Return the URLs of the pages, in order and without repetition.

    Args:
        url: URL with ``{page}`` in place of the number, or with a parameter ``page``, ``paged``, ``pg`` or ``p``.
        pages: the page numbers; None for the URL unchanged, or page 1 if it has ``{page}``.

    Returns:
        One URL per number; only ``url`` itself if it contains no page number, because the pages after it are then
        found by their links (see ``next_links``).
    """
    numbers = pages if pages is not None else range(1, 2)
    if _PLACEHOLDER in url:
        return list(dict.fromkeys(url.replace(_PLACEHOLDER, str(number)) for number in numbers))
    parameter = _page_parameter(url)
    if pages is None or parameter is None:
        return [url]
    return list(dict.fromkeys(parameter.sub(rf"\g<1>={number}", url, count=1) for number in numbers))
