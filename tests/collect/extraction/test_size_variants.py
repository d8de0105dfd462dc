"""URLs of one picture in several sizes, and the size that a URL states."""

import string

import pytest

from emotion_core.collect.extraction import identify_picture


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
def test_sizes_of_one_picture_are_recognized(smaller: str, larger: str) -> None:
    """However a site writes sizes, both URLs are the same picture and the larger one is known."""
    first, second = identify_picture(f"https://a.example{smaller}"), identify_picture(f"https://a.example{larger}")
    assert first.picture == second.picture
    assert first.width < second.width


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("live.flickr.example/6/50897561_ab12cd34ef.jpg", "live.flickr.example/6/50897561_ab12cd34ef_b.jpg"),
        ("images.pexels.example/1/p.jpeg?cs=tinysrgb&h=350", "images.pexels.example/1/p.jpeg?w=1260&h=750&dpr=2"),
        ("stock.example/happy-260nw-1234567.jpg", "stock.example/happy-600w-1234567.jpg"),
        ("media.istock.example/1/man.jpg?s=170x170&k=20", "media.istock.example/1/man.jpg?s=1024x1024&w=is&k=20"),
        ("cdn.pixabay.example/cat-123456__340.jpg", "cdn.pixabay.example/cat-123456_960_720.jpg"),
        ("t3.ft.example/240_F_12345678_abc.jpg", "t4.ft.example/1000_F_12345678_abc.jpg"),
        ("x.wordpress.example/man.jpg?w=300&h=200&crop=1", "x.wordpress.example/man.jpg?w=1024&h=683"),
        ("i2.wp.com/b.example/man.jpg?fit=300%2C200&ssl=1", "i0.wp.com/b.example/man.jpg?fit=1200%2C800"),
        ("squarespace.example/man.jpg?format=100w", "squarespace.example/man.jpg?format=1500w"),
        ("shop.example/man_300x300@2x.jpg?v=1", "shop.example/man.jpg?v=1"),
        ("shop.example/man_grande.jpg?v=1", "shop.example/man.jpg?v=1"),
        ("wix.example/a~mv2.jpg/v1/fill/w_300,h_200,al_c/man.webp", "wix.example/a~mv2.jpg"),
        ("1.bp.example/_b/w72-h72-p-k-no-nu/man.jpg", "2.bp.example/_b/s1600-h/man.jpg"),
        ("lh3.example/abcDEF=w240-h160-n", "lh5.example/abcDEF=s1600"),
        (
            "stack.example/fetch/$s_!aB!,w_424,c_limit/https%3A%2F%2Fb.example%2Fa.png",
            "stack.example/fetch/$s_!aB!,w_1456,c_limit/https%3A%2F%2Fb.example%2Fa.png",
        ),
        (
            "t.example/AbCdEfGh_-12345678901234567=/300x200/smart/a.jpg",
            "t.example/ZZCdEfGh_-12345678901234567=/900x600/smart/a.jpg",
        ),
        ("i.4cdn.example/g/1612345678901s.jpg", "i.4cdn.example/g/1612345678901.jpg"),
        ("b.example/thumb/thumbnail_0123456789abcdef.jpg", "b.example/image/0123456789abcdef.png"),
        ("ebay.example/thumbs/images/g/HASH/s-l225.jpg", "ebay.example/images/g/HASH/s-l1600.jpg"),
        ("etsy.example/il/1/il_340x270.345678_ab.jpg", "etsy.example/il/1/il_fullxfull.345678_ab.jpg"),
        ("ali.example/kf/Hab.jpg_220x220q75.jpg_.webp", "ali.example/kf/Hab.jpg_480x480q90.jpg_.avif"),
        ("ali.example/kf/Hab.jpg_220x220.jpg", "ali.example/kf/Hab.jpg"),
        ("p16.tiktok.example/ab~tplv-crop:200:200.image", "p16.tiktok.example/ab~tplv-crop:720:720.image"),
        ("i.ytimg.example/vi/abc/mqdefault.jpg", "i.ytimg.example/vi/abc/hq720.jpg?sqp=a"),
        ("wsj.example/im-123?width=300&height=200", "wsj.example/im-123?width=1280&size=1.77"),
        ("a.example/_next/image?url=%2Fimg%2Fman.jpg&w=640&q=75", "a.example/img/man.jpg"),
        ("a.example/tool.php?src=/img/man.jpg&w=100&zc=1", "a.example/img/man.jpg"),
        ("a.example/styles/thumb/public/x.jpg.webp?itok=a", "a.example/styles/large/public/x.jpg?itok=b"),
        ("a.example/gallery/set/thumbs/thumbs_man.jpg", "a.example/gallery/set/man.jpg"),
        ("a.example/gallery/set/cache/man.jpg-nggid01-240x180x100.jpg", "a.example/gallery/set/man.jpg"),
        ("a.example/gal/tn_x.jpg", "a.example/gal/x.jpg"),
        ("a.example/iiif/2/abc/full/400,/0/default.jpg", "a.example/iiif/2/abc/full/max/0/default.jpg"),
        ("a.example/iiif/2/abc/square/150,/0/default.jpg", "a.example/iiif/2/abc/full/,1000/0/native.jpg"),
        ("miro.example/max/60/1*ab.jpeg?q=20", "miro.example/max/1400/1*ab.jpeg"),
        ("miro.example/v2/resize:fit:640/format:webp/1*ab.jpeg", "miro.example/v2/resize:fit:1400/1*ab.jpeg"),
        ("nyt.example/01man-threeByTwoSmallAt2X.jpg", "nyt.example/01man-superJumbo.jpg"),
        ("guim.example/3000.jpg?width=300&s=a", "guim.example/3000.jpg?width=300&dpr=2&s=b"),
        ("cnn.example/2001-man-small-169.jpg", "cnn.example/2001-man-exlarge-169.jpg"),
        ("apple.example/cd.jpg/100x100bb.jpg", "apple.example/cd.jpg/632x632bb.webp"),
        ("twimg.example/AbCdEf.jpg:small", "twimg.example/AbCdEf.jpg:large"),
        ("hotel.example/square60/1234567.jpg", "hotel.example/max1024x768/1234567.jpg"),
        ("wikia.example/Man.jpg/revision/latest/scale-to-width-down/180?cb=1", "wikia.example/Man.jpg/revision/latest"),
        ("news.example/46-1.jpg/298x168/285.563.922", "news.example/46-1.jpg/462x260/285.563.922"),
        ("scene.example/is/image/S/man?$thumb$", "scene.example/is/image/S/man?wid=1200&hei=1200"),
        ("presta.example/1234-home_default/man.jpg", "presta.example/1234-large_default/man.jpg"),
        ("kit.example/tr:w-300,h-200/man.jpg", "kit.example/tr:w-900/man.jpg"),
        (
            "aem.example/man.jpg/jcr:content/cq5dam.web.320.180.jpeg",
            "aem.example/man.jpg/jcr:content/cq5dam.web.1280.720.jpeg",
        ),
        ("wag.example/man.width-300.jpg", "wag.example/man.max-1200x800.jpg"),
        ("webflow.example/man-p-500.jpg", "webflow.example/man-p-1080.jpg"),
        ("tmdb.example/w220_and_h330_face/ab.jpg", "tmdb.example/w440_and_h660_face/ab.jpg"),
        ("zeit.example/man/wide__300x200__desktop", "zeit.example/man/wide__1300x731"),
        ("spiegel.example/ab_w300_r1.77_fpx1.jpg", "spiegel.example/ab_w948_r1.77_fpx1.jpg"),
        ("a.example/ALTERNATES/w65square/man.jpg", "a.example/ALTERNATES/w300h165/man.jpg"),
        ("a.example/photos/w/320/h/240/man.jpg", "a.example/photos/w/1280/h/960/man.jpg"),
        ("a.example/p/filter/resize_w/275", "a.example/p/filter/resize_w/900"),
        ("a.example/441x441/man.jpg", "a.example/1200x1200/man.jpg"),
        ("a.example/16x9/w_320/man.jpg", "a.example/4:3/w_1600/man.jpg"),
        ("a.example/man_v2_300x225.jpg", "a.example/man_v2_1200x900.jpg"),
        ("a.example/man.jpg?im=Resize=(320)", "a.example/man.jpg?im=Resize,width=1280"),
        ("a.example/man?resize=320:*", "a.example/man?resize=980:*"),
        ("a.example/man.jpg?crop=1xw:1xh;0,0&resize=300%3A%2A", "a.example/man.jpg?resize=900%3A%2A"),
        ("a.example/man.jpg?c=16x9&q=h_720,w_1280,c_fill/f_webp", "a.example/man.jpg?c=original"),
        ("a.example/man.jpg?x-oss-process=image/resize,w_300", "a.example/man.jpg?x-oss-process=image/resize,w_900"),
        ("a.example/man.jpg?imageView2/2/w/300", "a.example/man.jpg?imageView2/2/w/1200"),
        ("a.example/man.jpg!300x300", "a.example/man.jpg!large"),
        ("a.example/man.jpg?preset=thumb", "a.example/man.jpg?preset=large"),
        ("a.example/man,300,200.jpg", "a.example/man,900,600.jpg"),
        ("wsrv.example/?url=b.example/man.jpg&w=300&output=webp", "b.example/man.jpg"),
        ("weserv.example/?url=ssl:b.example/man.jpg&w=300", "weserv.example/?url=b.example/man.jpg&w=900"),
        ("a.example/cdn-cgi/image/fit=contain,w=80/up/man.jpg", "a.example/up/man.jpg"),
        ("a.example/_ipx/w_300,f_webp/up/man.jpg", "a.example/up/man.jpg"),
        ("a.example/thumbnail.asp?file=up/man.jpg&maxx=0&maxy=150", "a.example/thumbnail.asp?file=up/man.jpg&maxy=600"),
        ("deliver.example/acc/id-1/w=300", "deliver.example/acc/id-1/w=1200,h=800"),
        ("stack.example/resize=width:300/handle", "stack.example/resize=width:1200/handle"),
        (
            f"{'A' * 43}.img.example/{'a' * 43}/rs:fill:300:400/aHR0cDovL2V4YW1wbGU.webp",
            f"{'A' * 43}.img.example/{'b' * 43}/rs:fill:900:1200/aHR0cDovL2V4YW1wbGU.webp",
        ),
        (
            "a.example/dims4/default/ab/strip/true/resize/320x200!/quality/90/?url=https%3A%2F%2Fb.example%2Fman.jpg",
            "a.example/dims4/default/cd/strip/true/resize/1200x800!/quality/90/?url=https%3A%2F%2Fb.example%2Fman.jpg",
        ),
        ("ichef.example/news/320/cpsprodpb/12/man.jpg", "ichef.example/news/976/cpsprodpb/12/man.jpg"),
        ("guim.example/ab/0_99_3000_1800/500.jpg", "guim.example/ab/0_99_3000_1800/master/3000.jpg?width=1900"),
        (
            "scdn.example/image/ab67616d00001e02d9194aa18fa4c9362b47464f",
            "scdn.example/image/ab67616d0000b273d9194aa18fa4c9362b47464f",
        ),
        (
            "fp.example/abcdef0123456789abcdef0123456789-cc_ft_384.jpg",
            "fp.example/abcdef0123456789abcdef0123456789-cc_ft_1536.jpg",
        ),
        (f"tumblr.example/ab/s250x400/{'a' * 40}.jpg", f"tumblr.example/ab/s1280x1920/{'b' * 40}.jpg"),
        ("a.example/media_cache/thumb/up/man.jpg", "a.example/media_cache/large/up/man.jpg"),
        ("chz.example/square50/8393412352/6BE153BB", "chz.example/rectangleW160H120/8393412352/6BE153BB"),
        (
            "spip.example/cache-vignettes/L324xH77/arton4-e9138.jpg",
            "spip.example/cache-vignettes/L800xH190/arton4-aaaa8.jpg",
        ),
        (
            "fb.example/t51/s640x640/75333954_26997285600921_1978314626736418_n.jpg",
            "fb.example/t51/75333954_26997285600921_1978314626736418_n.jpg",
        ),
    ],
)
def test_the_forms_of_well_known_sites_are_recognized(smaller: str, larger: str) -> None:
    """Stock photo sites, shops, newspapers and content management systems each write sizes their own way."""
    first, second = identify_picture(f"https://{smaller}"), identify_picture(f"https://{larger}")
    assert first.picture == second.picture
    assert first.width < second.width


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/image/S/overlay?$product_id=1", "/image/S/overlay?$product_id=2"),
        ("/slide2.img.jpg/1448463950053.jpg", "/slide3.img.jpg/1448463950053.jpg"),
        ("/plan-b.jpg", "/plan-c.jpg"),
        ("/fig_s.jpg", "/fig_b.jpg"),
        ("/img-320.jpg", "/img-640.jpg"),
        ("/man-x.jpg", "/man.jpg"),
        ("/user/640/photo.jpg", "/user/320/photo.jpg"),
        ("/iiif/2/abc/full/400,/0/default.jpg", "/iiif/2/abd/full/400,/0/default.jpg"),
        ("/tool.php?src=/img/man.jpg&w=100", "/tool.php?src=/img/woman.jpg&w=100"),
        ("/12-home_default/man.jpg", "/13-home_default/man.jpg"),
        ("/ab~tplv-crop:200:200.image", "/ac~tplv-crop:200:200.image"),
        ("/acc9_1/acc1257x1257a59185_w180h180c1.jpg", "/acc9_2/acc1257x1257a552938_w180h180c1.jpg"),
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
def test_different_pictures_stay_apart(first: str, second: str) -> None:
    """Numbers that are not sizes, parameters that are not settings and common names keep pictures apart."""
    pictures = {identify_picture(f"https://a.example{path}").picture for path in (first, second)}
    assert len(pictures) == 2


