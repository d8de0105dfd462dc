"""Which pictures a page shows: one address for each, the largest that the page names."""

import re
import warnings
from collections.abc import Iterator

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, Tag, XMLParsedAsHTMLWarning
from soupsieve import SelectorSyntaxError

from emotion_core.collect import junk
from emotion_core.collect.candidates import Candidate, absolute, best, from_address, from_srcset
from emotion_core.collect.grouping import LAZY_ADDRESSES, SRCSETS, PictureElements
from emotion_core.errors import CollectError

_MIN_WIDTH = re.compile(r"min-width:\s*(\d+(?:\.\d+)?)\s*(px|r?em)")
_PX_PER_EM = 16.0


def parse_page(html: str) -> BeautifulSoup:
    """Return the page's tree; never raises, whatever the text holds."""
    # Lone surrogates cannot be encoded, which the parser does; NUL ends its input early.
    clean = html.encode("utf8", "replace").decode("utf8").replace("\0", " ")
    with warnings.catch_warnings():
        # They advise programmers who pass a file name or XML by mistake; here any text may come from the web.
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        return BeautifulSoup(clean, "lxml")


def base_address(soup: BeautifulSoup, page_url: str) -> str:
    """Return what relative addresses of the page are relative to: its ``<base href>``, else its own address."""
    found = soup.find("base", href=True)
    return (absolute(page_url, str(found["href"])) if isinstance(found, Tag) else None) or page_url


def find_image_urls(html: str, page_url: str, selector: str | None = None) -> list[str]:
    """Return the address of each picture that a page shows: absolute, the largest it names, each once, in page order.

    Trackers, spacers, drawings, logos and icons are left out, unless a selector picks them.

    Args:
        html: the page.
        page_url: its address, http or https.
        selector: a CSS selector of pictures, or of what contains them; without it the whole page.

    Raises:
        CollectError: the selector is not CSS.
    """
    soup = parse_page(html)
    base_url = base_address(soup, page_url)
    matches = None if selector is None else _select(soup, selector)
    chosen: dict[str, None] = {}
    for group in PictureElements(soup).groups(matches):
        candidate = _best_of(group, base_url, chosen_by_person=selector is not None)
        if candidate is not None:
            chosen[candidate.url] = None
    return list(chosen)


def _select(soup: BeautifulSoup, selector: str) -> list[Tag]:
    try:
        return list(soup.select(selector))
    except (SelectorSyntaxError, NotImplementedError, ValueError) as error:
        raise CollectError(
            "The selector cannot be understood. Expected a CSS selector of pictures or of what contains them, "
            f"for instance img.photo or #results. Received: select={selector!r}. Try it in your browser's inspector."
        ) from error


def _best_of(group: list[Tag], base_url: str, *, chosen_by_person: bool) -> Candidate | None:
    shown = group if chosen_by_person else [element for element in group if not junk.is_tracker(element)]
    found = (candidate for element in shown for candidate in _candidates(element, base_url))
    usable = [candidate for candidate in found if not junk.never_a_photo(candidate.url)]
    if chosen_by_person:
        return best(usable)
    return best(candidate for candidate in usable if not junk.is_decoration(candidate.url))


def _candidates(element: Tag, base_url: str) -> Iterator[Candidate]:
    for name in LAZY_ADDRESSES:
        value = _attribute(element, name)
        if junk.looks_like_address(value):
            yield from from_address(base_url, value)
    for name in SRCSETS:
        yield from from_srcset(base_url, _attribute(element, name), _media_width(element))
    if element.name != "source":
        yield from from_address(base_url, _attribute(element, "src"))


def _attribute(element: Tag, name: str) -> str:
    value = element.get(name)
    return value if isinstance(value, str) else ""


def _media_width(source: Tag) -> float:
    """Return the width from which on a ``<source>`` is used, in pixels; wider windows are given larger files."""
    found = _MIN_WIDTH.search(_attribute(source, "media"))
    if found is None:
        return 0.0
    return float(found.group(1)) * (1.0 if found.group(2) == "px" else _PX_PER_EM)
