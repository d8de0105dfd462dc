"""Which elements are pictures, and their candidate URLs."""

from emotion_core.collect.extraction import parse_page, select
from emotion_core.collect.extraction.elements import candidates_of, select_pictures, shown_pictures

BASE = "https://a.example/"


def named(html: str) -> list[list[str]]:
    """Return the URLs of each picture, without the common host."""
    pictures = shown_pictures(parse_page(html))
    return [
        [c.url.removeprefix("https://a.example/") for c in candidates_of(p, "https://a.example/")] for p in pictures
    ]


def test_a_link_belongs_to_the_one_picture_in_it() -> None:
    """A link to a file is the full size of the one picture inside; otherwise it is a picture of its own."""
    assert named('<a href="/l.jpg"><b><img src="/s.jpg"></b></a>') == [["l.jpg", "s.jpg"]]
    assert named('<a href="/l.jpg"><img src="/1.jpg"><img src="/2.jpg"></a>') == [["l.jpg"], ["1.jpg"], ["2.jpg"]]
    assert named('<a href="/l.jpg">large</a><a href="/wiki/File:L.jpg">about</a><a href="/l.html">page</a>') == [
        ["l.jpg"]
    ]


def test_sources_belong_to_the_first_img_of_their_picture() -> None:
    """Sources belong to the first img, or stand alone if there is none."""
    assert named('<picture><source srcset="/1.webp"><source srcset="/2.webp"><img src="/a.jpg"></picture>') == [
        ["1.webp", "2.webp", "a.jpg"]
    ]
    many = "".join(f'<source srcset="/{number}.webp">' for number in range(20))
    assert len(named(f'<picture>{many}<img src="/a.jpg"></picture>')[0]) == 21
    assert named('<picture><source srcset="/1.webp"></picture><source srcset="/x.webp">') == [["1.webp"]]


def test_a_noscript_copy_belongs_to_the_lazy_picture_beside_it() -> None:
    """The copy may come before or after it; a copy of several pictures, or beside a picture not lazy, stays apart."""
    assert named('<img data-src="/a"><noscript><img src="/b"></noscript>') == [["a", "b"]]
    assert named('<noscript><img src="/b"></noscript><p><img data-src="/a"></p>') == [["a", "b"]]
    assert named('<img src="/a"><noscript><img src="/b"></noscript>') == [["a"], ["b"]]
    assert named('<img data-src="/a"><noscript><img src="/b"><img src="/c"></noscript>') == [["a"], ["b"], ["c"]]


def test_the_src_of_a_lazy_picture_is_a_placeholder() -> None:
    """The src counts only if it is the same picture, or if the lazy attributes name nothing usable."""
    assert named('<img src="/grey.png" data-src="/a.jpg">') == [["a.jpg"]]
    assert named('<img src="/a-20x20.jpg" data-src="/a.jpg">') == [["a.jpg", "a-20x20.jpg"]]
    assert named('<img src="/a.jpg" data-src="/film.mp4" data-lazy="true">') == [["a.jpg"]]


def test_backgrounds_and_posters_are_pictures() -> None:
    """Inline styles, their lazy forms and video posters are pictures; frames and widgets are not."""
    assert named("""<p style="color: red; background: url( '/a b.jpg' ) left"></p>""") == [["a%20b.jpg"]]
    assert named('<p data-bg="/a"></p><p data-bgset="/b 1w, /c 2w"></p><video poster="/d"></video>') == [
        ["a"],
        ["b", "c"],
        ["d"],
    ]
    assert named('<iframe data-src="/f.jpg"></iframe><div data-src="/widget/"></div>') == []


def test_a_selector_picks_pictures_by_any_of_their_elements() -> None:
    """An img, a source, a container or nested matches pick a picture once."""
    tree = parse_page('<div><p><picture><source srcset="/w"><img src="/a"></picture></p><img src="/b"></div>')
    for selector, count in (("source", 1), ("p", 1), ("div", 2), ("div, p, img", 2), ("b", 0)):
        assert len(select_pictures(shown_pictures(tree), select(tree, selector))) == count
