"""Helpers for reading a page's markup."""

from emotion_core.collect.extraction import parse_page
from emotion_core.collect.sources.markup import compile_css, near_ancestors, visible_text


def test_elements_come_in_page_order() -> None:
    """A selector with several parts returns their elements in the order of the page."""
    elements = compile_css("b, i[title]")(parse_page("<i title=x></i><b></b><i></i><i title=y></i>"))
    assert [element.tag for element in elements] == ["i", "b", "i"]


def test_ancestors_are_limited() -> None:
    """The nearest ancestors come first, and a deeply nested element has only 40 of them."""
    (image,) = compile_css("img")(parse_page("<div><p>" + "<span>" * 200 + "<img>"))
    assert [element.tag for element in near_ancestors(image)] == ["span"] * 40


def test_only_visible_text_is_returned() -> None:
    """Scripts, styles and hidden elements are left out, text after them is not; the order stays."""
    html = "<td>a<b>b</b>c<script>x</script>d<i style='color:red; DISPLAY: none'>x<u>x</u></i>e<style>x</style></td>"
    (cell,) = compile_css("td")(parse_page(f"<table><tr>{html}</tr></table>"))
    assert visible_text(cell).split() == ["a", "b", "c", "d", "e"]


def test_visible_text_is_limited() -> None:
    """A hostile page cannot make a name as long as itself."""
    (body,) = compile_css("body")(parse_page("<body>" + "<b>x</b>" * 50_000))
    assert 100 < len(visible_text(body).split()) < 2000
