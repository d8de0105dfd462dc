"""Write the queries of a page's addresses in the encoding of the page, as browsers do (URL Standard, "query state").

A server that sends its pages in GBK or Shift_JIS reads the query in it too; the path is UTF-8 everywhere.
"""

import re

from lxml.html import HtmlElement

from emotion_core.collect.extraction.html_tree import attributes_of
from emotion_core.collect.extraction.size_words import word_set

# In an attribute that holds one address, the query may have spaces; in a list they end the address.
_QUERY = re.compile(r"\?[^#\"'<>]*")
_QUERY_IN_LIST = re.compile(r"\?[^#\"'<>\s]*")
_TEXTS = word_set("alt title value placeholder label summary class id name")
_NON_ASCII = re.compile(r"[^\x00-\x7f]+")
_KEPT = frozenset(range(0x21, 0x7F)) - frozenset(b"\"#'<>")


def encode_queries(tree: HtmlElement, encoding: str) -> None:
    """Percent-encode the queries of all addresses in a page's attributes.

    Args:
        tree: the page, changed in place.
        encoding: Python's name of the page's encoding; nothing changes for UTF-8 and UTF-16, as in browsers.
    """
    if encoding.lower().startswith("utf"):
        return
    for element in tree.iter("*"):
        for name, value in attributes_of(element):
            if "?" in value and not value.isascii() and name not in _TEXTS:
                element.set(name, _encoded_address(name, value, encoding))


def _encoded_address(name: str, value: str, encoding: str) -> str:
    pattern = _QUERY_IN_LIST if name == "style" or name.endswith("set") else _QUERY
    return pattern.sub(lambda match: _encoded(match.group(), encoding), value)


def _encoded(query: str, encoding: str) -> str:
    return _NON_ASCII.sub(lambda match: _percent_encoded(match.group(), encoding), query)


def _percent_encoded(text: str, encoding: str) -> str:
    r"""Return characters in percent-encoding; those that the encoding lacks as references such as ``&#1234;``.

    >>> _percent_encoded("表", "cp932"), _percent_encoded("é", "cp932")
    ('%95\\', '%26%23233%3B')
    """
    try:
        return "".join(chr(byte) if byte in _KEPT else f"%{byte:02X}" for byte in text.encode(encoding))
    except UnicodeEncodeError:
        if len(text) == 1:
            return f"%26%23{ord(text)}%3B"
        return "".join(_percent_encoded(letter, encoding) for letter in text)
