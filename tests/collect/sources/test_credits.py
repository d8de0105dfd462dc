"""What a page states of its pictures in its markup."""

import pytest

from emotion_core.collect.extraction import parse_page
from emotion_core.collect.sources.credits import Statement, Statements

SITE = "https://a.example/"
BY = "https://creativecommons.org/licenses/by/4.0/"
BY_SA = "https://creativecommons.org/licenses/by-sa/4.0/"
BESIDE = Statement("CC BY 4.0")


def about(html: str, picture: str = "a.jpg", *, page_wide: bool = True) -> Statement:
    """Return what a page states of one of its pictures."""
    return Statements(parse_page(html), SITE, page_wide=page_wide).about(SITE + picture)


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
def test_licence_beside_a_picture_is_that_pictures(html: str) -> None:
    """A licence in the same figure, list item, article or item counts, for every size of the picture, for no other."""
    page = html + '<figure><img src="b.jpg"></figure>'
    assert about(page) == BESIDE
    assert about(page, "b.jpg") == Statement()


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
def test_licence_of_the_page_is_that_of_its_pictures(html: str) -> None:
    """A licence that stands beside no picture counts for all; it tells nothing of who took them."""
    page = f'{html}<p rel="author">Eve</p><figure><img src="a.jpg"></figure>'
    assert about(page) == BESIDE
    assert about(page, page_wide=False) == Statement()


@pytest.mark.parametrize(
    "html",
    [
        f'<a href="{BY}">CC BY</a> or <a href="{BY_SA}">CC BY-SA</a>',
        '<a href="https://creativecommons.org/share-your-work/">Creative Commons</a>',
        f"<p>{BY}</p>",
        f'<figure><img src="a.jpg"><a rel="license" href="{BY}"></a><a rel="license" href="{BY_SA}"></a></figure>',
    ],
)
def test_licences_that_contradict_each_other_are_none(html: str) -> None:
    """Where a page names several licences and says nowhere which is whose, none is kept."""
    assert about(html + '<img src="a.jpg">') == Statement()


def test_statement_counts_for_every_size_of_its_picture() -> None:
    """The address that is fetched may be another size of the one beside which the statement stands."""
    page = f'<figure><img src="a-300x200.jpg"><a rel="license" href="{BY}"></a></figure>'
    assert about(page, "a-1024x683.jpg") == BESIDE
    assert about(page, "b-1024x683.jpg") == Statement()


def test_own_licence_goes_before_the_pages() -> None:
    """A picture with a licence of its own keeps it, its neighbours have the page's."""
    page = f'<link rel="license" href="{BY_SA}"><figure><img src="a.jpg"><a rel="license" href="{BY}"></a></figure>'
    assert about(page) == BESIDE
    assert about(page, "b.jpg") == Statement("CC BY-SA 4.0")


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
def test_author_is_named_as_the_pictures(html: str, author: str | None) -> None:
    """Who took a picture is told beside it; who wrote the page is somebody else."""
    assert about(html.format('<img src="a.jpg">')).author == author


@pytest.mark.parametrize("field", ["contentUrl", "url", "thumbnailUrl"])
def test_linked_data_tells_by_address(field: str) -> None:
    """JSON-LD names its pictures; what it leaves open, the markup may tell."""
    data = f'{{"@type": "ImageObject", "{field}": "/a.jpg", "creator": {{"name": "Jane"}}}}'
    page = f'<figure><img src="a.jpg"><a href="{BY}"></a></figure><script type="application/ld+json">{data}</script>'
    assert about(page) == Statement("CC BY 4.0", "Jane")


def test_bottomless_page_is_read_to_its_end() -> None:
    """A licence and a picture on every one of 20,000 levels, each inside the last, are no trouble."""
    level = f'<li><img src="a.jpg"><a rel="license" href="{BY}">x</a>'
    assert about(level * 20_000) == BESIDE
