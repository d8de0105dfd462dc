"""What the pages of a MediaWiki site show and state."""

import pytest

from emotion_core.collect.extraction import parse_page
from emotion_core.collect.sources import FoundPicture, PageContents, mediawiki
from tests.collect import wiki_pages

SITE = "https://commons.wikimedia.org"
PAGE = f"{SITE}/wiki/Category:Smiling_people"
UPLOADS = "https://upload.wikimedia.org/wikipedia/commons"
FOUND = FoundPicture(f"{UPLOADS}/thumb/a/ab/Anna.jpg/330px-Anna.jpg", described_at=f"{SITE}/wiki/File:Anna.jpg")


def read(html: str, url: str = PAGE) -> PageContents:
    """Return what a page shows, which must be something."""
    reading = mediawiki.read_page(parse_page(html), url)
    assert reading is not None
    return reading


def describe(html: str) -> FoundPicture:
    """Return a picture as the page of its file describes it."""
    return mediawiki.describe(parse_page(html), f"{SITE}/wiki/File:Anna.jpg", FOUND)


def test_category_shows_its_files_with_their_pages() -> None:
    """Each member comes once, in page order, in the largest size shown, with the page that describes it."""
    members = [wiki_pages.member(name) for name in ("Anna.jpg", "Ben_(2).JPG", "Anna.jpg")]
    anna, ben = read(wiki_pages.category(members)).pictures
    assert anna == FoundPicture(FOUND.url, described_at=FOUND.described_at, landing_url=FOUND.described_at)
    assert ben.described_at == f"{SITE}/wiki/File:Ben_(2).JPG"


@pytest.mark.parametrize("name", ["Smile.svg", "Laugh.webm", "Diary.pdf", "Sobbing.ogg", "Scan.djvu", "noextension"])
def test_what_is_no_photo_is_left_out_by_its_name(name: str) -> None:
    """Drawings, films, documents and sound need not be looked at."""
    pictures = read(wiki_pages.category([wiki_pages.member(name), wiki_pages.member("Anna.jpg")])).pictures
    assert [picture.url for picture in pictures] == [FOUND.url]


def test_older_wikis_link_their_files_otherwise() -> None:
    """Links as before MediaWiki 1.40 count as well, and so does an address that names a title."""
    box = wiki_pages.member("Anna.jpg", classes="image").replace("/wiki/File:", "/index.php?title=File:")
    assert read(wiki_pages.category([box])).pictures[0].described_at == f"{SITE}/index.php?title=File:Anna.jpg"


def test_gallery_outside_a_category_shows_all_its_files() -> None:
    """An article or a gallery page has no member section and no pages after it."""
    html = wiki_pages.HEAD + '<ul class="gallery">' + wiki_pages.member("Anna.jpg") + "</ul>" + wiki_pages.FOOT
    reading = read(html, f"{SITE}/wiki/Smile")
    assert [picture.url for picture in reading.pictures] == [FOUND.url]
    assert reading.next_url is None


def test_page_without_files_is_left_to_others() -> None:
    """A wiki page on which MediaWiki shows no file is not ours to read."""
    assert mediawiki.read_page(parse_page(wiki_pages.HEAD + wiki_pages.FOOT), PAGE) is None


@pytest.mark.parametrize(
    ("url", "start", "expected"),
    [
        (PAGE, "Carl+(1).jpg%0ACarl+(1).jpg", f"{PAGE}?filefrom=Carl+%281%29.jpg%0ACarl+%281%29.jpg"),
        (f"{PAGE}?uselang=de&filefrom=A.jpg#mw-category-media", "B%26C.jpg", f"{PAGE}?uselang=de&filefrom=B%26C.jpg"),
        (f"{SITE}/w/index.php?title=Category:X", "B.jpg", f"{SITE}/w/index.php?title=Category%3AX&filefrom=B.jpg"),
        (PAGE, "", None),
        (PAGE, '"></a><a href="http://[?filefrom=x', None),
    ],
)
def test_category_goes_on_at_its_own_address(url: str, start: str, expected: str | None) -> None:
    """The next page is the category from the next file on, at the path that was asked for, which programs may visit."""
    reading = read(wiki_pages.category([wiki_pages.member("Anna.jpg")], next_from=start), url)
    assert reading.next_url == expected


