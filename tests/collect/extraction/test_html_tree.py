"""The tree of a page and what one asks it first."""

import pytest

from emotion_core.collect.extraction import base_address, parse_page, select
from emotion_core.collect.extraction.html_tree import attributes_of
from emotion_core.errors import CollectError


@pytest.mark.parametrize("html", ["", " ", "<!-- -->", "<?php x ?>", "\0", "\ud800", "plain", "<", "<frameset>"])
def test_any_text_has_a_tree(html: str) -> None:
    """Empty pages, rubbish and characters that cannot be encoded still give a page."""
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


def test_an_element_with_endless_attributes_has_none() -> None:
    """Attributes are read where there are as many as pages have; looking up thousands would take forever."""
    (few, many) = parse_page("<img a=1 b=2><img " + " ".join(f"a{number}=1" for number in range(500)) + ">").iter("img")
    assert attributes_of(few) == [("a", "1"), ("b", "2")]
    assert attributes_of(many) == []
