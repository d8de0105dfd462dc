"""Picture URLs in a page's head, scripts and links."""

from emotion_core.collect.extraction import parse_page
from emotion_core.collect.extraction.referenced_urls import linked_picture_urls, naming_elements, page_metadata_urls

BASE = "https://a.example/"


def test_metadata_names_the_pictures_of_a_page() -> None:
    """Link previews and linked data name pictures; logos of publishers and portraits of authors are left out."""
    tree = parse_page(
        """<meta property="og:image" content="/1.jpg"><meta name="twitter:image" content="/2.jpg">
        <link rel="image_src" href="/3.jpg"><meta name="description" content="/x.jpg">
        <script type="application/ld+json">{"@graph": [{"image": ["/4.jpg", {"url": "/5.jpg"}],
        "publisher": {"logo": {"url": "/x.jpg"}}, "author": {"image": "/x.jpg"}, "video": {"thumbnailUrl": "/6.jpg"}}]}
        </script><script type="application/ld+json">{"image": "/x.jpg"</script>"""
    )
    assert list(page_metadata_urls(tree, BASE)) == [f"https://a.example/{number}.jpg" for number in range(1, 7)]


def test_urls_are_read_from_scripts_and_data_attributes() -> None:
    """Escaped slashes and quotation marks are understood."""
    tree = parse_page(
        r"""<script>x = {"a": "https:\/\/a.example\/1.jpg?w=1\u0026h=2", b: 'https://a.example/2.png'}</script>
        <p data-x="{&quot;c&quot;:&quot;https://a.example/3.jpg&quot;}"></p><a href="/4.jpg"></a><a href="/5.html"></a>
        <link rel=preload imagesrcset="/6.webp 1x, /7.webp 2x">"""
    )
    names = ["1.jpg?w=1&h=2", "2.png", "3.jpg", "4.jpg", "6.webp", "7.webp"]
    assert list(linked_picture_urls(naming_elements(tree), BASE)) == [f"https://a.example/{name}" for name in names]
