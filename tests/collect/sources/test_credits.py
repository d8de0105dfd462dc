"""License and author of pictures in the markup of a page."""

import pytest

from emotion_core.collect.extraction import parse_page
from emotion_core.collect.sources.credits import Credit, PageCredits

SITE = "https://a.example/"
BY = "https://creativecommons.org/licenses/by/4.0/"
BY_SA = "https://creativecommons.org/licenses/by-sa/4.0/"
BESIDE = Credit("CC BY 4.0")


def about(html: str, picture: str = "a.jpg", *, page_wide: bool = True) -> Credit:
    """Return the license and author that a page states for one of its pictures."""
    return PageCredits(parse_page(html), SITE, page_wide=page_wide).credit_of(SITE + picture)


@pytest.mark.parametrize(
    "html",
    [
        f'<figure><img src="a.jpg"><figcaption><a rel="license" href="{BY}">x</a></figcaption></figure>',
        f'<ul><li><img src="/a.jpg"><a href="{BY}">CC</a></li></ul>',
        f'<article><a rel="nofollow License" href="{BY}">x</a><p><img src="a.jpg"></p></article>',
        f'<figure><a href="a.jpg"><img src="s.jpg"></a><ul><li><a href="{BY}">CC</a></li></ul></figure>',
        f'<figure><picture><source srcset="s.jpg 1x, a.jpg 2x"><img src="s.jpg"></picture><a href="{BY}"></a></figure>',
        f'<figure><img data-src="a.jpg" src="data:,"><a href="{BY}"></a></figure>',
        f'<div itemscope itemtype="https://schema.org/ImageObject"><img itemprop="contentUrl" src="a.jpg">'
        f'<link itemprop="license" href="{BY}"></div>',
        '<div itemscope><img src="a.jpg"><span itemprop="license">CC-BY-4.0</span></div>',
    ],
)
def test_a_licence_beside_a_picture_applies_to_it_alone(html: str) -> None:
    """A license in the same figure, list item, article or item applies to every size of that picture only."""
    page = html + '<figure><img src="b.jpg"></figure>'
    assert about(page) == BESIDE
    assert about(page, "b.jpg") == Credit()


@pytest.mark.parametrize(
    "html",
    [
        f'<link rel="license" href="{BY}">',
        f'<footer>Under <a rel="license" href="{BY}">this licence</a></footer>',
        f'<footer><ul><li><a href="{BY}">CC BY 4.0</a></li></ul></footer>',
        f'<a rel="license" href="{BY}">x</a> <a href="{BY_SA}">an example of another</a>',
        f'<script type="application/ld+json">{{"@type": "WebPage", "license": "{BY}", "author": "E"}}</script>',
    ],
)
def test_a_licence_of_the_page_applies_to_its_pictures(html: str) -> None:
    """A license beside no picture applies to all; the author of the page is not theirs."""
    page = f'{html}<p rel="author">Eve</p><figure><img src="a.jpg"></figure>'
    assert about(page) == BESIDE
    assert about(page, page_wide=False) == Credit()


@pytest.mark.parametrize(
    "html",
    [
        f'<a href="{BY}">CC BY</a> or <a href="{BY_SA}">CC BY-SA</a>',
        '<a href="https://creativecommons.org/share-your-work/">Creative Commons</a>',
        f"<p>{BY}</p>",
        f'<figure><img src="a.jpg"><a rel="license" href="{BY}"></a><a rel="license" href="{BY_SA}"></a></figure>',
    ],
)
def test_contradicting_licences_are_ignored(html: str) -> None:
    """If a page names several licenses without saying which applies to which picture, none is stored."""
    assert about(html + '<img src="a.jpg">') == Credit()


def test_a_licence_applies_to_every_size_of_its_picture() -> None:
    """The URL that is fetched may be another size of the picture beside the license."""
    page = f'<figure><img src="a-300x200.jpg"><a rel="license" href="{BY}"></a></figure>'
    assert about(page, "a-1024x683.jpg") == BESIDE
    assert about(page, "b-1024x683.jpg") == Credit()


def test_a_pictures_own_licence_wins_over_the_pages() -> None:
    """A picture with its own license keeps it, the others have that of the page."""
    page = f'<link rel="license" href="{BY_SA}"><figure><img src="a.jpg"><a rel="license" href="{BY}"></a></figure>'
    assert about(page) == BESIDE
    assert about(page, "b.jpg") == Credit("CC BY-SA 4.0")


@pytest.mark.parametrize(
    ("html", "author"),
    [
        (
            '<div itemscope itemtype="//schema.org/Photograph">{}<b itemprop="author">Jane\nDoe</b></div>',
            "Jane Doe",
        ),
        (
            '<figure itemscope itemtype="https://schema.org/ImageObject">{}<span itemprop="creator" itemscope>by '
            '<i itemprop="name">Jane Doe</i></span></figure>',
            "Jane Doe",
        ),
        (
            '<p itemscope itemtype="//schema.org/ImageObject">{}<meta itemprop="creditText" content="J D">',
            "J D",
        ),
        ('<figure>{}<a property="cc:attributionName" rel="cc:attributionURL" href="/j">Jane</a></figure>', "Jane"),
        ('<article itemscope itemtype="https://schema.org/BlogPosting">{}<b itemprop="author">Eve</b></article>', None),
        ('{}<a rel="author" href="/eve">Eve</a><meta name="author" content="Eve">', None),
    ],
)
def test_an_author_counts_beside_the_picture_only(html: str, author: str | None) -> None:
    """The author of a picture is named beside it; the author of the page or article is not the photographer."""
    assert about(html.format('<img src="a.jpg">')).author == author


@pytest.mark.parametrize("field", ["contentUrl", "url", "thumbnailUrl"])
def test_linked_data_applies_by_address(field: str) -> None:
    """JSON-LD names its pictures by address; the markup fills in what it leaves open."""
    data = f'{{"@type": "ImageObject", "{field}": "/a.jpg", "creator": {{"name": "Jane"}}}}'
    page = f'<figure><img src="a.jpg"><a href="{BY}"></a></figure><script type="application/ld+json">{data}</script>'
    assert about(page) == Credit("CC BY 4.0", "Jane")


def test_a_deeply_nested_page_is_read() -> None:
    """A license and a picture on each of 20,000 nested levels are read without trouble."""
    level = f'<li><img src="a.jpg"><a rel="license" href="{BY}">x</a>'
    assert about(level * 20_000) == BESIDE
