"""Pages of MediaWiki sites."""

import pytest

from emotion_core.collect.extraction import parse_page
from emotion_core.collect.sources import FoundPicture, PageContents, mediawiki
from tests.collect import wiki_pages

SITE = "https://commons.wikimedia.org"
PAGE = f"{SITE}/wiki/Category:Smiling_people"
UPLOADS = "https://upload.wikimedia.org/wikipedia/commons"
FOUND = FoundPicture(f"{UPLOADS}/thumb/a/ab/Anna.jpg/330px-Anna.jpg", described_at=f"{SITE}/wiki/File:Anna.jpg")


def read(html: str, url: str = PAGE) -> PageContents:
    """Return the contents of a page that shows files."""
    contents = mediawiki.read_page(parse_page(html), url)
    assert contents is not None
    return contents


def describe(html: str) -> FoundPicture:
    """Return a picture completed by its file page."""
    return mediawiki.add_description(parse_page(html), f"{SITE}/wiki/File:Anna.jpg", FOUND)


def test_category_shows_its_files_with_their_pages() -> None:
    """Each member comes once, in page order, in the largest size shown, with its file page."""
    members = [wiki_pages.member(name) for name in ("Anna.jpg", "Ben_(2).JPG", "Anna.jpg")]
    anna, ben = read(wiki_pages.category(members)).pictures
    assert anna == FoundPicture(FOUND.url, described_at=FOUND.described_at, landing_url=FOUND.described_at)
    assert ben.described_at == f"{SITE}/wiki/File:Ben_(2).JPG"


@pytest.mark.parametrize("name", ["Smile.svg", "Laugh.webm", "Diary.pdf", "Sobbing.ogg", "Scan.djvu", "noextension"])
def test_non_photos_are_left_out_by_suffix(name: str) -> None:
    """Drawings, films, documents and sound are left out."""
    pictures = read(wiki_pages.category([wiki_pages.member(name), wiki_pages.member("Anna.jpg")])).pictures
    assert [picture.url for picture in pictures] == [FOUND.url]


def test_file_links_of_older_wikis_are_recognized() -> None:
    """Links as before MediaWiki 1.40 count as well, and so do URLs with a title parameter."""
    box = wiki_pages.member("Anna.jpg", classes="image").replace("/wiki/File:", "/index.php?title=File:")
    assert read(wiki_pages.category([box])).pictures[0].described_at == f"{SITE}/index.php?title=File:Anna.jpg"


def test_gallery_outside_a_category_shows_all_its_files() -> None:
    """An article or a gallery page has no member section and no next page."""
    html = wiki_pages.HEAD + '<ul class="gallery">' + wiki_pages.member("Anna.jpg") + "</ul>" + wiki_pages.FOOT
    contents = read(html, f"{SITE}/wiki/Smile")
    assert [picture.url for picture in contents.pictures] == [FOUND.url]
    assert contents.next_url is None


def test_page_without_files_gives_none() -> None:
    """A wiki page without MediaWiki files is left to the reader for other pages."""
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
def test_next_page_of_a_category_keeps_its_path(url: str, start: str, expected: str | None) -> None:
    """The next page is the category from the next file on, at the requested path, which robots.txt allows."""
    contents = read(wiki_pages.category([wiki_pages.member("Anna.jpg")], next_from=start), url)
    assert contents.next_url == expected


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
def test_best_size_is_the_widest_up_to_the_limit(width: int, copies: tuple[int, ...], expected: str) -> None:
    """The original is used up to 2,048 pixels, otherwise the widest copy up to that width."""
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
def test_licence_is_that_of_the_file(licences: str, expected: str | None) -> None:
    """The file's own license counts, a Creative Commons one first; the license of the wiki's text never does."""
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
def test_author_is_read_from_the_file_page(author: str | None, expected: str | None) -> None:
    """A name is plain text without hidden parts; an unknown author is None."""
    assert describe(wiki_pages.file_page("Anna.jpg", author=author)).author == expected


def test_description_keeps_fields_it_does_not_state() -> None:
    """A page without a file leaves the picture as listed, with the page to credit."""
    assert describe(wiki_pages.HEAD + wiki_pages.FOOT) == FoundPicture(
        FOUND.url, described_at=FOUND.described_at, landing_url=FOUND.described_at
    )


def test_page_of_a_file_shows_that_file() -> None:
    """An address list may contain file pages; each gives its photo with license and author."""
    address = f"{SITE}/wiki/File:Anna.jpg"
    (picture,) = read(wiki_pages.file_page("Anna.jpg", width=900), address).pictures
    assert picture == FoundPicture(f"{UPLOADS}/a/ab/Anna.jpg", "CC BY-SA 4.0", "Anna Example", landing_url=address)
    assert mediawiki.read_page(parse_page(wiki_pages.file_page("Smile.svg")), f"{SITE}/wiki/File:Smile.svg") is None
