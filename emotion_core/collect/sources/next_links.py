"""Find the link to the next page: by its relation, its wording in many languages, its class, or its page number."""

import re
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from emotion_core.collect.extraction import base_address, parse_page
from emotion_core.collect.sources.next_words import MORE_WORDS, NEXT_WORDS, PREVIOUS_WORDS
from emotion_core.collect.urls import join_url, without_fragment
from emotion_core.collect.web import is_same_site

_ADDRESS_ATTRIBUTES = ("href", "data-href", "data-url", "data-next-url", "data-next")
# Single arrows first: where a page has both, the double one leads to the last page.
_ARROWS = ("›", ">", "→", "⟩", "❯", "▶", "►", "⇒", "»", ">>", "≫")
_TRIM = " \t\n\r.…:!·|–—-←→‹›«»<>⟨⟩❮❯◀▶◄►⇐⇒≪≫()[]"
_NEXT_CLASS = re.compile(
    r"(?:^|[\s_-])(?:next(?:page|posts?|link|btn)?|pagenext|older(?:posts?)?|loadmore)(?=$|[\s_-])"
)
_MORE_CLASS = re.compile(r"(?:^|[\s_-])load-?more(?=$|[\s_-])")
_PREVIOUS_CLASS = re.compile(r"(?:^|[\s_-])prev(?:ious)?(?:page|posts?|link|btn)?(?=$|[\s_-])")
_OFF_CLASS = re.compile(r"(?:^|[\s_-])(?:disabled|inactive|carousel|slick|swiper|slider)(?=$|[\s_-])")
_CURRENT_CLASS = re.compile(r"(?:^|[\s_-])(?:current|active|selected)(?=$|[\s_-])")
_PAGER = re.compile(r"pag(?:e|er|inat|ing|ination)|(?:^|[\s_-])(?:nav|pages|seiten)(?=$|[\s_-])")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MAX_TEXT = 60
_PAGER_LEVELS = 4
_RELATION, _WORDS, _CLASS, _ARROW, _MORE, _NUMBER = range(6)


@dataclass(frozen=True)
class _Link:
    """A link that may lead to the next page; the smallest ``rank`` is the best."""

    rank: tuple[int, ...]
    url: str


def next_page_url(html: str, page_url: str) -> str | None:
    """Return the URL of the next page, or None on the last page.

    Args:
        html: the page.
        page_url: URL of the page.
    """
    return next_in_tree(parse_page(html), page_url)


def next_in_tree(tree: HtmlElement, page_url: str) -> str | None:
    """Return the same as ``next_page_url``, for a parsed page.

    The link has to stay on the site. A link element or a link with ``rel="next"`` counts most, then the wording of a
    link, its class, an arrow, a button for more, and at last the number after that of this page.

    Args:
        tree: the page.
        page_url: URL of the page.
    """
    base_url, here = base_address(tree, page_url), without_fragment(page_url)
    links: list[_Link] = []
    for element in tree.iter("link", "a", "area", "button"):
        rank = _rank(element)
        url = _address(element, base_url) if rank is not None else None
        if rank is not None and url is not None and url != here and is_same_site(url, page_url):
            links.append(_Link(rank, url))
    return _best(links)


def _best(links: list[_Link]) -> str | None:
    for rank in sorted({link.rank for link in links}):
        urls = list(dict.fromkeys(link.url for link in links if link.rank == rank))
        # Outside a pager, several links of one kind lead to more of something else: of articles, of shelves.
        is_sure = rank[0] == _RELATION or (rank[0] != _MORE and rank[1] == 0)
        if is_sure or len(urls) == 1:
            return urls[0]
    return None


def _address(element: HtmlElement, base_url: str) -> str | None:
    """Return the absolute URL of a link without its fragment, or None if it is none of the web."""
    reference = next(filter(None, (element.get(name, "").strip() for name in _ADDRESS_ATTRIBUTES)), None)
    url = join_url(base_url, reference) if reference else None
    return without_fragment(url) if url is not None and url.startswith(("http://", "https://")) else None


