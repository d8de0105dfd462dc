"""Helpers for reading a page's markup."""

from collections.abc import Iterator
from itertools import islice

from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

# Elements further out belong to the page as a whole, and the limit bounds the work on deeply nested pages.
_MAX_LEVELS = 40
# Only a hostile page has more text in one element; names and licenses are far shorter.
_MAX_PIECES = 1000


def compile_css(selector: str) -> CSSSelector:
    """Return a function that finds the elements of a CSS selector, in page order."""
    return CSSSelector(selector, translator="html")


def near_ancestors(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield up to 40 ancestors of an element, nearest first."""
    return islice(element.iterancestors(), _MAX_LEVELS)


def visible_text(element: HtmlElement) -> str:
    """Return the text that a reader sees, without scripts and hidden elements."""
    pieces = [element.text or ""]
    stack: list[HtmlElement | str] = [*element][::-1]
    while stack and len(pieces) < _MAX_PIECES:
        current = stack.pop()
        if isinstance(current, str):
            pieces.append(current)
            continue
        stack.append(current.tail or "")
        if not _is_hidden(current):
            pieces.append(current.text or "")
            stack.extend(list(current)[::-1])
    return " ".join(pieces)


def _is_hidden(element: HtmlElement) -> bool:
    style = element.get("style", "").replace(" ", "").lower()
    return element.tag in ("script", "style") or "display:none" in style
