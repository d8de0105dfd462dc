"""Decode web pages in the order of precedence that browsers follow."""

import codecs

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, to_unicode

# Python codecs that are not web encodings: most raise or depend on the machine, and UTF-7 can hide markup.
_NON_CHARSETS = frozenset(
    {"charmap", "idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
)


def decode_html(data: bytes, content_type: str = "") -> str:
    """Return a page as text; bytes that cannot be decoded become replacement characters.

    Args:
        data: the page.
        content_type: value of the Content-Type header, which may name a charset; empty if there is none.
    """
    encoding, mark = read_bom(data)
    if encoding is not None and mark is not None:
        return to_unicode(data[len(mark) :], encoding)
    for declared in (http_content_type_encoding(content_type), html_body_declared_encoding(data)):
        if declared is not None and _is_charset(declared):
            return to_unicode(data, declared)
    try:
        return data.decode("utf8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _is_charset(encoding: str) -> bool:
    # Python also registers codecs such as "hex" that turn bytes into bytes. UTF-16 and UTF-32 are recognized by their
    # byte order mark alone: a declaration that is legible as ASCII is wrong about them.
    is_text = getattr(codecs.lookup(encoding), "_is_text_encoding", True)
    return is_text and encoding not in _NON_CHARSETS and not encoding.startswith(("utf-16", "utf-32"))
