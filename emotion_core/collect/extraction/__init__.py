"""Which pictures a page shows: one address for each, the largest that the page names."""

from emotion_core.collect.extraction.candidates import absolute, is_srcset, parse_srcset
from emotion_core.collect.extraction.html_tree import base_address, parse_page, select
from emotion_core.collect.extraction.page_images import find_image_urls, find_in_tree
from emotion_core.collect.extraction.size_variants import identify

__all__ = [
    "absolute",
    "base_address",
    "find_image_urls",
    "find_in_tree",
    "identify",
    "is_srcset",
    "parse_page",
    "parse_srcset",
    "select",
]
