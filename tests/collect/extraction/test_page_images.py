"""Which pictures a page shows, and which of their URLs is chosen."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_core.collect import find_image_urls
from emotion_core.errors import CollectError

PAGE = "https://a.example/dir/page.html"


def found(html: str, selector: str | None = None) -> list[str]:
    """Return the URLs without the common host."""
    return [url.removeprefix("https://a.example/") for url in find_image_urls(html, PAGE, selector)]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<img src="a.jpg"><img src="/b.jpg"><img src="a.jpg">', ["dir/a.jpg", "b.jpg"]),
        ('<img src=" \n//a.example/c.jpg\t">', ["c.jpg"]),
        ('<img src="my photo.jpg#top">', ["dir/my%20photo.jpg"]),
        ('<base href="/pics/"><img src="a.jpg">', ["pics/a.jpg"]),
        ('<img src="a.jpg?x=1&amp;y=2">', ["dir/a.jpg?x=1&y=2"]),
        ('<img src="/460x306?v=2"><img src="/image/ab67616d">', ["460x306?v=2", "image/ab67616d"]),
        ('<img><img src=""><img src="   "><img src="#"><img src="http://[bad"><img src="ftp://a.example/a.jpg">', []),
    ],
)
def test_addresses_become_absolute(html: str, expected: list[str]) -> None:
    """Relative, protocol-relative and untidy URLs come out absolute, once, in page order."""
    assert found(html) == [url for url in expected if url]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<img src="s.jpg" srcset="m.jpg 640w, /l.jpg 1280w, s.jpg 320w">', "l.jpg"),
        ('<img src="s.jpg" srcset="s.jpg 1x, /l.jpg 2x">', "l.jpg"),
        ('<img src="s.jpg" srcset="/w_284,c_limit/a.jpg 284w,/w_848,c_limit/a.jpg 848w">', "w_848,c_limit/a.jpg"),
        ('<img src="s.jpg" srcset="/a.jpg, /b.jpg 1.5x">', "b.jpg"),
        ('<img src="data:image/gif;base64,R0lGODlh" data-src="/a.jpg">', "a.jpg"),
        ('<img src="/blank.gif" data-original="/a.jpg">', "a.jpg"),
        ('<img src="/1x1.png" data-lazy-src="/a.jpg">', "a.jpg"),
        ('<img src="/placeholder.jpg" data-lazy="/a.jpg">', "a.jpg"),
        ('<img data-src="/a.jpg 320w, /b.jpg 420w">', "b.jpg"),
        ('<img data-srcset="/a.jpg 320w, /b.jpg 420w" src="data:,">', "b.jpg"),
        ('<img data-src="/a-{width}x{height}.jpg" src="/a.jpg">', "a.jpg"),
        ('<img data-lazy="true" src="/a.jpg">', "a.jpg"),
        ('<img data-src="/film.mp4" src="/a.jpg">', "a.jpg"),
        ('<picture><source srcset="/a.webp 400w, /b.webp 900w"><img src="/a.jpg"></picture>', "b.webp"),
        ('<picture><source srcset="/a.webp" type="image/webp"><img src="/a.jpg"></picture>', "a.jpg"),
        ('<picture><source data-srcset="/a.webp 400w, /b.webp 900w"></picture>', "b.webp"),
        (
            '<picture><source media="(min-width: 1200px)" srcset="/l.jpg"><source media="(min-width: 600px)" '
            'srcset="/m.jpg"><img src="/s.jpg"></picture>',
            "l.jpg",
        ),
        (
            '<img class="lazy" data-src="/a-300x200.jpg"><noscript><img src="/a-600x400.jpg"></noscript>',
            "a-600x400.jpg",
        ),
        ('<noscript><img src="/a.jpg"></noscript>', "a.jpg"),
        ('<img src="/a.jpg" srcset="/a.jpg 600w, /a-large.jpg 1200w">', "a-large.jpg"),
        ('<img src="/a.jpg" srcset="/a.jpg, /a-large.jpg 2x">', "a-large.jpg"),
        ('<img src="/news/320/a.jpg" data-original="/news/976/a.jpg">', "news/976/a.jpg"),
        ('<picture><source width="320" srcset="/s"><source width="900" srcset="/l"><img src="/t"></picture>', "l"),
        (
            '<picture><source media="(min-width: 900px)" srcset="/a?w=300"><source srcset="/a?w=800"><img></picture>',
            "a?w=800",
        ),
        (
            '<picture><source media="(width>=60em)" srcset="/l"><source media="(width >= 9px)" srcset="/m"></picture>',
            "l",
        ),
        (
            '<picture><source media="(max-width: 400px)" srcset="/s"><source media="(max-width: 900px)" srcset="/m">'
            '<source srcset="/l"></picture>',
            "l",
        ),
        ('<img src="/x.gif" data-src-mobile="/m.jpg" data-src-desktop="/d.jpg">', "d.jpg"),
        ('<img src="/x.gif" data-src-480="/m.jpg" data-src-1280="/l.jpg">', "l.jpg"),
        ('<li data-src="/large.jpg"><a href="/page"><img src="/small.jpg"></a></li>', "large.jpg"),
        ('<a data-full-res="/large.jpg" href="/page"><img src="/small.jpg"></a>', "large.jpg"),
        ('<img src="/a.jpg" data-hover="/back.jpg" data-thumb="/t.jpg" title="/x.jpg">', "a.jpg"),
        ('<img src="/a.jpg" data-src="ab12/cd34" data-image-id="x/y.jpg" data-path="/y.jpg">', "a.jpg"),
        ('<img src="/a.jpg" data-src="/b-[width].jpg" data-large="/b-__WIDTH__.jpg" data-full="/%s.jpg">', "a.jpg"),
        (
            '<p><i><img data-src="/a-300x200.jpg"></i>\n<!-- --> <noscript>\n<img src="/a-600x400.jpg"></noscript></p>',
            "a-600x400.jpg",
        ),
        ('<img data-src="/a.jpg"><noscript><img height=1 width=1 src="https://t.example/n"></noscript>', "a.jpg"),
        ('<img width="1" height="1" alt="A laughing man" src="/cover">', "cover"),
        ('<img src="/blank-stare-of-a-man.jpg">', "blank-stare-of-a-man.jpg"),
        ('<img src="/sad-icon-of-cinema.jpg">', "sad-icon-of-cinema.jpg"),
    ],
)
def test_one_address_for_each_picture(html: str, expected: str) -> None:
    """Only the largest real URL of a picture is returned."""
    assert found(html) == [expected]


@pytest.mark.parametrize(
    "name",
    [
        "file", "zoomfile", "nitro-lazy-src", "ng-src", "v-lazy", "data-original", "data-echo",
        "data-flickity-lazyload", "data-cfsrc", "data-ezsrc", "data-wood-src", "data-pagespeed-lazy-src",
        "data-actualsrc", "data-lazyload", "data-defer-src", "data-hi-res-src", "data-zoom-image",
        "data-large_image", "data-pin-free-image", "load-src", "big-src", "imgsrc", "_src", "lazysrc", "data-hero",
        "data-cover", "rel", "data-aload", "data-ll-src", "lay-src",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["/photos/a.jpg", "https://a.example/photos/a.jpg"])
def test_lazy_pictures_are_found_under_any_name(name: str, value: str) -> None:
    """An attribute that holds the address of a picture file is the picture, and src its placeholder."""
    assert found(f'<img src="/static/wait.png" {name}="{value}">') == ["photos/a.jpg"]


@pytest.mark.parametrize(
    "tag",
    [
        '<img src="data:image/png;base64,AAAA">',
        '<img width="1" height="1" src="https://t.example/p?id=1">',
        '<img src="https://www.facebook.com/tr?id=1&ev=PageView">',
        '<img src="/img/spacer.gif">',
        '<img src="/img/pixel.gif?x=1">',
        '<img src="/logo.svg">',
        '<img src="/acme-logo.png">',
        '<img src="/icon_heart.png">',
        '<img src="/sprite.png">',
        '<noscript><img height="1" width="1" style="display:none" src="https://t.example/n"></noscript>',
        '<img src="javascript:void(0)"><img src="blob:https://a.example/1">',
        f'<meta property="og:image" content="https://a.example/"><img src="{PAGE}#" alt="Missing">',
        '<div style="background-image: url(/)"></div>',
    ],
)
def test_non_photos_are_left_out(tag: str) -> None:
    """Trackers, spacers, drawings, logos and icons are left out; the photo beside them is found."""
    assert found(f'{tag}<img src="/a.jpg">') == ["a.jpg"]


def test_a_url_shared_by_many_pictures_is_a_placeholder() -> None:
    """A URL beside different pictures is a placeholder; a picture that is repeated is not."""
    shared = "".join(f'<img src="/{name}.jpg" srcset="/shared.jpg 900w">' for name in "abc")
    assert found(shared) == ["a.jpg", "b.jpg", "c.jpg"]
    assert found('<img src="/a.jpg" srcset="/b.jpg 900w">' * 5) == ["b.jpg"]


def test_larger_copies_anywhere_on_the_page_are_used() -> None:
    """Head, links and scripts may name larger copies of a shown picture; other files there are ignored."""
    shown = '<img src="/man-300x200.jpg"><img src="/b.jpg"><img src="/c.jpg">'
    for larger in (
        '<meta property="og:image" content="/man-900x600.jpg">',
        '<a href="/man-900x600.jpg">large</a>',
        '<script>{"large": "https://a.example/man-900x600.jpg", "x": "https://a.example/x.jpg"}</script>',
    ):
        assert found(larger + shown) == ["man-900x600.jpg", "b.jpg", "c.jpg"]


def test_a_page_built_by_scripts_is_read_from_their_data() -> None:
    """Script data counts only if the HTML shows almost no pictures."""
    data = '<script>{"image": "https://a.example/x.jpg"}</script>'
    assert found(data) == ["x.jpg"]
    assert found(f'{data}<img src="/a.jpg"><img src="/b.jpg"><img src="/c.jpg">') == ["a.jpg", "b.jpg", "c.jpg"]


def test_data_counts_if_it_names_many_pictures_that_the_html_does_not() -> None:
    """A page that the server built names its pictures in its data, too; then the others there are not shown."""
    names = [f"photo-{letter}.jpg" for letter in "abcdefghijkl"]
    data = "".join(f'<script>x = {{"image": "https://a.example/{name}"}}</script>' for name in names)
    assert found('<img src="/1.jpg"><img src="/2.jpg"><img src="/3.jpg">' + data) == ["1.jpg", "2.jpg", "3.jpg", *names]
    assert found("".join(f'<img src="/{name}">' for name in names[:3]) + data) == names[:3]


def test_a_selector_picks_pictures_or_what_contains_them() -> None:
    """A selector may match pictures, containers, pictures' sources, or both; order and uniqueness stay."""
    html = '<img src="/x.jpg"><div id="r"><img class="p" src="/a.jpg"><p><img class="p" src="/b.jpg"></p></div>'
    assert found(html, "img.p") == ["a.jpg", "b.jpg"]
    assert found(html, "#r") == ["a.jpg", "b.jpg"]
    assert found(html, "#r, img") == ["x.jpg", "a.jpg", "b.jpg"]
    assert found(html, "img[src^='/b']") == ["b.jpg"]
    assert found(html, ".none") == []
    assert found('<picture><source srcset="/l.jpg 900w"><img src="/s.jpg"></picture>', "source") == ["l.jpg"]


