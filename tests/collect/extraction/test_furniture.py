"""A site's furniture: buttons, ratings, flags, payment, avatars and themes."""

import pytest

from emotion_core.collect import find_image_urls
from emotion_core.collect.extraction.furniture import is_furniture_file

PHOTO = "https://a.example/a.jpg"


@pytest.mark.parametrize(
    "path",
    [
        "/img/btn-buy.png",
        "/img/share_facebook.gif",
        "/img/facebook_over_reference.png",
        "/img/shop_twitter-icon.jpg",
        "/img/visa-mastercard.jpg",
        "/img/yellow-stars.gif",
        "/img/flags/de.jpg",
        "/img/rating/4.jpg",
        "/images/smilies/1.gif",
        "/payment-methods/klarna.webp",
        "/avatars/12345.jpg",
        "/wp-content/themes/blue/images/head.jpg",
        "/skins/default/img/photo.png",
        "/sites/default/themes/uni/slide.png",
        "/img/search-on.gif",
        "/img/t.gif",
        "/img/icons/heart.png",
    ],
)
def test_furniture_is_recognized(path: str) -> None:
    """By all words of a name, by some in PNG and GIF, by the folder, or as part of a theme."""
    assert is_furniture_file(path)


@pytest.mark.parametrize(
    "path",
    [
        "/photos/flag-of-a-happy-team.jpg",
        "/photos/star.jpg",
        "/photos/paying-by-card.jpg",
        "/product/icon/17431.jpg",
        "/themes/sunset.jpg",
        "/wp-content/uploads/themes.jpg",
        "/photos/shared-happiness.png",
        "/p/1.gif",
        "/photos/button-nosed-dog-on-a-sofa.png",
        "/photo/12345",
        "",
    ],
)
def test_photos_are_kept(path: str) -> None:
    """Other words, or none, may be those of a photo."""
    assert not is_furniture_file(path)


@pytest.mark.parametrize(
    "html",
    [
        '<img class="avatar" src="/x.jpg">',
        '<div class="social-icons"><a><img src="/x.jpg"></a></div>',
        '<span class="payment-methods"><img src="/x.jpg"></span>',
        '<nav><ul><li><img src="/x.png"></ul></nav>',
        '<footer><p><img src="/x.gif"></footer>',
        '<button><img src="/x.png"></button>',
    ],
)
def test_pictures_in_furniture_are_left_out(html: str) -> None:
    """Classes around a picture tell, and so do menus, footers and buttons for PNG and GIF."""
    assert find_image_urls(f'{html}<img src="/a.jpg">', "https://a.example/") == [PHOTO]


@pytest.mark.parametrize(
    "html",
    [
        '<div class="separator"><img src="/a.jpg"></div>',
        '<div class="post social-post with-avatar"><img src="/a.jpg"></div>',
        '<footer><img src="/a.jpg"></footer>',
        '<nav><img src="/x.gif" data-src="/a.jpg"></nav>',
    ],
)
def test_photos_in_other_places_are_kept(html: str) -> None:
    """Words of layout, mixed classes and photos in footers do not count."""
    assert find_image_urls(html, "https://a.example/") == [PHOTO]
