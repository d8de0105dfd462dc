"""What is a page, by its content type and its content."""

import pytest

from emotion_core.collect.web.content_types import is_page, may_be_page, media_type
from tests.collect.web_server import jpeg

HTML = b"<!DOCTYPE html><p>x"


@pytest.mark.parametrize(
    ("content_type", "data", "expected"),
    [
        ("text/html", HTML, True),
        ("TEXT/HTML; charset=x", b"plain words", True),
        ("application/json", b"{}", True),
        ("text/html", jpeg(), False),
        ("text/html", b"\x89PNG\r\n\x1a\n", False),
        ("text/html", b"\xff\xfe<\0p\0>\0", True),
        ("text/html", b"<html>\0", True),
        ("", HTML, True),
        ("", b" \n\t<html lang=de>", True),
        ("", b"\xef\xbb\xbf<!-- x -->", True),
        ("", b"<body>", True),
        ("", b"<pre>", False),
        ("", b"plain words", False),
        ("", jpeg(), False),
        ("application/unknown", HTML, True),
        ("html", HTML, True),
        ("text/html, text/html", HTML, True),
        ("image/jpeg", HTML, False),
        ("application/octet-stream", HTML, False),
        ("text/plain", HTML, False),
        ("application/xml", b'<?xml version="1.0"?><!DOCTYPE html><html xmlns="x">', True),
        ("application/xml", b'<?xml version="1.0"?><rss>', False),
        ("", b"", False),
    ],
)
def test_content_decides_where_the_type_does_not(content_type: str, data: bytes, expected: bool) -> None:
    """Without a type the beginning decides, and a picture that is typed as a page is none."""
    assert is_page(content_type, data) is expected


def test_types_that_cannot_be_pages_are_known_before_the_body() -> None:
    """A picture type is no page whatever follows; a missing or broken type may be one."""
    assert not may_be_page("image/png")
    assert may_be_page("")
    assert may_be_page("nonsense")


def test_the_last_valid_type_counts() -> None:
    """Of repeated headers, the last valid type counts; parameters are left out."""
    assert media_type("text/html; a=b, Image/PNG;q=1, junk") == "image/png"
    assert media_type("text") == ""
