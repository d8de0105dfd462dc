"""Where pages send the browser."""

import pytest

from emotion_core.collect.web.refresh import refresh_target

PAGE = "https://a.example/old/"


def meta(content: str) -> str:
    """Return a page with a refresh."""
    return f'<title>Moved</title><META HTTP-EQUIV="Refresh" CONTENT="{content}">'


@pytest.mark.parametrize(
    ("html", "path"),
    [
        (meta("0; url=/new/"), "new/"),
        (meta("0;URL='/new/'"), "new/"),
        (meta(" 0 , Url = /new/ "), "new/"),
        (meta("0 /new/"), "new/"),
        (meta("0;/new/"), "new/"),
        (meta(".5; url=/new/"), "new/"),
        (meta("5; url=/new/"), "new/"),
        (meta("0; url=sub/?a=b;c"), "old/sub/?a=b;c"),
        ("<base href='/b/'>" + meta("0; url=new"), "b/new"),
        (meta("0; url='/new/' junk"), "new/"),
        (meta("0"), None),
        (meta("0; url="), None),
        (meta("0; url=/old/#top"), None),
        (meta("url=/new/"), None),
        (meta("-1; url=/new/"), None),
        (meta("30; url=/new/"), None),
        (meta("0; url=http://["), None),
        (f"<noscript>{meta('0; url=/noscript/')}</noscript>", None),
        ("<p>refresh</p>", None),
        ("<script>x = 'http-equiv=refresh content=0'</script>", None),
        ("", None),
    ],
)
def test_meta_refreshes_are_read_as_browsers_read_them(html: str, path: str | None) -> None:
    """The address with or without its name, quotes and spaces; a page that loads itself or much later stays."""
    assert refresh_target(html, PAGE) == (None if path is None else f"https://a.example/{path}")


def test_a_header_counts_too() -> None:
    """The Refresh header sends the browser as the meta tag does."""
    assert refresh_target("<p></p>", PAGE, "0; url=/new/") == "https://a.example/new/"


def test_a_page_that_shows_pictures_for_a_while_stays() -> None:
    """A slide show is collected from; a page that moves at once is not looked at."""
    picture = "<img src='/photo.jpg' width=600>"
    assert refresh_target(meta("5; url=/2/") + picture, PAGE) is None
    assert refresh_target(meta("0; url=/2/") + picture, PAGE) == "https://a.example/2/"
