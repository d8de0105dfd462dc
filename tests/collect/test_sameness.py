"""Which addresses are one picture in several sizes, and what they tell of the size."""

import pytest

from emotion_core.collect.finding.sameness import identify


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("/man-300x200.jpg", "/man.jpg"),
        ("/man-150x150.jpg", "/man-scaled.jpg"),
        ("/man.jpg", "/man@2x.jpg"),
        ("/man?w=320&q=70", "/man?w=640&q=80"),
        ("/man.jpg?w=300&s=ab12", "/man.jpg?w=600&s=cd34"),
        ("/thumbs/man.jpg", "/large/man.jpg"),
        ("/man_small.jpg", "/man_large.webp"),
        ("/236x/aa/man.jpg", "/originals/aa/man.jpg"),
        ("/s320/man.jpg", "/s1600/man.jpg"),
        ("/upload/w_284,c_limit/v1/man.jpg", "/upload/w_848,c_limit/v1/man.jpg"),
        ("/cdn-cgi/image/width=300,quality=75/man.jpg", "/cdn-cgi/image/width=900,quality=75/man.jpg"),
        ("/unsafe/300x200/smart/man.jpg", "/unsafe/600x400/smart/man.jpg"),
        ("/thumb/a/ab/Man.jpg/120px-Man.jpg", "/a/ab/Man.jpg"),
        ("/thumb/a/ab/Man.svg/120px-Man.svg.png", "/thumb/a/ab/Man.svg/440px-Man.svg.png"),
        ("/vi/abc/hqdefault.jpg", "/vi/abc/maxresdefault.jpg"),
        ("/1/12345678901_abcdef0123_n.jpg", "/1/12345678901_abcdef0123_b.jpg"),
        ("/I/71ab._AC_SX300_QL70_.jpg", "/I/71ab._AC_SL1500_.jpg"),
        ("/g/HASH/s-l300.jpg", "/g/HASH/s-l1600.jpg"),
        ("/man_300x300_crop_center.jpg?v=1", "/man.jpg?v=1"),
        ("/styles/teaser_300/public/man.jpg?itok=a", "/man.jpg"),
        ("/product/cache/1/small_image/196x196/9d/m/a/man.jpg", "/product/cache/1/image/9d/m/a/man.jpg"),
        ("/_next/image?url=https%3A%2F%2Fb.example%2Fman.jpg&w=640&q=75", "/resize/1200x/https://b.example/man.jpg"),
        ("/480/production/_104567890_man.jpg?w=5", "/976/production/_104567890_man.jpg"),
    ],
)
def test_sizes_of_one_picture_are_told(smaller: str, larger: str) -> None:
    """However a site writes sizes, both addresses are the same picture and the larger one is known."""
    first, second = identify(f"https://a.example{smaller}"), identify(f"https://a.example{larger}")
    assert first.picture == second.picture
    assert first.width < second.width


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/img-1.jpg", "/img-2.jpg"),
        ("/photo?id=1", "/photo?id=2"),
        ("/photo.jpg?id=1", "/photo.jpg?id=2"),
        ("/1/thumb.jpg", "/2/thumb.jpg"),
        ("/a/DSC00012.JPG", "/b/DSC00012.JPG"),
        ("/cats/2026-05-12.jpg", "/dogs/2026-05-12.jpg"),
        ("/cats/20260512.jpg", "/dogs/20260512.jpg"),
        ("/_next/image?url=%2Fa.jpg&w=640", "/_next/image?url=%2Fb.jpg&w=640"),
        ("/vi/abc/hqdefault.jpg", "/vi/xyz/hqdefault.jpg"),
        ("/460x306?v=1", "/460x306?v=2"),
        ("/101/happy-woman.jpg", "/102/happy-woman.jpg"),
        ("/m/a/man.jpg", "/product/cache/1/m/b/man.jpg"),
    ],
)
def test_different_pictures_stay_apart(one: str, other: str) -> None:
    """Numbers that are no sizes, parameters that are no settings and names used twice keep pictures apart."""
    assert identify(f"https://a.example{one}").picture != identify(f"https://a.example{other}").picture


@pytest.mark.parametrize(
    "path", ["", "/", "/x", "/x.jpg", "/.jpg", "/300x200.jpg", "/http://[bad", "/?w=&h=x", "/%zz", "/@2x.jpg"]
)
def test_odd_addresses_are_taken_apart(path: str) -> None:
    """Whatever an address looks like, it names something."""
    assert identify(f"https://a.example{path}").picture
