"""Parsing a page, its base address and selectors."""

import pytest

from emotion_core.collect.extraction import base_address, parse_page, select
from emotion_core.collect.extraction.html_tree import attributes_of
from emotion_core.errors import CollectError


@pytest.mark.parametrize("html", ["", " ", "<!-- -->", "<?php x ?>", "\0", "\ud800", "plain", "<", "<frameset>"])
def test_any_text_has_a_tree(html: str) -> None:
    """Empty pages, garbage and characters that cannot be encoded still give a tree."""
    assert parse_page(html).tag == "html"


def test_the_first_base_counts() -> None:
    """Relative addresses are relative to the first base that has an address, which may be relative itself."""
    tree = parse_page('<base target="x"><base href="/a/"><base href="/b/">')
    assert base_address(tree, "https://a.example/p") == "https://a.example/a/"
    assert base_address(parse_page('<base href="data:,">'), "https://a.example/p") == "https://a.example/p"


def test_selectors_are_css() -> None:
    """Elements are picked by attribute, relation and content, in page order."""
    tree = parse_page('<p><img src="https://m.example/1"></p><img src="/2"><p>none</p>')
    assert [img.get("src") for img in select(tree, 'img[src^="https://m."], img')] == ["https://m.example/1", "/2"]
    assert len(select(tree, "p:has(img)")) == 1
    with pytest.raises(CollectError, match="Received: select='img\\['"):
        select(tree, "img[")


def test_attributes_of_an_element_with_thousands_are_ignored() -> None:
    """A normal number of attributes is read; looking up thousands would take forever."""
    (few, many) = parse_page("<img a=1 b=2><img " + " ".join(f"a{number}=1" for number in range(500)) + ">").iter("img")
    assert attributes_of(few) == [("a", "1"), ("b", "2")]
    assert attributes_of(many) == []


def test_thousands_of_attributes_are_cut() -> None:
    """A tag keeps its first 1,000 attributes, and what follows it stays, also in scripts."""
    many = " ".join(f'a{index}="x {index}"' for index in range(5_000))
    tree = parse_page(
        f"<p {many}><img src=a.jpg></p><script>if (a<b) {{ '{many}' }}</script><img src=b.jpg alt='it>s'>"
    )
    assert len(tree.xpath("//p")[0].items()) == 1_000
    assert [img.get("src") for img in tree.xpath("//img")] == ["a.jpg", "b.jpg"]
    assert "a4999" in tree.xpath("//script")[0].text
