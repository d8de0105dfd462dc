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
        "/images/statusicon/forum_old-48.png",
        "/images/misc/navbit-home.png",
        "/images/site_icons/profile.png",
        "/Forum_Icons/General%20Chat.png",
        "/customavatars/avatar12_3.jpg",
        "/user_avatar/forum/ann/45/1_2.png",
        "/static/image/smiley/default/smile.gif",
        "/uc_server/avatar.php",
        "/images/forums/rules.gif",
        "/wp-includes/images/rss.png",
        "/wp-content/plugins/shop/assets/images/cards.png",
        "/static/version17/frontend/Shop/blue/en_US/images/a.jpg",
        "/s/files/1/0001/t/3/assets/header.jpg",
        "/s-x1/stencil/0a/img/head.jpg",
        "/img/l/2.jpg",
        "/img/p/en-default-home_default.jpg",
        "/media/mod_languages/images/en.gif",
        "/images/sponsors/bikes.example/2014-05-29.jpg",
        "/images/footer_supporters/dtv.png",
        "/image/cache/no_image-200x200.jpg",
        "/img/image-coming-soon.jpg",
        "/privacy-seal/shop/seal",
        "/wp-content/uploads/2014/05/nisologo.png",
        "/wp-content/uploads/2014/05/shop-logo.jpeg",
        "/assets/images/footer-base-social-links/mail.jpg",
        "/stats/count.asp",
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
        "/uploads/25-1024x190.png",
        "/media/menu_icon/media/2014/player.jpg",
        "/modules/homeslider/images/summer.png",
        "/SharedDocs/pictures/street.png",
        "/social-share/2020/wedding.jpg",
        "/uploads/catalogo.jpg",
        "/uploads/man-with-a-logo-and-a-hat.jpg",
        "/forums/attachments/my-dog.png",
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
        '<div id="site-header"><div><img src="/x.png"></div></div>',
        '<div class="footer-links"><a><img src="/x.gif"></a></div>',
        '<ul class="menu"><li><img src="/x.png"></ul>',
        '<div class="navbar-logo"><img src="/x.jpg"></div>',
        '<div id="logo"><img src="/x.jpg"></div>',
        '<div class="sponsor-list"><a><img src="/x.jpg"></a></div>',
        '<img src="/x.png" alt="Follow us on Facebook">',
        '<img src="/x.jpg" alt="User avatar">',
        '<a href="mailto:a@a.example"><img src="/x.jpg"></a>',
        '<a href="https://www.facebook.com/sharer.php?u=1"><img src="/x.png"></a>',
        '<a href="https://twitter.com/shop"><img src="/x.png"></a>',
        '<a href="https://twitter.com/shop"><img src="/our-twitter-account.jpg"></a>',
        '<a href="https://play.google.com/store/apps/x"><img src="/x.png"></a>',
        '<img src="/x.jpg" width="88" height="31">',
        '<img src="/x.jpg" width="468" height="60">',
        '<img src="/x.png" width="48" height="45">',
        '<img src="/x-32x32.jpg">',
        '<img src="/thumb/Flag.svg/20px-Flag.svg.png">',
        '<img src="/download/file.php?avatar=4_14.jpg">',
        '<img src="https://secure.gravatar.example/x?d=1">',
        '<img src="/img/new_post.gif">',
        '<img src="/count.php?page=1" width="1" height="1" alt="Counter">',
        '<div style="background: url(/bg-top.jpg)"></div>',
        '<img src="/x.png">' * 5,
    ],
)
def test_pictures_in_furniture_are_left_out(html: str) -> None:
    """Classes, text, link, size and repetition tell, and so do menus, headers, footers and buttons for PNG and GIF."""
    assert find_image_urls(f'{html}<img src="/a.jpg">', "https://a.example/") == [PHOTO]


@pytest.mark.parametrize(
    "html",
    [
        '<div class="separator"><img src="/a.jpg"></div>',
        '<div class="post social-post with-avatar"><img src="/a.jpg"></div>',
        '<footer><img src="/a.jpg"></footer>',
        '<nav><img src="/x.gif" data-src="/a.jpg"></nav>',
        '<div class="header"><div class="slider"><img src="/a.jpg"></div></div>',
        '<div class="site-header"><img src="/a.jpg"></div>',
        '<div class="linkLogoSection"><img src="/a.jpg"></div>',
        '<img class="spip_logo" src="/a.jpg">',
        '<body class="with-logo"><div class="has-logo"><img src="/a.jpg"></div></body>',
        '<img src="/a.jpg" alt="The new logo of the firm">',
        '<a href="https://www.facebook.com/sharer.php?u=1"><img src="/a.jpg" width="728" height="244"></a>',
        '<a href="https://www.instagram.com/ann"><img src="/a.jpg"></a>',
        '<img src="/a-30x30.jpg" data-src="/a.jpg" width="60" height="30">',
        '<div style="background: url(/a.jpg)"></div>',
        '<img src="/a.jpg">' * 5,
    ],
)
def test_photos_in_other_places_are_kept(html: str) -> None:
    """Words of layout, mixed classes, and photos in footers, slides or larger sizes do not count."""
    assert find_image_urls(html, "https://a.example/") == [PHOTO]
