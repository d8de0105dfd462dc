"""Pages are made text in reader processes, and no page takes a time that grows with its square."""

from emotion_core.collect.web.page_text import read_text
from emotion_core.collect.web.responses import HttpResponse

PAGE = "https://example.org/"


def test_a_page_is_read_with_what_it_asks_of_programs() -> None:
    """Encoding, opt-out and refresh are found; JSON asks for nothing."""
    html = '<meta name="robots" content="noai"><meta http-equiv="refresh" content="0; url=/é">'
    page = HttpResponse(PAGE, 200, "text/html; charset=iso-8859-2", html.encode("iso8859-2"))
    text = read_text(page, "bot")
    assert text == (html, "iso8859-2", "meta robots: noai", "https://example.org/%C3%A9")
    assert read_text(HttpResponse(PAGE, 200, "application/json", b"[]", refresh="0; url=/a"), "bot").target is None


def test_a_page_of_blanks_is_searched_once() -> None:
    """A million blanks after http-equiv= take a moment; with their square, the limit of the reader would end it."""
    page = HttpResponse(PAGE, 200, "text/html", b"http-equiv=" + b" " * 1_000_000)
    assert read_text(page, "bot").target is None
