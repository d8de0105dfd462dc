"""What a page shows, whatever kind of page it is, fetched from a real server."""

import json

import pytest

from emotion_core.collect import Fetcher
from emotion_core.collect.sources import FoundPicture, read_description, read_page
from emotion_core.errors import CollectError
from tests.collect import wiki_pages
from tests.collect.web_server import WebServer, reply


def test_plain_page_brings_pictures_licence_and_the_next_page(web: WebServer, fetcher: Fetcher) -> None:
    """Any page is read by its markup, with what it states of each picture and of all."""
    web.routes["/"] = reply(
        '<link rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/"><base href="/x/">'
        '<figure><img src="a.jpg"><a property="cc:attributionName">Jane</a></figure><img src="b.jpg">'
        '<a rel="next" href="/2">next</a>'
    )
    page = fetcher.get_page(web.url())
    reading = read_page(page)
    assert reading.pictures == (
        FoundPicture(web.url("/x/a.jpg"), "CC0 1.0", "Jane"),
        FoundPicture(web.url("/x/b.jpg"), "CC0 1.0"),
    )
    assert reading.next_url == web.url("/2")
    assert [picture.url for picture in read_page(page, "figure").pictures] == [web.url("/x/a.jpg")]


def test_wiki_category_is_read_to_its_end(web: WebServer, fetcher: Fetcher) -> None:
    """From one page of a category to the next, each photo gets address, licence and author from its own page."""
    uploads = "/images"
    for path, name, following in (("", "Anna.jpg", "Ben.jpg"), ("?filefrom=Ben.jpg", "Ben.jpg", "")):
        members = [wiki_pages.member(name, uploads)]
        web.routes[f"/wiki/Category:X{path}"] = reply(wiki_pages.category(members, next_from=following))
        web.routes[f"/wiki/File:{name}"] = reply(wiki_pages.file_page(name, uploads=uploads))
    url, described = web.url("/wiki/Category:X"), []
    while url:
        reading = read_page(fetcher.get_page(url))
        for picture in reading.pictures:
            described.append(read_description(fetcher.get_page(picture.described_at or ""), picture))
        url = reading.next_url or ""
    assert [(picture.url, picture.licence, picture.author) for picture in described] == [
        (web.url(f"/images/thumb/a/ab/{name}/1280px-{name}"), "CC BY-SA 4.0", "Anna Example")
        for name in ("Anna.jpg", "Ben.jpg")
    ]
    assert not any(path.startswith("/w/") for path in web.paths)


def test_wiki_page_with_a_selector_keeps_its_descriptions(web: WebServer, fetcher: Fetcher) -> None:
    """A selector chooses among the files; what each of them is described by stays known."""
    members = [wiki_pages.member(name, "/images") for name in ("Anna.jpg", "Ben.jpg")]
    web.routes["/wiki/Category:X"] = reply(wiki_pages.category(members, next_from="C"))
    reading = read_page(fetcher.get_page(web.url("/wiki/Category:X")), 'img[alt="File:Ben.jpg"]')
    assert [picture.described_at for picture in reading.pictures] == [web.url("/wiki/File:Ben.jpg")]


def test_wiki_page_without_files_is_read_like_any_other(web: WebServer, fetcher: Fetcher) -> None:
    """Its pictures are found, and the licence of its text is not taken for theirs."""
    web.routes["/"] = reply(wiki_pages.HEAD + '<img src="/photo.jpg" width="300">' + wiki_pages.FOOT)
    assert FoundPicture(web.url("/photo.jpg")) in read_page(fetcher.get_page(web.url())).pictures


def test_api_answer_is_recognised_by_its_content_type(web: WebServer, fetcher: Fetcher) -> None:
    """JSON is read as an answer of Openverse; JSON of another shape is explained."""
    result = {"url": web.url("/a.jpg"), "license": "by", "license_version": "2.0", "creator": "Jane"}
    web.routes["/v1"] = reply(json.dumps({"results": [result], "page": 1, "page_count": 2}), "application/json")
    web.routes["/other"] = reply('{"photos": []}', "application/json; charset=utf-8")
    reading = read_page(fetcher.get_page(web.url("/v1")))
    assert reading.pictures == (FoundPicture(web.url("/a.jpg"), "CC BY 2.0", "Jane"),)
    assert reading.next_url == web.url("/v1?page=2")
    with pytest.raises(CollectError, match="results"):
        read_page(fetcher.get_page(web.url("/other")))


def test_description_of_another_kind_adds_what_it_states(web: WebServer, fetcher: Fetcher) -> None:
    """A page that describes a picture in ordinary markup is understood too; it never takes the picture away."""
    web.routes["/a"] = reply('<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">')
    found = FoundPicture(web.url("/a.jpg"), author="Jane", described_at=web.url("/a"))
    described = read_description(fetcher.get_page(web.url("/a")), found)
    assert described == FoundPicture(found.url, "CC BY 4.0", "Jane", described_at=found.described_at)
