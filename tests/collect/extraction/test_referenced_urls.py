"""Addresses in a page's head, scripts and links."""

from emotion_core.collect.extraction import parse_page
from emotion_core.collect.extraction.referenced_urls import anywhere, in_state, of_the_page

BASE = "https://a.example/"


def test_a_page_names_its_pictures_for_others() -> None:
    """Previews and search engines' data name pictures; publishers' logos and authors' portraits are not the page's."""
    tree = parse_page(
        """<meta property="og:image" content="/1.jpg"><meta name="twitter:image" content="/2.jpg">
        <link rel="image_src" href="/3.jpg"><meta name="description" content="/x.jpg">
        <script type="application/ld+json">{"@graph": [{"image": ["/4.jpg", {"url": "/5.jpg"}],
        "publisher": {"logo": {"url": "/x.jpg"}}, "author": {"image": "/x.jpg"}, "video": {"thumbnailUrl": "/6.jpg"}}]}
        </script><script type="application/ld+json">{"image": "/x.jpg"</script>"""
    )
    assert list(of_the_page(tree, BASE)) == [f"https://a.example/{number}.jpg" for number in range(1, 7)]


def test_addresses_are_read_out_of_scripts_and_their_attributes() -> None:
    """Whatever the way in which scripts write slashes and quotation marks."""
    tree = parse_page(
        r"""<script>x = {"a": "https:\/\/a.example\/1.jpg?w=1\u0026h=2", b: 'https://a.example/2.png'}</script>
        <p data-x="{&quot;c&quot;:&quot;https://a.example/3.jpg&quot;}"></p><a href="/4.jpg"></a><a href="/5.html"></a>
        <link rel=preload imagesrcset="/6.webp 1x, /7.webp 2x">"""
    )
    names = ["1.jpg?w=1&h=2", "2.png", "3.jpg", "4.jpg", "6.webp", "7.webp"]
    assert list(anywhere(tree, BASE)) == [f"https://a.example/{name}" for name in names]


def test_data_names_pictures_by_their_ending_or_by_what_it_calls_them() -> None:
    """Other addresses in data, and folders of images, are not taken for pictures."""
    tree = parse_page(
        """<script>{"src": "https://a.example/1.jpg", "coverUrl": "//b.example/2", "images": ["https://a.example/3"],
        "apiUrl": "https://a.example/api", "imageBase": "https://a.example/image/", "image": "https://a.example/image/"}
        </script>"""
    )
    assert list(in_state(tree, BASE)) == ["https://a.example/1.jpg", "https://b.example/2", "https://a.example/3"]
