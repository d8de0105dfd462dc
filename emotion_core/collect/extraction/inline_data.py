"""Pictures that a page carries inside itself, as ``data:`` addresses."""

import base64
import binascii
import hashlib
import io
import re
from urllib.parse import unquote_to_bytes

from PIL import Image

_START = re.compile(r"\s*data:", re.IGNORECASE)
_HEADER = re.compile(r"data:(?P<type>image/[\w.+-]+)(?P<parameters>(?:;[^;,]*)*),", re.IGNORECASE)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
# Blurred previews and icons are shorter; a JPEG of 80 pixels takes more.
_MIN_CHARACTERS = 1500
_MIN_SIDE_PX = 80
_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP")


def is_inline(address: str) -> bool:
    """Whether an address holds the file itself."""
    return _START.match(address) is not None


def inline_photo(text: str) -> str | None:
    """Return the ``data:`` address of an attribute, or None if its picture is smaller than a photo."""
    address = text.strip()
    if len(address) < _MIN_CHARACTERS or _HEADER.match(address) is None:
        return None
    try:
        with Image.open(io.BytesIO(inline_file(address)), formats=_FORMATS) as opened:
            return address if min(opened.size) >= _MIN_SIDE_PX else None
    except Image.DecompressionBombError:
        return address  # The reader of pictures refuses it with a reason.
    except (OSError, ValueError, SyntaxError):
        return None


def inline_file(address: str) -> bytes:
    """Return the file in a ``data:`` address, decoded as leniently as browsers do; empty if it holds none."""
    header = _HEADER.match(address)
    if header is None:
        return b""
    data = unquote_to_bytes(address[header.end() :])
    if not header["parameters"].lower().replace(" ", "").endswith(";base64"):
        return data
    digits = _NOT_BASE64.sub(b"", data)
    try:
        # One digit alone holds no whole byte.
        return base64.b64decode(digits[: len(digits) - (len(digits) % 4 == 1)] + b"==")
    except binascii.Error:
        return b""


def inline_type(address: str) -> str:
    """Return the media type that a ``data:`` address states for its picture; empty if it states none."""
    header = _HEADER.match(address)
    return header["type"].lower() if header else ""


def short_name(address: str) -> str:
    """Return a name for lists and records: the hash of a ``data:`` address, any other address unchanged.

    >>> short_name("data:image/png;base64,AAAA")
    'data:image/png;sha256,bde6da8e9d3902a86a1452ec62648cd0'
    """
    if not is_inline(address):
        return address
    return f"data:{inline_type(address)};sha256,{hashlib.sha256(address.encode()).hexdigest()[:32]}"
