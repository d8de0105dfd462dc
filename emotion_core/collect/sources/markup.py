"""Small questions that everybody asks who looks for statements in a page's markup."""

from collections.abc import Iterator
from itertools import islice

from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

# What is further out belongs to the page as a whole; and a page cannot make us climb for ever.
_MAX_LEVELS = 40
# What is kept of a text is shorter by far; only a hostile page has more of it in one place.
_MAX_PIECES = 1000


def css(selector: str) -> CSSSelector:
    """Return what finds a selector's elements in a page, in page order."""
    return CSSSelector(selector, translator="html")


def upwards(element: HtmlElement) -> Iterator[HtmlElement]:
    """Give the elements around an element, from the nearest on, at most 40."""
    return islice(element.iterancestors(), _MAX_LEVELS)


def shown_text(element: HtmlElement) -> str:
    """Return the text that a person sees, without scripts and without copies that are hidden for programs to find."""
    pieces = [element.text or ""]
    waiting: list[HtmlElement | str] = [*element][::-1]
    while waiting and len(pieces) < _MAX_PIECES:
        current = waiting.pop()
        if isinstance(current, str):
            pieces.append(current)
            continue
        waiting.append(current.tail or "")
        if not _is_hidden(current):
            pieces.append(current.text or "")
            waiting.extend(list(current)[::-1])
    return " ".join(pieces)


def _is_hidden(element: HtmlElement) -> bool:
    style = element.get("style", "").replace(" ", "").lower()
    return element.tag in ("script", "style") or "display:none" in style
