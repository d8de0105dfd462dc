"""Pages that send the browser on: ``<meta http-equiv="refresh">`` and the Refresh header."""

import re
from typing import NamedTuple

from emotion_core.collect.extraction import base_address, find_in_tree, parse_page
from emotion_core.collect.urls import join_url, without_fragment

# Only one way to match each blank: with two, a page of blanks would take a time that grows with their square.
_MENTION = re.compile(r"http-equiv\s*=\s*(?:[\"']\s*)?refresh", re.IGNORECASE)
_AT_ONCE_SECONDS = 1
# Longer waits are for readers: news pages load themselves again after minutes, and slide shows go on.
_LONGEST_SECONDS = 10
# The parsing steps of the HTML standard: a number, then optionally an address, with or without "url=" and quotes.
_REFRESH = re.compile(
    r"""\s*(?P<seconds>\d+|(?=\.))[\d.]*(?:\s*[;,]\s*|\s+|$)(?:url\s*=\s*)?(?:(?P<quote>['"])(?P<quoted>.*?)(?:(?P=quote)|$)|(?P<bare>.*))""",
    re.IGNORECASE | re.DOTALL,
)


class _Refresh(NamedTuple):
    seconds: int
    address: str


def refresh_target(html: str, page_url: str, header: str = "") -> str | None:
    """Return the URL that a page sends the browser to, or None if it stays.

    A page that shows pictures for a while before it sends the browser on is one to collect from, so it stays.

    Args:
        html: the page.
        page_url: URL of the page.
        header: value of the Refresh header; empty if there is none.
    """
    if not header and not _MENTION.search(html):
        return None  # Parsing takes many times as long as this search.
    tree = parse_page(html)
    metas = (meta for meta in tree.iter("meta") if meta.get("http-equiv", "").strip().lower() == "refresh")
    # Browsers with scripts ignore what is in a noscript element.
    contents = (meta.get("content", "") for meta in metas if next(meta.iterancestors("noscript"), None) is None)
    refresh = next(filter(None, map(_parse, [header, *contents])), None)
    if refresh is None or refresh.seconds > _LONGEST_SECONDS:
        return None
    target = join_url(base_address(tree, page_url), refresh.address)
    if target is None or without_fragment(target) == without_fragment(page_url):
        return None
    if refresh.seconds > _AT_ONCE_SECONDS and find_in_tree(tree, page_url, None):
        return None
    return target


def _parse(text: str) -> _Refresh | None:
    match = _REFRESH.match(text)
    if match is None:
        return None
    address = match["bare"] if match["quote"] is None else match["quoted"]
    return _Refresh(int(match["seconds"][:9] or 0), address) if address.strip() else None
