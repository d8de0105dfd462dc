"""The tree of a page, which whoever reads pages shares."""

import lxml.html
from cssselect import HTMLTranslator, SelectorError
from lxml.etree import ParserError, XPath, XPathError
from lxml.html import HtmlElement

from emotion_core.collect.extraction.candidates import absolute
from emotion_core.errors import CollectError

_EMPTY_PAGE = b"<html></html>"
_MAX_ATTRIBUTES = 200  # Of one element; lxml looks each up among all.


def parse_page(html: str) -> HtmlElement:
    """Return the root of the page's tree; never raises, whatever the text holds."""
    # Lone surrogates cannot be encoded; NUL would end the page.
    clean = html.encode("utf8", "replace").replace(b"\0", b" ")
    # One for each page, as threads may parse at once. huge_tree lifts limits that end a long page early.
    parser = lxml.html.HTMLParser(encoding="utf8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(clean, parser=parser)
    except ParserError:  # Nothing but space and comments.
        return lxml.html.document_fromstring(_EMPTY_PAGE)


def attributes_of(element: HtmlElement) -> list[tuple[str, str]]:
    """Return the names and values of an element's attributes; none of an element that has more than any page needs."""
    return element.attrib.items() if len(element.attrib) <= _MAX_ATTRIBUTES else []


def base_address(tree: HtmlElement, page_url: str) -> str:
    """Return what relative addresses of the page are relative to: its ``<base href>``, else its own address."""
    for base in tree.iter("base"):
        href = base.get("href")
        if href is not None:
            return absolute(page_url, href) or page_url
    return page_url


def select(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    """Return the elements that a CSS selector picks.

    Raises:
        CollectError: the selector is not CSS.
    """
    try:
        found = XPath(HTMLTranslator().css_to_xpath(selector))(tree)
    except (SelectorError, XPathError, ValueError, RecursionError) as error:
        raise CollectError(
            "The selector cannot be understood. Expected a CSS selector of pictures or of what contains them, "
            f"for instance img.photo or #results. Received: select={selector!r}. Try it in your browser's inspector."
        ) from error
    return list(found)