@pytest.mark.parametrize(
    ("width", "copies", "expected"),
    [
        (4000, (320, 1280, 1920, 3840), "thumb/a/ab/Anna.jpg/1920px-Anna.jpg"),
        (4000, (2048, 2049), "thumb/a/ab/Anna.jpg/2048px-Anna.jpg"),
        (4000, (), "thumb/a/ab/Anna.jpg/800px-Anna.jpg"),
        (2048, (320, 1280), "a/ab/Anna.jpg"),
        (700, (), "a/ab/Anna.jpg"),
    ],
)
def test_best_size_is_offered_and_not_too_wide(width: int, copies: tuple[int, ...], expected: str) -> None:
    """The original is taken up to 2,048 pixels, else the widest copy up to there that the page offers."""
    assert describe(wiki_pages.file_page("Anna.jpg", width=width, copies=copies)).url == f"{UPLOADS}/{expected}"


@pytest.mark.parametrize(
    ("licences", "expected"),
    [
        (wiki_pages.RESPONSIVE_CC, "CC BY-SA 4.0"),
        (wiki_pages.PUBLIC_DOMAIN, "Public domain"),
        (wiki_pages.GFDL, "GFDL"),
        (wiki_pages.GFDL + wiki_pages.RESPONSIVE_CC, "CC BY-SA 4.0"),
        (
            '<div class="licensetpl"><a href="//creativecommons.org/publicdomain/zero/1.0/deed.en">x</a></div>',
            "CC0 1.0",
        ),
        ("", None),
    ],
)
def test_licence_is_the_one_of_the_file(licences: str, expected: str | None) -> None:
    """The file's own licence counts, one of Creative Commons first; that of the wiki's text is never taken for it."""
    assert describe(wiki_pages.file_page("Anna.jpg", licences=licences)).licence == expected


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        (wiki_pages.OWN_WORK, "Anna Example"),
        (
            '<div class="vcard"><span id="creator"><a href="/wiki/Creator:X">Ida Ek</a></span> (1870–1941)</div>',
            "Ida Ek",
        ),
        ('<span style="display: none">Unknown</span>Unknown author<span>Unknown author</span>', None),
        ("unknown", None),
        ("No machine-readable author provided. Carl assumed (based on copyright claims).", "Carl"),
        ("<script>alert(1)</script>Eve\u202e &lt;b&gt;", "Eve <b>"),
        ("", None),
        (None, None),
    ],
)
def test_author_is_whom_the_page_names(author: str | None, expected: str | None) -> None:
    """A name comes as plain text without what is hidden; nobody known is None."""
    assert describe(wiki_pages.file_page("Anna.jpg", author=author)).author == expected


def test_description_keeps_what_it_does_not_state() -> None:
    """A page that is something else leaves the picture as the listing showed it, with the page to credit."""
    assert describe(wiki_pages.HEAD + wiki_pages.FOOT) == FoundPicture(
        FOUND.url, described_at=FOUND.described_at, landing_url=FOUND.described_at
    )


def test_page_of_a_file_shows_that_file() -> None:
    """An address list may name file pages; each brings its one photo with licence and author."""
    address = f"{SITE}/wiki/File:Anna.jpg"
    (picture,) = read(wiki_pages.file_page("Anna.jpg", width=900), address).pictures
    assert picture == FoundPicture(f"{UPLOADS}/a/ab/Anna.jpg", "CC BY-SA 4.0", "Anna Example", landing_url=address)
    assert mediawiki.read_page(parse_page(wiki_pages.file_page("Smile.svg")), f"{SITE}/wiki/File:Smile.svg") is None
