"""Bytes of a web page to text, in the order of precedence that browsers follow; names to text that can be kept."""

import codecs
from email.message import Message

from bs4.dammit import EncodingDetector

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Browsers read these names as their supersets; pages written on Windows depend on it.
_SUPERSETS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}


def decode_html(data: bytes, content_type: str = "") -> str:
    """Return the page as text; bytes that cannot be decoded become replacement characters.

    Args:
        data: the page.
        content_type: the header's value, which may name a charset.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    declared = _charset(content_type) or _python_name(EncodingDetector.find_declared_encoding(data, is_html=True))
    if declared:
        return data.decode(declared, "replace")
    try:
        return data.decode("utf8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _charset(content_type: str) -> str | None:
    message = Message()
    message["Content-Type"] = content_type.replace("\r", " ").replace("\n", " ")
    charset = message.get_param("charset")
    return _python_name(charset) if isinstance(charset, str) else None


def _python_name(label: str | None) -> str | None:
    """Return Python's name of a text encoding, or None where it knows none of that label."""
    try:
        found = codecs.lookup(label.strip().strip("'\"")) if label else None
    except (LookupError, ValueError):
        return None
    # Python also registers codecs such as "hex" and "zip" that turn bytes into bytes.
    if found is None or not getattr(found, "_is_text_encoding", True) or found.name.startswith("utf-16"):
        return None
    return _SUPERSETS.get(found.name, found.name)
