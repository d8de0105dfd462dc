"""Find the pictures of a web page: one URL per picture, the largest that the page names."""

from emotion_core.collect.extraction.candidates import absolute_url, is_srcset, parse_srcset
from emotion_core.collect.extraction.html_tree import base_address, parse_page, select
from emotion_core.collect.extraction.inline_data import inline_file, inline_type, is_inline, short_name
from emotion_core.collect.extraction.page_images import find_image_urls, find_in_tree
from emotion_core.collect.extraction.query_encoding import encode_queries
from emotion_core.collect.extraction.size_variants import identify_picture

__all__ = [
    "absolute_url",
    "base_address",
    "encode_queries",
    "find_image_urls",
    "find_in_tree",
    "identify_picture",
    "inline_file",
    "inline_type",
    "is_inline",
    "is_srcset",
    "parse_page",
    "parse_srcset",
    "select",
    "short_name",
]
