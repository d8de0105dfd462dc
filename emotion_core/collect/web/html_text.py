"""Decode web pages in the order of precedence that browsers follow."""

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, to_unicode

# The encodings of the web (https://encoding.spec.whatwg.org), by the names that w3lib has for them. Whatever
# else a page declares counts as no declaration, as in browsers: other codecs raise, turn bytes into bytes, or hide
# markup. UTF-16 is recognized by its byte order mark alone: a declaration that is legible as ASCII is wrong about it.
_WEB_ENCODINGS = frozenset(
    {
        *("utf-8", "cp866", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "cp874"),
        *(f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
        *(f"cp{number}" for number in range(1250, 1259)),
        *("gb18030", "big5hkscs", "cp950", "euc_jp", "iso2022_jp", "cp932", "cp949"),
    }
)


def text_in(data: bytes, encoding: str) -> str:
    """Return a page as text; bytes that cannot be decoded become replacement characters.

    Args:
        data: the page.
        encoding: its encoding, from ``page_encoding``.
    """
    _, mark = read_bom(data)
    text: str = to_unicode(data[len(mark or b"") :], encoding)
    return text


def page_encoding(data: bytes, content_type: str = "") -> str:
    """Return Python's name of a page's encoding.

    Args:
        data: the page.
        content_type: value of the Content-Type header, which may name a charset; empty if there is none.
    """
    encoding, mark = read_bom(data)
    if encoding is not None and mark is not None:
        return str(encoding)
    for declared in (http_content_type_encoding(content_type), html_body_declared_encoding(data)):
        if declared is not None and declared in _WEB_ENCODINGS:
            return str(declared)
    try:
        data.decode("utf8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
