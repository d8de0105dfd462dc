"""Bytes of a page to text."""

import pytest

from emotion_core.collect.web.html_text import page_encoding, text_in

TEXT = "<p>Grüße, 悲しい</p>"


def decode_html(data: bytes, content_type: str = "") -> str:
    """Return a page as text, in the encoding that is found for it."""
    return text_in(data, page_encoding(data, content_type))


@pytest.mark.parametrize(
    ("data", "content_type", "expected"),
    [
        (TEXT.encode(), "text/html", TEXT),
        (TEXT.encode("utf-8-sig"), "text/html; charset=latin-1", TEXT),
        (TEXT.encode("utf-16"), "", TEXT),
        (
            TEXT.encode("shift_jis", "replace"),
            'text/html; charset="Shift_JIS"',
            TEXT.replace("ü", "?").replace("ß", "?"),
        ),
        ("<meta charset=windows-1251><p>да".encode("cp1251"), "text/html", "<meta charset=windows-1251><p>да"),
        ("“quoted” ü".encode("cp1252"), "text/html; charset=ISO-8859-1", "“quoted” ü"),
        ("ü".encode("cp1252"), "text/html", "ü"),
        ("ü".encode(), "text/html; charset=hex", "ü"),
        ("ü".encode(), "text/html; charset=nonsense\r\nX: 1", "ü"),
        (b"a\xffb", "text/html; charset=utf-8", "a�b"),
    ],
)
def test_the_charset_is_found_as_browsers_find_it(data: bytes, content_type: str, expected: str) -> None:
    """Byte order mark, header, meta element and guesses come in that order; nothing raises."""
    assert decode_html(data, content_type) == expected


@pytest.mark.parametrize(
    "codec",
    ["idna", "punycode", "base64", "rot13", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7", "utf-16"],
)
def test_a_declared_codec_that_is_no_charset_is_ignored(codec: str) -> None:
    """Python codecs that are no character encodings, or that a legible declaration rules out, never raise."""
    page = f"<meta charset={codec}><p>ü \\N{{x}} \\x xn--a.."
    assert decode_html(page.encode(), f"text/html; charset={codec}") == page
    assert decode_html(page.encode("cp1252")) == page


def test_the_meta_element_counts_where_the_header_names_no_charset() -> None:
    """An unusable charset in the header does not hide the one in the page."""
    page = "<meta charset=windows-1251><p>да"
    assert decode_html(page.encode("cp1251"), "text/html; charset=idna") == page
