"""Decide whether a response is a page: by its content where the server does not say, or says what cannot be true."""

import codecs
import re

_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/json"})
_XML_TYPES = frozenset({"text/xml", "application/xml"})
# What servers send that do not know; the MIME Sniffing standard looks at the content then, and so for a broken header.
_UNKNOWN_TYPES = frozenset({"", "unknown/unknown", "application/unknown", "*/*"})
_MEDIA_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+")
_SNIFFED_BYTES = 1445
# The beginnings that the MIME Sniffing standard (section 7.1) takes for HTML.
_HTML_TAGS = rb"!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p"
_HTML_START = re.compile(rb"[\t\n\f\r ]*(?:<(?:" + _HTML_TAGS + rb")[ >]|<!--)", re.IGNORECASE)
_XHTML_START = re.compile(rb"[\t\n\f\r ]*<\?xml.*?<html[\s>]", re.IGNORECASE | re.DOTALL)
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_TEXT_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def media_type(content_type: str) -> str:
    """Return the media type of a Content-Type header in lower case, the last valid of several; empty if none is.

    >>> media_type("text/html; charset=utf-8")
    'text/html'
    """
    types = [part.partition(";")[0].strip().lower() for part in content_type.split(",")]
    return next((name for name in reversed(types) if _MEDIA_TYPE.fullmatch(name)), "")


def may_be_page(content_type: str) -> bool:
    """Whether a response of this content type can be a page."""
    return media_type(content_type) in _PAGE_TYPES | _XML_TYPES | _UNKNOWN_TYPES


def is_page(content_type: str, data: bytes) -> bool:
    """Whether a response is read as a page: HTML or JSON.

    Args:
        content_type: value of the Content-Type header; empty if there is none.
        data: the decompressed body.
    """
    head = data[:_SNIFFED_BYTES]
    declared = media_type(content_type)
    if declared in _PAGE_TYPES:
        # A picture typed as a page has bytes that no text has.
        is_text = head.startswith(_TEXT_MARKS) or _BINARY.search(head) is None
        return is_text or _HTML_START.match(head) is not None
    head = head.removeprefix(codecs.BOM_UTF8)
    is_xhtml = _XHTML_START.match(head) is not None
    return is_xhtml or (declared in _UNKNOWN_TYPES and _HTML_START.match(head) is not None)
