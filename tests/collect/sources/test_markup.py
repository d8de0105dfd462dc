"""Questions about a page's markup."""

from emotion_core.collect.extraction import parse_page
from emotion_core.collect.sources.markup import css, shown_text, upwards


def test_elements_come_in_page_order() -> None:
    """A selector with several parts mixes their elements as the page does."""
    found = css("b, i[title]")(parse_page("<i title=x></i><b></b><i></i><i title=y></i>"))
    assert [element.tag for element in found] == ["i", "b", "i"]


def test_climbing_ends() -> None:
    """The nearest elements come first; on a bottomless page it ends long before the top."""
    (image,) = css("img")(parse_page("<div><p>" + "<span>" * 200 + "<img>"))
    assert [element.tag for element in upwards(image)] == ["span"] * 40


def test_only_what_a_person_sees_is_text() -> None:
    """Scripts, styles and hidden copies are left out, what follows them is not; the order stays."""
    html = "<td>a<b>b</b>c<script>x</script>d<i style='color:red; DISPLAY: none'>x<u>x</u></i>e<style>x</style></td>"
    (cell,) = css("td")(parse_page(f"<table><tr>{html}</tr></table>"))
    assert shown_text(cell).split() == ["a", "b", "c", "d", "e"]


def test_endless_text_is_not_read_to_its_end() -> None:
    """A hostile page cannot make one name as long as itself."""
    (body,) = css("body")(parse_page("<body>" + "<b>x</b>" * 50_000))
    assert 100 < len(shown_text(body).split()) < 2000
