"""Parse a page into a tree and query it."""

import re
from itertools import islice

import lxml.html
from cssselect import HTMLTranslator, SelectorError
from lxml.etree import ElementDefaultClassLookup, ParserError, XPath, XPathError
from lxml.html import HtmlElement

from emotion_core.collect.extraction.candidates import absolute_url
from emotion_core.errors import CollectError

# One class for all elements: the lookup of lxml.html, by tag, takes a twentieth of the time of a page.
_ELEMENTS = ElementDefaultClassLookup(element=HtmlElement)
_EMPTY_PAGE = b"<html></html>"
_MAX_ATTRIBUTES = 200  # Per element: lxml looks up each attribute by a linear search, so thousands take forever.
# libxml2 compares each attribute of a tag with all before it. Only broken and hostile tags have as many as this.
_MOST_PARSED = 1000
_MIN_LONG_TAG = 4 * _MOST_PARSED  # Characters between two ">"; shorter tags have fewer attributes.
# What holds no tags, or a start tag as the HTML standard reads it: quotes count only behind an equals sign.
_VALUE = r"""=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+)"""
_TAG = re.compile(
    r"<script\b[^<]*+(?:<(?!/script)[^<]*+)*+|<style\b[^<]*+(?:<(?!/style)[^<]*+)*+|<!--[^-]*+(?:-(?!->)[^-]*+)*+|"
    rf"(?P<tag><[a-z][^\s/>]*+(?:[\s/]++|[^\s/>=]++|{_VALUE})*+)",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(rf"[^\s/>=]++\s*+(?:{_VALUE})?")


def parse_page(html: str) -> HtmlElement:
    """Return the root element of a page; never raises, even for broken HTML."""
    # UTF-8 has no lone surrogates, and libxml2 stops at NUL.
    clean = _with_short_tags(html).encode("utf8", "replace").replace(b"\0", b" ")
    # One parser per page, because several threads may parse at once. Without huge_tree, libxml2 cuts long pages off.
    parser = lxml.html.HTMLParser(encoding="utf8", huge_tree=True, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_ELEMENTS)
    try:
        return lxml.html.document_fromstring(clean, parser=parser)
    except ParserError:  # The page holds only white space and comments.
        return lxml.html.document_fromstring(_EMPTY_PAGE)


def _with_short_tags(html: str) -> str:
    """Return a page without the attributes after the 1000th of a tag."""
    if max(map(len, html.split(">"))) < _MIN_LONG_TAG:
        return html
    return _TAG.sub(lambda match: _short_tag(match["tag"]) if match["tag"] else match[0], html)


def _short_tag(tag: str) -> str:
    if len(tag) < _MIN_LONG_TAG:
        return tag
    last = next(islice(_ATTRIBUTE.finditer(tag), _MOST_PARSED, None), None)
    return tag if last is None else tag[: last.end()]


def attributes_of(element: HtmlElement) -> list[tuple[str, str]]:
    """Return the names and values of an element's attributes; none if it has more than 200 of them."""
    attributes: list[tuple[str, str]] = element.items()
    return attributes if len(attributes) <= _MAX_ATTRIBUTES else []


def base_address(tree: HtmlElement, page_url: str) -> str:
    """Return the URL that a page's relative references are resolved against.

    Args:
        tree: the page.
        page_url: URL of the page; returned if the page has no usable ``<base href>``.
    """
    for base in tree.iter("base"):
        href = base.get("href")
        if href is not None:
            return absolute_url(page_url, href) or page_url
    return page_url


def select(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    """Return the elements that match a CSS selector, in page order.

    Args:
        tree: the page.
        selector: a CSS selector, for instance ``#results img``.

    Raises:
        CollectError: the selector is not valid CSS.
    """
    try:
        elements = XPath(HTMLTranslator().css_to_xpath(selector))(tree)
    except (SelectorError, XPathError, ValueError, RecursionError) as error:
        raise CollectError(
            "The selector is not valid CSS. Expected a CSS selector for pictures or their containers, for instance "
            f"img.photo or #results. Received: select={selector!r}. Try it in your browser's inspector."
        ) from error
    return list(elements)
