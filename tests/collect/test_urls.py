"""Addresses are read as browsers read them; the right values are those of the URL Standard."""

import pytest

from emotion_core.collect.urls import join_url, normal_url, parse_url, without_fragment

BASE = "http://a.example/dir/page.html?q=1#top"
REFERENCES = {
    "b.jpg": "http://a.example/dir/b.jpg",
    "/b.jpg": "http://a.example/b.jpg",
    "//cdn.example/b.jpg": "http://cdn.example/b.jpg",
    "///cdn.example/b.jpg": "http://cdn.example/b.jpg",
    r"\\cdn.example\b.jpg": "http://cdn.example/b.jpg",
    r"\p\b.jpg": "http://a.example/p/b.jpg",
    r"..\p\b.jpg": "http://a.example/p/b.jpg",
    "http:b.jpg": "http://a.example/dir/b.jpg",
    "http:/b.jpg": "http://a.example/b.jpg",
    "https:cdn.example/b.jpg": "https://cdn.example/b.jpg",
    "  b.jpg\n": "http://a.example/dir/b.jpg",
    "p/\t\r\nb.jpg": "http://a.example/dir/p/b.jpg",
    "ht\ntp://cdn.exa\tmple/b.jpg": "http://cdn.example/b.jpg",
    'a b|c{1}`^"<>.jpg': "http://a.example/dir/a%20b|c%7B1%7D%60%5E%22%3C%3E.jpg",
    "?a b|c{1}'\"<>": "http://a.example/dir/page.html?a%20b|c{1}%27%22%3C%3E",
    "?u=https://b.example/?x=1\\2": "http://a.example/dir/page.html?u=https://b.example/?x=1\\2",
    "100%.jpg": "http://a.example/dir/100%.jpg",
    "%7e/%e4%2f": "http://a.example/dir/%7e/%e4%2f",
    "grün.jpg?ü": "http://a.example/dir/gr%C3%BCn.jpg?%C3%BC",
    "../../../b.jpg": "http://a.example/b.jpg",
    "./x/%2e%2E/b.jpg": "http://a.example/dir/b.jpg",
    "": "http://a.example/dir/page.html?q=1",
    "#end": "http://a.example/dir/page.html?q=1#end",
    "HTTPS://CDN.Example:443/B.jpg": "https://cdn.example/B.jpg",
    "http://cdn.example:80": "http://cdn.example/",
    "http://cdn.example:0080/": "http://cdn.example/",
    "http://bücher.example/": "http://xn--bcher-kva.example/",
    "http://BÜCHER.example/": "http://xn--bcher-kva.example/",
    "http://faß.example/": "http://xn--fa-hia.example/",
    "http://日本語。jp/": "http://xn--wgv71a119e.jp/",
    "http://cdn%2Eexample/": "http://cdn.example/",
    "http://0x7f.1/": "http://127.0.0.1/",
    "http://2130706433/": "http://127.0.0.1/",
    "http://0177.0.0.1/": "http://127.0.0.1/",
    "http://127.0.0.1./": "http://127.0.0.1/",
    "http://①②⑦。0。0。①/": "http://127.0.0.1/",
    "http://[::FFFF:7f00:1]/": "http://[::ffff:7f00:1]/",
    "data:image/gif;base64,R0 lG": "data:image/gif;base64,R0 lG",
    "mailto:me@a.example": "mailto:me@a.example",
    "\ud83db.jpg": "http://a.example/dir/%EF%BF%BDb.jpg",
}
UNUSABLE = (
    "http://",
    "http://a b.example/",
    "http://a.example:99999/",
    "http://a.example:x/",
    "http://256.256.256.256/",
    "http://1.2.3.4.5/",
    "http://[::1",
    "http://[::1%25lo]/",
    "http://a%00b.example/",
    "http://a|b.example/",
    "http://user@/",
)


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_reference_is_joined_as_browsers_join_it(reference: str) -> None:
    """Relative, protocol-relative and absolute references, odd characters, and hosts in odd spellings."""
    assert join_url(BASE, reference) == REFERENCES[reference]


@pytest.mark.parametrize("reference", REFERENCES)
def test_the_normal_form_is_stable(reference: str) -> None:
    """An address in normal form is read again as itself, so that checks at two places see the same host."""
    assert normal_url(REFERENCES[reference]) == REFERENCES[reference]


@pytest.mark.parametrize("reference", UNUSABLE)
def test_what_no_browser_opens_is_no_address(reference: str) -> None:
    """Hosts with forbidden characters, numbers that are no IPv4 address, and ports out of range."""
    assert join_url(BASE, reference) is None
    assert parse_url(reference) is None
    assert normal_url(reference) == reference


def test_a_relative_base_has_no_answer() -> None:
    """A reference cannot be joined to something that is not an address."""
    assert join_url("page.html", "b.jpg") is None


def test_a_fragment_is_what_follows_the_number_sign() -> None:
    """What browsers do not send is cut off."""
    assert without_fragment("http://a.example/?q#x#y") == "http://a.example/?q"
