"""Furniture that only the rest of the page tells."""

import pytest

from emotion_core.collect import find_image_urls

PHOTOS = '<img src="/photos/a.jpg"><img src="/photos/b.jpg">'


def others_than_photos(html: str) -> list[str]:
    """Return the paths of the pictures found beside two photos."""
    urls = find_image_urls(PHOTOS + html, "https://a.example/")
    return [url.removeprefix("https://a.example/") for url in urls if "/photos/" not in url]


@pytest.mark.parametrize(
    "html",
    [
        '<img src="/x/head-left.jpg"><img src="/x/head-right.jpg"><img src="/x/head-middle.jpg">',
        '<img src="/x/top_breaking_on.png" alt="Breaking"><img src="/x/top_breaking_off.png" alt="Breaking">',
        '<img src="/blue.gif" alt="New posts">',
        '<img src="/img/benefit.png">',
        '<img src="/yahoo/121x20-politics.gif"><img src="/x/88x31.png">',
        '<img src="/s/logo.png"><img src="/s/arrow.png"><img src="/s/tulip.png" alt="Tulip" width="90">',
        '<img src="/heading.php?text=Boulder&font=GASTON">',
        '<img src="/images/menu4.jpg"><img src="/images/topbg.jpg">',
        '<img src="/site/brands/kenda.png" alt="Kenda">',
        '<img src="/img/fleche_bouton.png" alt="x"><img src="/img/pfeil.gif">',
    ],
)
def test_furniture_by_its_neighbors(html: str) -> None:
    """Slices, states of a button, ornaments among photos, strips, files among buttons and drawn text are no photos."""
    assert others_than_photos(html) == []


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<img src="/uploads/2024/cat.png">', ["uploads/2024/cat.png"]),
        ('<img src="/AbCd3fGh/happy.gif">', ["AbCd3fGh/happy.gif"]),
        ('<img src="/i/woman.png" width="300" height="400">', ["i/woman.png"]),
        ('<img src="/img/woman.png" alt="A woman laughs">', ["img/woman.png"]),
        ('<img src="/x/man-left.jpg"><img src="/x/man-right.jpg">', ["x/man-left.jpg", "x/man-right.jpg"]),
    ],
)
def test_photos_among_them_stay(html: str, expected: list[str]) -> None:
    """Uploaded, large and described PNG and GIF files are photos, and so are two views of a person."""
    assert others_than_photos(html) == expected


def test_a_page_of_png_files_keeps_them() -> None:
    """Where a page has no photos in other formats, its PNG files may be the photos."""
    html = '<img src="/img/woman.png"><img src="/img/man.png">'
    assert find_image_urls(html, "https://a.example/") == [
        "https://a.example/img/woman.png",
        "https://a.example/img/man.png",
    ]
