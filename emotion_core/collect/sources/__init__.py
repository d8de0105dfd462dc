"""Read the pictures of a page with their license and author, and the address of the next page."""

from emotion_core.collect.sources.mediawiki import is_photo_page
from emotion_core.collect.sources.next_links import next_page_url
from emotion_core.collect.sources.page_reader import read_description, read_page
from emotion_core.collect.sources.pages import MAX_PAGES, is_numbered, page_urls, parse_pages
from emotion_core.collect.sources.records import FoundPicture, PageContents
from emotion_core.collect.sources.sites import SITES

__all__ = [
    "MAX_PAGES",
    "SITES",
    "FoundPicture",
    "PageContents",
    "is_numbered",
    "is_photo_page",
    "next_page_url",
    "page_urls",
    "parse_pages",
    "read_description",
    "read_page",
]