def test_a_selector_overrides_the_junk_filter() -> None:
    """With a selector, decorative names are kept; drawings and inline data still are not."""
    assert found('<img src="/logo.png"><img src="/logo.svg"><img src="data:,">', "img") == ["logo.png"]


@pytest.mark.parametrize("selector", ["img[", "", "div >", ":nope", "a:has("])
def test_a_bad_selector_is_explained(selector: str) -> None:
    """A selector that is not CSS gives an error that repeats it."""
    with pytest.raises(CollectError, match="Expected a CSS selector"):
        find_image_urls("<img src=a.jpg>", PAGE, selector)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "plain",
        "<",
        "\ud800<img src=/a.jpg>",
        "<?xml version='1.0'?><img src=/a.jpg>",
        "<a><b</a",
        "\0<img src=/a.jpg>",
        "https://a.example/x",
    ],
)
def test_broken_html_never_raises(html: str) -> None:
    """Broken HTML gives the pictures that can be recognized, or none."""
    assert found(html) in ([], ["a.jpg"])
    assert ("img" in html) == bool(found(html))


_PIECES = st.sampled_from(
    [
        "<img src=",
        "<picture>",
        "<source srcset=",
        "</picture>",
        "<noscript>",
        "</noscript>",
        "<base href=",
        "data-src=",
        ",",
        '"',
        "'",
        ">",
        " ",
        "http://",
        "//",
        "a.jpg",
        "[",
        "]",
        "2x",
        "640w",
        "&#0;",
        "<!--",
        "<![CDATA[",
        "{",
        "\0",
        "%",
    ]
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=5))).map("".join))
def test_random_html_never_raises(html: str) -> None:
    """Any page gives a list of absolute http URLs without repetition."""
    urls = find_image_urls(html, PAGE)

    assert len(urls) == len(set(urls))
    assert all(url.startswith(("http://", "https://")) for url in urls)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 50_000 + "<img src=/a.jpg>",
        '<img srcset="' + "," * 500_000 + '">',
        '<img srcset="' + "a," * 200_000 + '">',
        '<img data-src="' + "a " * 200_000 + '">',
        '<img src="/' + "1" * 500_000 + '.jpg">',
        "<picture>" + "<source srcset=a.jpg>" * 5_000 + "<img src=x.jpg>" * 5_000,
        "<picture><img src=x.jpg>" * 5_000,
        "<noscript><img src=/a.jpg>" * 5_000,
        "<div>" * 1_000_000 + "<img src=/a.jpg>",
        "<img src='/300x200" + "_a" * 1_900 + "!/a.jpg'>",
        "<img src=/a.jpg " + " ".join(f"data-src{number}=/{number}.jpg" for number in range(20_000)) + ">",
        ("<img src='" + "/product/cache" * 130 + "/x.jpg'>") * 500,
        "<p style='" + 'url("' * 500_000 + "'>",
        "<script>" + '"image":[   "//a.example/b.jpg",' * 20_000 + "</script>",
        "<script type='application/ld+json'>" + "[" * 500_000 + "</script>",
        "<picture><source media='min-width:" + "1" * 500_000 + "' srcset=a><img>",
    ],
)
def test_hostile_html_is_read_quickly(html: str) -> None:
    """Pages built to be slow to parse take under five seconds of CPU time."""
    started = time.thread_time()
    find_image_urls(html, PAGE)
    assert time.thread_time() - started < 5