def _rank(element: HtmlElement) -> tuple[int, ...] | None:
    """Return how surely an element leads to the next page, the smaller the surer; None if nothing says so."""
    if "next" in (element.get("rel") or "").lower().split():
        return (_RELATION,)
    if element.tag == "link":
        return None
    names = _names(element)
    if _OFF_CLASS.search(names) or element.get("aria-disabled") == "true":
        return None
    kind = _kind(element, names)
    return None if kind is None else (kind[0], int(not _is_in_pager(element)), kind[1])


def _kind(element: HtmlElement, names: str) -> tuple[int, int] | None:
    texts = [_text(element), element.get("aria-label", ""), element.get("title", "")]
    words = [_wording(text) for text in texts]
    # "Previous" in the class of older posts means the page before in time.
    if any(word in PREVIOUS_WORDS for word in words):
        return None
    if any(word in NEXT_WORDS for word in words):
        return _WORDS, 0
    if any(word in MORE_WORDS for word in words) or _MORE_CLASS.search(names):
        return _MORE, 0
    if _NEXT_CLASS.search(names) and not _PREVIOUS_CLASS.search(names) and len(texts[0]) <= _MAX_TEXT:
        return _CLASS, 0
    if texts[0] in _ARROWS:
        return _ARROW, _ARROWS.index(texts[0])
    return (_NUMBER, 0) if _follows_current(element, texts[0]) else None


def _names(element: HtmlElement) -> str:
    """Return class and id of a link and of the list item or span around it, in lower case with words apart."""
    parent = element.getparent()
    # Not the length of the parent: that counts all its children, for each of its links.
    is_alone = element.getprevious() is None and element.getnext() is None
    around = [parent] if parent is not None and parent.tag in ("li", "span", "div") and is_alone else []
    names = " ".join(f"{named.get('class') or ''} {named.get('id') or ''}" for named in (element, *around))
    return _CAMEL.sub("-", names[:500]).lower()


def _text(element: HtmlElement) -> str:
    """Return the beginning of what a link shows: its text, or the description of its picture."""
    pieces = islice(element.itertext(), 12)
    text = " ".join(" ".join(pieces)[:200].split())
    picture = element.find(".//img") if not text else None
    return text if picture is None else " ".join((picture.get("alt") or "").split())


def _wording(text: str) -> str:
    return text[:200].strip(_TRIM).casefold() if len(text) <= _MAX_TEXT else ""


def _is_in_pager(element: HtmlElement) -> bool:
    return any(
        _PAGER.search(f"{outer.get('class') or ''} {outer.get('id') or ''} {outer.get('aria-label') or ''}".lower())
        for outer in islice(element.iterancestors(), _PAGER_LEVELS)
    )


def _follows_current(element: HtmlElement, text: str) -> bool:
    """Whether a link is a page number and follows the number of this page, which is no link or marked as current."""
    if not text.isdecimal() or len(text) > 4:
        return False
    before = _text_before(element)
    return before.isdecimal() and int(before) == int(text) - 1


def _text_before(element: HtmlElement) -> str:
    """Return the text just before a link; empty if that is the link of another page."""
    for outer in (element, *islice(element.iterancestors(), _PAGER_LEVELS)):
        previous, parent = outer.getprevious(), outer.getparent()
        text = (previous.tail if previous is not None else parent.text if parent is not None else "") or ""
        if text.strip(_TRIM + ","):
            return text.strip(_TRIM + ",")
        if previous is not None:
            links = [previous] if previous.tag == "a" else previous.findall(".//a")
            return _text(previous) if all(map(_is_current, links)) else ""
    return ""


def _is_current(link: HtmlElement) -> bool:
    is_marked = _CURRENT_CLASS.search(_names(link)) is not None or link.get("aria-current") not in (None, "false")
    return is_marked or not link.get("href")
