"""Pages of any kind, fetched from a real server."""

import json

import pytest

from emotion_core.collect import Fetcher
from emotion_core.collect.sources import FoundPicture, read_description, read_page
from emotion_core.errors import CollectError
from tests.collect import wiki_pages
from tests.collect.web_server import WebServer, reply


def test_an_ordinary_page_gives_pictures_licence_and_next_page(web: WebServer, fetcher: Fetcher) -> None:
    """Any page is read by its markup, with the licenses and authors that it states."""
    web.routes["/"] = reply(
        '<link rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/"><base href="/x/">'
        '<figure><img src="a.jpg"><a property="cc:attributionName">Jane</a></figure><img src="b.jpg">'
        '<a rel="next" href="/2">next</a>'
    )
    page = fetcher.get_page(web.url())
    contents = read_page(page)
    assert contents.pictures == (
        FoundPicture(web.url("/x/a.jpg"), "CC0 1.0", "Jane"),
        FoundPicture(web.url("/x/b.jpg"), "CC0 1.0"),
    )
    assert contents.next_url == web.url("/2")
    assert [picture.url for picture in read_page(page, "figure").pictures] == [web.url("/x/a.jpg")]


def test_wiki_category_is_read_to_its_end(web: WebServer, fetcher: Fetcher) -> None:
    """On every page of a category, each photo gets URL, license and author from its file page."""
    uploads = "/images"
    for path, name, following in (("", "Anna.jpg", "Ben.jpg"), ("?filefrom=Ben.jpg", "Ben.jpg", "")):
        members = [wiki_pages.member(name, uploads)]
        web.routes[f"/wiki/Category:X{path}"] = reply(wiki_pages.category(members, next_from=following))
        web.routes[f"/wiki/File:{name}"] = reply(wiki_pages.file_page(name, uploads=uploads))
    url, described = web.url("/wiki/Category:X"), []
    while url:
        contents = read_page(fetcher.get_page(url))
        for picture in contents.pictures:
            described.append(read_description(fetcher.get_page(picture.described_at or ""), picture))
        url = contents.next_url or ""
    assert [(picture.url, picture.licence, picture.author) for picture in described] == [
        (web.url(f"/images/thumb/a/ab/{name}/1280px-{name}"), "CC BY-SA 4.0", "Anna Example")
        for name in ("Anna.jpg", "Ben.jpg")
    ]
    assert not any(path.startswith("/w/") for path in web.paths)


def test_wiki_page_with_a_selector_keeps_its_descriptions(web: WebServer, fetcher: Fetcher) -> None:
    """A selector chooses among the files, and each keeps its file page."""
    members = [wiki_pages.member(name, "/images") for name in ("Anna.jpg", "Ben.jpg")]
    web.routes["/wiki/Category:X"] = reply(wiki_pages.category(members, next_from="C"))
    contents = read_page(fetcher.get_page(web.url("/wiki/Category:X")), 'img[alt="File:Ben.jpg"]')
    assert [picture.described_at for picture in contents.pictures] == [web.url("/wiki/File:Ben.jpg")]


def test_wiki_page_without_files_is_read_like_any_other(web: WebServer, fetcher: Fetcher) -> None:
    """Its pictures are found, and the license of its text does not apply to them."""
    web.routes["/"] = reply(wiki_pages.HEAD + '<img src="/photo.jpg" width="300">' + wiki_pages.FOOT)
    assert FoundPicture(web.url("/photo.jpg")) in read_page(fetcher.get_page(web.url())).pictures


def test_search_results_are_recognized_by_content_type(web: WebServer, fetcher: Fetcher) -> None:
    """JSON is read as Openverse search results; other JSON raises."""
    result = {"url": web.url("/a.jpg"), "license": "by", "license_version": "2.0", "creator": "Jane"}
    web.routes["/v1"] = reply(json.dumps({"results": [result], "page": 1, "page_count": 2}), "application/json")
    web.routes["/other"] = reply('{"photos": []}', "application/json; charset=utf-8")
    contents = read_page(fetcher.get_page(web.url("/v1")))
    assert contents.pictures == (FoundPicture(web.url("/a.jpg"), "CC BY 2.0", "Jane"),)
    assert contents.next_url == web.url("/v1?page=2")
    with pytest.raises(CollectError, match="results"):
        read_page(fetcher.get_page(web.url("/other")))


def test_an_ordinary_page_can_describe_a_picture(web: WebServer, fetcher: Fetcher) -> None:
    """A page that describes a picture in ordinary markup adds what it states and keeps the rest."""
    web.routes["/a"] = reply('<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">')
    listed = FoundPicture(web.url("/a.jpg"), author="Jane", described_at=web.url("/a"))
    described = read_description(fetcher.get_page(web.url("/a")), listed)
    assert described == FoundPicture(listed.url, "CC BY 4.0", "Jane", described_at=listed.described_at)
