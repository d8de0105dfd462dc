"""What a page shows, whatever kind of page it is: the pictures, what is stated of each, and the page after it."""

from dataclasses import replace

from lxml.html import HtmlElement

from emotion_core.collect.extraction import base_address, find_in_tree, parse_page, select
from emotion_core.collect.sources import mediawiki, openverse
from emotion_core.collect.sources.credits import Statements
from emotion_core.collect.sources.pages import next_in_tree
from emotion_core.collect.sources.records import FoundPicture, PageContents
from emotion_core.collect.web import Page


def read_page(page: Page, selector: str | None = None) -> PageContents:
    """Return the pictures that a page shows or an answer of Openverse's lists, with what it states of each.

    Args:
        page: HTML, or JSON as its content type says.
        selector: a CSS selector of pictures, or of what contains them; without it the whole page. JSON has no parts.

    Raises:
        CollectError: the selector is not CSS, or the JSON lists no photos.
    """
    if _is_json(page):
        return openverse.read_answer(page)
    tree = parse_page(page.html)
    wiki = mediawiki.is_wiki(tree)
    chosen = select(tree, selector) if wiki and selector is not None else None
    reading = mediawiki.read_page(tree, page.url, chosen) if wiki else None
    return reading or _read_any(page, tree, selector, wiki=wiki)


def _read_any(page: Page, tree: HtmlElement, selector: str | None, *, wiki: bool) -> PageContents:
    # The licence that a wiki states for the whole page is that of its text.
    statements = Statements(tree, base_address(tree, page.url), page_wide=not wiki)
    pictures = (FoundPicture(url, *statements.about(url)) for url in find_in_tree(tree, page.url, selector))
    return PageContents(tuple(pictures), next_in_tree(tree, page.url))


def read_description(page: Page, picture: FoundPicture) -> FoundPicture:
    """Return the picture with what the page that describes it adds: a better address, the licence, the author.

    Args:
        page: at ``picture.described_at``.
        picture: as a listing showed it; what the page does not state stays.
    """
    tree = parse_page(page.html)
    if mediawiki.describes_file(tree):
        return mediawiki.describe(tree, page.url, picture)
    stated = Statements(tree, base_address(tree, page.url)).about(picture.url)
    return replace(picture, licence=stated.licence or picture.licence, author=stated.author or picture.author)


def _is_json(page: Page) -> bool:
    media_type = page.content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")
