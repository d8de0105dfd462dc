"""Queries of addresses on pages in other encodings than UTF-8."""

import pytest

from emotion_core.collect.extraction import encode_queries, find_in_tree, parse_page
from emotion_core.collect.sources import read_page
from emotion_core.collect.web.page_text import read_text
from emotion_core.collect.web.responses import HttpResponse


@pytest.mark.parametrize(
    ("encoding", "text", "expected"),
    [
        ("gb18030", "开心", "%BF%AA%D0%C4"),
        ("cp932", "表情", "%95\\%8F%EE"),
        ("cp949", "행복", "%C7%E0%BA%B9"),
        ("euc_jp", "表情", "%C9%BD%BE%F0"),
        ("cp1251", "лицо", "%EB%E8%F6%EE"),
        ("cp1252", "é☃é", "%E9%26%239731%3B%E9"),
        ("utf-8", "é", "%C3%A9"),
        ("utf-16-le", "é", "%C3%A9"),
    ],
)
def test_queries_are_in_the_encoding_of_the_page(encoding: str, text: str, expected: str) -> None:
    """The query is percent-encoded in the page's encoding, the path in UTF-8; references stand for what it lacks."""
    tree = parse_page(f'<img src="/ü.jpg?id={text}" srcset="/ü.jpg?id={text} 2x" alt="why?{text}">')
    encode_queries(tree, encoding)
    assert find_in_tree(tree, "https://a.example/") == [f"https://a.example/%C3%BC.jpg?id={expected}"]
    assert tree.xpath("//img")[0].get("alt") == f"why?{text}"


def test_a_page_is_read_in_its_encoding() -> None:
    """The encoding that a page declares counts for the pictures and for the next page."""
    html = '<meta charset="gbk"><img src="/a.jpg?n=开心"><a rel="next" href="?k=开心">2</a>'.encode("gbk")
    response = HttpResponse("https://a.example/", 200, "text/html", html)
    text = read_text(response, "us")
    contents = read_page(response.as_page(text.html, text.encoding))
    assert [picture.url for picture in contents.pictures] == ["https://a.example/a.jpg?n=%BF%AA%D0%C4"]
    assert contents.next_url == "https://a.example/?k=%BF%AA%D0%C4"
