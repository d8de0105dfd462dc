"""Read any kind of page, in a reader process: its pictures with license and author, and the next page."""

from dataclasses import asdict, replace
from typing import Any

from lxml.html import HtmlElement

from emotion_core import sandbox
from emotion_core.collect.extraction import base_address, encode_queries, find_in_tree, parse_page, select
from emotion_core.collect.sources import mediawiki, openverse
from emotion_core.collect.sources.credits import PageCredits
from emotion_core.collect.sources.next_links import next_in_tree
from emotion_core.collect.sources.records import FoundPicture, PageContents
from emotion_core.collect.sources.referrer_policies import add_policies, page_policy
from emotion_core.collect.web import Page, media_type
from emotion_core.errors import CollectError


def read_page(page: Page, selector: str | None = None) -> PageContents:
    """Return the pictures of a page or of Openverse search results, with their license and author.

    Args:
        page: HTML, or JSON as its content type says.
        selector: a CSS selector for pictures or their containers; None for the whole page. Ignored for JSON.

    Raises:
        CollectError: the selector is not valid CSS, the JSON is not a page of search results, or reading the page takes
            more than 5 seconds or 500 MB.
    """
    return _contents_of(sandbox.call(_read_page, asdict(page), selector, raising=CollectError))


def _contents_of(values: dict[str, Any]) -> PageContents:
    pictures = tuple(FoundPicture(**picture) for picture in values.pop("pictures"))
    return PageContents(pictures, **values)


def _read_page(values: dict[str, Any], selector: str | None) -> dict[str, Any]:
    return asdict(_contents(Page(**values), selector))


def _contents(page: Page, selector: str | None) -> PageContents:
    if _is_json(page):
        return openverse.read_results(page)
    tree = parse_page(page.html)
    encode_queries(tree, page.encoding)
    wiki = mediawiki.is_wiki(tree)
    chosen = select(tree, selector) if wiki and selector is not None else None
    contents = mediawiki.read_page(tree, page.url, chosen) if wiki else None
    return contents or _read_any(page, tree, selector, wiki=wiki)


def _read_any(page: Page, tree: HtmlElement, selector: str | None, *, wiki: bool) -> PageContents:
    # The license of a whole wiki page covers its text, not its pictures.
    page_credits = PageCredits(tree, base_address(tree, page.url), page_wide=not wiki)
    pictures = (FoundPicture(url, *page_credits.credit_of(url)) for url in find_in_tree(tree, page.url, selector))
    with_policies = tuple(add_policies(pictures, tree, page.url))
    return PageContents(with_policies, next_in_tree(tree, page.url), page_policy(tree, page.referrer_policy))


def read_description(page: Page, picture: FoundPicture) -> FoundPicture:
    """Return a picture completed by the page that describes it: a better URL, the license and the author.

    Args:
        page: the page at ``picture.described_at``.
        picture: the picture as listed; fields that the page does not state are kept.

    Raises:
        CollectError: reading the page takes more than 5 seconds or 500 MB.
    """
    return FoundPicture(**sandbox.call(_read_description, asdict(page), asdict(picture), raising=CollectError))


def _read_description(values: dict[str, Any], listed: dict[str, Any]) -> dict[str, Any]:
    return asdict(_described(Page(**values), FoundPicture(**listed)))


def _described(page: Page, picture: FoundPicture) -> FoundPicture:
    tree = parse_page(page.html)
    if mediawiki.is_file_page(tree):
        return mediawiki.add_description(tree, page.url, picture)
    credit = PageCredits(tree, base_address(tree, page.url)).credit_of(picture.url)
    return replace(picture, licence=credit.licence or picture.licence, author=credit.author or picture.author)


def _is_json(page: Page) -> bool:
    declared = media_type(page.content_type)
    return declared == "application/json" or declared.endswith("+json")
