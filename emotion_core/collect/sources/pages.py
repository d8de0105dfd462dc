"""Which pages a scrape reads: numbered ones, or those that "next" links lead to."""

import re
from urllib.parse import urldefrag

from lxml.html import HtmlElement

from emotion_core.collect.extraction import absolute_url, base_address, parse_page
from emotion_core.errors import CollectError

MAX_PAGES = 200
_PLACEHOLDER = "{page}"
_RANGE = re.compile(r"\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?")
# In this order: where an address has "page" and "p", the latter is usually something else.
_PAGE_PARAMETERS = tuple(
    re.compile(rf"(?<=[?&])({name})=\d*(?=&|#|$)", re.IGNORECASE) for name in ("page", "paged", "pg", "p")
)


def parse_pages(text: str) -> range:
    """Return the page numbers of ``"3"`` or ``"1-4"``, both ends included.

    >>> list(parse_pages("1-4"))
    [1, 2, 3, 4]

    Raises:
        CollectError: it is no such range, runs backwards, or is longer than ``MAX_PAGES``.
    """
    found = _RANGE.fullmatch(text)
    if found is None:
        raise CollectError(
            f"The pages cannot be understood. Expected a number or a range such as 1-4. Received: pages={text!r}."
        )
    first, last = int(found.group(1)), int(found.group(2) or found.group(1))
    if first > last:
        raise CollectError(
            f"The pages run backwards. Expected the smaller number first. Received: pages={text!r}. "
            f"Write {last}-{first}."
        )
    if last - first >= MAX_PAGES:
        raise CollectError(
            f"These are too many pages for one scrape. Expected at most {MAX_PAGES}. Received: pages={text!r}. "
            "Split them over several scrapes."
        )
    return range(first, last + 1)


def is_numbered(url: str) -> bool:
    """Whether the address itself says which page it is, so that another number gives another page."""
    return _PLACEHOLDER in url or _page_parameter(url) is not None


def _page_parameter(url: str) -> re.Pattern[str] | None:
    return next((pattern for pattern in _PAGE_PARAMETERS if pattern.search(url)), None)


def page_urls(url: str, pages: range | None) -> list[str]:
    """Return the addresses of the pages, each once, in order.

    Args:
        url: with ``{page}`` where the number belongs, or with a parameter ``page``, ``paged``, ``pg`` or ``p``.
        pages: the numbers; None for the address as it stands.

    Returns:
        One address for each number; only ``url`` itself where it has no place for a number, because the pages after it
        are then found by their links (see ``next_page_url``).
    """
    numbers = pages if pages is not None else range(1, 2)
    if _PLACEHOLDER in url:
        return list(dict.fromkeys(url.replace(_PLACEHOLDER, str(number)) for number in numbers))
    parameter = _page_parameter(url)
    if pages is None or parameter is None:
        return [url]
    return list(dict.fromkeys(parameter.sub(rf"\g<1>={number}", url, count=1) for number in numbers))


def next_page_url(html: str, page_url: str) -> str | None:
    """Return the page that this one calls its next (``rel="next"``), or None where it is the last."""
    return next_in_tree(parse_page(html), page_url)


def next_in_tree(tree: HtmlElement, page_url: str) -> str | None:
    """Return what ``next_page_url`` does, for a page that is parsed already."""
    base_url = base_address(tree, page_url)
    for element in tree.iter("link", "a"):
        if "next" in (element.get("rel") or "").lower().split():
            found = absolute_url(base_url, element.get("href") or "")
            if found is not None and found != urldefrag(page_url).url:
                return found
    return None