@pytest.mark.parametrize(
    "path",
    [
        "/w10" + "_a" * 1_900 + "!/b.jpg",
        "/s300" + "-a" * 1_900 + "!/b.jpg",
        "/" + "$a_b!," * 700 + "!/b.jpg",
        "/a.jpg/" + "1.x/" * 900 + "!",
        "/styles/" * 480,
        "/full/1" + "1," * 1_900 + "/0/default.jpg",
    ],
)
def test_hostile_urls_are_parsed_at_once(path: str) -> None:
    """No URL makes the patterns backtrack without end."""
    assert identify_picture(f"https://a.example{path}").picture


@pytest.mark.parametrize(
    "path", ["", "/", "/x", "/x.jpg", "/.jpg", "/300x200.jpg", "/http://[bad", "/?w=&h=x", "/%zz", "/@2x.jpg"]
)
def test_odd_urls_are_parsed(path: str) -> None:
    """Any URL has an identity."""
    assert identify_picture(f"https://a.example{path}").picture


def test_any_letter_may_follow_an_id() -> None:
    """A letter that is no size belongs to the name."""
    urls = [f"https://a.example/1234567_{letter}.jpg" for letter in "abcdefghijklmnopqrstuvwxyz"]
    assert len({identify_picture(url).picture for url in urls}) > 1


def test_inline_files_are_known_by_their_content() -> None:
    """Two data addresses are one picture only if they are the same."""
    first, second = (identify_picture(f"data:image/png;base64,{digit * 9000}") for digit in "AB")
    assert first.picture != second.picture
    assert len(first.picture) < 100


@pytest.mark.parametrize("letter", string.ascii_letters)
@pytest.mark.parametrize("stem", ["12345", "0123456789", "0123456789abcdef"])
def test_any_letter_after_an_id_is_read_without_an_error(stem: str, letter: str) -> None:
    """Letters that no site uses for a size are part of the name."""
    assert identify_picture(f"https://a.example/{stem}_{letter}.jpg").picture


@pytest.mark.parametrize(
    "url",
    [
        "https://i0.wp.com/[x/a.jpg?w=300",
        "https://i0.wp.com/a]b[/c.jpg",
        "https://[/a.jpg",
        "https://a.example/_next/image?url=https://[/a.jpg",
        "https://a.example/[::1]/https://[x]/a.jpg",
        "https://a.example/?url=//[/a.jpg",
    ],
)
def test_brackets_anywhere_are_part_of_the_name(url: str) -> None:
    """What Python's parser of addresses refuses, browsers request."""
    assert identify_picture(url).picture
