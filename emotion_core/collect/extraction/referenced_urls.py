"""Picture URLs that a page names without showing them there: in its head, its scripts and its links."""

import json
import re
from collections.abc import Iterable, Iterator

from lxml.etree import XPath
from lxml.html import HtmlElement

from emotion_core.collect.extraction.candidates import absolute_url, parse_srcset
from emotion_core.collect.extraction.embedded_json import unescaped
from emotion_core.collect.extraction.html_tree import attributes_of
from emotion_core.collect.extraction.junk_filter import is_picture_file

_META = frozenset(
    {"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src", "image", "thumbnail"}
)
_ADDRESS = re.compile(r"""(?:https?:)?//[^\s"'<>`\\|^]{4,2000}""")
# In one pass: a union of four would be sorted again.
_NAMING = XPath("//*[self::script or self::a[@href] or self::link[@href or @imagesrcset] or @*[contains(., '{')]]")
_LIST_END = re.compile(r",(?=(?:https?:)?//)|&quot;|\)")
_IMAGE_KEYS = ("image", "thumbnailUrl", "photo")
_ADDRESS_KEYS = ("contentUrl", "url")
_FOREIGN_KEYS = frozenset({"logo", "publisher", "author", "creator", "sourceOrganization", "brand"})


def page_metadata_urls(tree: HtmlElement, base_url: str) -> Iterator[str]:
    """Yield the URLs of the pictures in a page's metadata, meant for link previews and search engines.

    Args:
        tree: the page.
        base_url: URL that relative references are resolved against.
    """
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        if name.lower() in _META:
            yield from _resolve(base_url, meta.get("content") or "")
    for link in tree.iter("link"):
        if link.get("rel") == "image_src":
            yield from _resolve(base_url, link.get("href") or "")
    for script in tree.iter("script"):
        if script.get("type") == "application/ld+json":
            for address in _in_linked_data(script.text or ""):
                yield from _resolve(base_url, address)


def _resolve(base_url: str, address: str) -> Iterator[str]:
    url = absolute_url(base_url, address)
    if url is not None:
        yield url


def _in_linked_data(text: str) -> Iterator[str]:
    try:
        stack = [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        return
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack += reversed(value)
        elif isinstance(value, dict):
            for key in _IMAGE_KEYS:
                yield from _addresses_in(value.get(key))
            stack += [part for key, part in value.items() if key not in _FOREIGN_KEYS]


def _addresses_in(value: object) -> Iterator[str]:
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, dict):
            part = next((part[key] for key in _ADDRESS_KEYS if isinstance(part.get(key), str)), None)
        if isinstance(part, str):
            yield part


def naming_elements(tree: HtmlElement) -> list[HtmlElement]:
    """Return the links, the scripts and the elements with JSON in their attributes, in page order."""
    return list(_NAMING(tree))


def linked_picture_urls(elements: Iterable[HtmlElement], base_url: str) -> Iterator[str]:
    """Yield the URLs of picture files in links, scripts and data attributes, whether the page shows them or not.

    Args:
        elements: links, scripts, and elements with JSON in their attributes.
        base_url: URL that relative references are resolved against.
    """
    for element in elements:
        if element.tag == "script":
            yield from _in_text(unescaped(element.text or ""), base_url)
            continue
        for name, value in attributes_of(element):
            if name == "href" and element.tag in ("a", "link"):
                if is_picture_file(value):
                    yield from _resolve(base_url, value)
            elif name == "imagesrcset":
                for address, _, _ in parse_srcset(value):
                    yield from _resolve(base_url, address)
            elif "{" in value and "http" in value:
                yield from _in_text(unescaped(value), base_url)


def _in_text(text: str, base_url: str) -> Iterator[str]:
    for raw_address in _ADDRESS.findall(text):
        address = _LIST_END.split(raw_address, maxsplit=1)[0]
        if is_picture_file(address) or "image" in address:
            yield from _resolve(base_url, address)
