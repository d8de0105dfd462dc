"""Scrapes of real pages on loopback into a real catalog."""

import base64
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emotion_core.collect import ImportSummary, ScrapeProgress, ScrapeRequest, scrape
from emotion_core.collect.scrapes import Ledger
from emotion_core.collect.scrapes.scraper import BudgetSpent
from emotion_core.dataset import Catalog
from emotion_core.errors import CollectError
from emotion_core.settings import Workspace
from tests.collect.web_server import WebServer, jpeg, redirect, reply
from tests.collect.wiki_pages import category as wiki_category
from tests.collect.wiki_pages import file_page, member


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """An empty catalog."""
    return Catalog(Workspace(tmp_path))


@pytest.fixture
def web() -> Iterator[WebServer]:
    """Three pages of two photos each, linked one to the next."""
    with WebServer() as server:
        for page in (1, 2, 3):
            names = [f"/{page}{letter}.jpg" for letter in "ab"]
            images = "".join(f'<img class="photo" src="{name}">' for name in names)
            link = f'<a rel="next" href="/happy?page={page + 1}">' if page < 3 else ""
            server.routes[f"/happy?page={page}"] = reply(f'{images}<img class="ad" src="/ad.jpg">{link}')
            for name in names:
                server.routes[name] = reply(jpeg(hash(name) % 1000), "image/jpeg")
        server.routes["/happy"] = server.routes["/happy?page=1"]
        server.routes["/ad.jpg"] = reply(jpeg(7777), "image/jpeg")
        yield server


def run(catalog: Catalog, web: WebServer, path: str, **settings: Any) -> ImportSummary:
    """Scrape a path of the server as happy photos."""
    watch = {name: settings.pop(name) for name in ("on_progress", "stop", "ledger") if name in settings}
    request = ScrapeRequest(**{"url": web.url(path), "label": "happy", "allow_hosts": (web.host_port,), **settings})
    return scrape(catalog, request, **watch)


def test_numbered_pages_are_collected(catalog: Catalog, web: WebServer) -> None:
    """The photos of all pages arrive with label, address and page; a picture on every page is stored once."""
    summary = run(catalog, web, "/happy?page=1", pages="1-3")

    assert (summary.added, summary.duplicates, summary.rejected) == (7, 0, [])
    photos = {photo.source_url: photo for photo in catalog.photos()}
    assert set(photos) == {web.url(f"/{name}.jpg") for name in ("1a", "1b", "2a", "2b", "3a", "3b", "ad")}
    photo = photos[web.url("/2a.jpg")]
    assert (photo.label, photo.content_type, photo.page_url) == ("happy", "image/jpeg", web.url("/happy?page=2"))


def test_photos_inside_a_page_are_collected_without_requests(catalog: Catalog, web: WebServer) -> None:
    """They are stored under a short name, once, and known to a second scrape."""
    addresses = [f"data:image/jpeg;base64,{base64.b64encode(jpeg(number, 100)).decode()}" for number in range(3)]
    images = "".join(f'<img src="{address}">' for address in (*addresses, *addresses))
    web.routes["/inline"] = reply(images)

    summary = run(catalog, web, "/inline")

    assert (summary.added, summary.duplicates, summary.rejected) == (3, 0, [])
    for photo in catalog.photos():
        assert (photo.content_type, photo.page_url, photo.source_url) == ("image/jpeg", web.url("/inline"), None)
        assert photo.name.startswith("data:image/jpeg;sha256,")
        assert len(photo.name) < 100
    assert run(catalog, web, "/inline").duplicates == 3


def test_next_links_are_followed_without_page_numbers(catalog: Catalog, web: WebServer) -> None:
    """If the address has no page number, next links are followed; pages before the first are read for links only."""
    summary = run(catalog, web, "/happy", pages="2-9", select="img.photo")

    assert summary.added == 4
    assert {photo.page_url for photo in catalog.photos()} == {web.url("/happy?page=2"), web.url("/happy?page=3")}


def test_a_list_of_addresses_may_name_pictures_and_pages(catalog: Catalog, web: WebServer) -> None:
    """Addresses with a picture suffix are fetched directly; for others the response decides."""
    web.routes["/photo?id=9"] = reply(jpeg(99), "image/jpeg")
    paths = ("/1a.jpg", "/happy?page=2", "/photo?id=9", "/gone.jpg")
    summary = run(catalog, web, "", url="", urls=tuple(map(web.url, paths)))

    assert (summary.added, [rejection.name for rejection in summary.rejected]) == (5, [web.url("/gone.jpg")])
    photos = {photo.source_url: photo for photo in catalog.photos()}
    assert photos[web.url("/1a.jpg")].page_url is None
    assert photos[web.url("/2a.jpg")].page_url == web.url("/happy?page=2")
    assert photos[web.url("/photo?id=9")].content_type == "image/jpeg"
    assert web.paths.count("/photo?id=9") == 1


def test_an_address_may_be_that_of_a_picture(catalog: Catalog, web: WebServer) -> None:
    """A picture in place of a page is collected."""
    assert run(catalog, web, "/1a.jpg").added == 1


def test_pages_without_new_pictures_end_the_scrape(catalog: Catalog, web: WebServer) -> None:
    """A site that repeats its last page for every higher number is not asked for all of them."""
    web.routes |= {f"/happy?page={number}": reply("<img src=/3a.jpg>") for number in range(4, 100)}

    assert run(catalog, web, "/happy?page=1", pages="1-99").added == 7
    assert sum(path.startswith("/happy") for path in web.paths) == 6


def test_no_page_is_read_once_the_limit_is_reached(catalog: Catalog, web: WebServer) -> None:
    """Pages after the last wanted picture are not requested."""
    run(catalog, web, "/happy?page=1", pages="1-3", select="img.photo", limit=2)

    assert "/happy?page=2" not in web.paths


def test_a_spent_budget_ends_the_scrape_and_keeps_its_photos(catalog: Catalog, web: WebServer) -> None:
    """Nothing is fetched beyond the budget, earlier photos stay, and the error names the budget."""
    web.routes["/2a.jpg"] = reply(jpeg(5, side_px=1900), "image/jpeg")
    ledger = Ledger()
    with pytest.raises(BudgetSpent, match="The budget of 1 MB is used up"):
        run(catalog, web, "/happy?page=1", pages="1-3", max_megabytes=1, ledger=ledger)
    assert ledger.summary.added == len(catalog.photos()) >= 3
    assert "/happy?page=3" not in web.paths


def test_an_interrupted_scrape_is_resumed_with_its_ledger(catalog: Catalog, web: WebServer) -> None:
    """Finished pages and pictures are not requested again, and one summary covers both processes."""
    records: list[dict[str, Any]] = []

    def stop() -> None:
        if len(catalog.photos()) >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(catalog, web, "/happy", pages="1-3", stop=stop, ledger=Ledger(write=records.append))
    records.insert(0, {"time": 0.0})
    first = list(web.paths)
    # A killed process may have stored a photo without writing its record.
    summary = run(catalog, web, "/happy", pages="1-3", ledger=Ledger(records[:-1]))

    again = web.paths[len(first) :]
    stored = {photo.name for photo in catalog.photos()}
    assert (summary.added, summary.duplicates, len(stored)) == (7, 0, 7)
    assert "/happy" not in again
    assert len([path for path in again if path.endswith(".jpg")]) <= 4


def test_a_selector_and_a_limit_restrict(catalog: Catalog, web: WebServer) -> None:
    """Only what the selector matches is fetched, and no more than the limit over all pages."""
    assert run(catalog, web, "/happy?page=1", pages="1-3", select="img.photo", limit=3).added == 3
    assert "/ad.jpg" not in web.paths
    assert sum(path.endswith(".jpg") for path in web.paths) == 3


def test_a_second_scrape_fetches_nothing_twice(catalog: Catalog, web: WebServer) -> None:
    """Photos in the catalog under the same label count as duplicates without being fetched again."""
    run(catalog, web, "/happy")
    asked = len(web.paths)

    assert run(catalog, web, "/happy").duplicates == 3
    assert sorted(web.paths[asked:]) == ["/happy", "/robots.txt"]


def test_a_second_scrape_fetches_again_what_is_damaged(catalog: Catalog, web: WebServer) -> None:
    """A photo whose stored file is missing is fetched although its name is known, and the summary counts it."""
    run(catalog, web, "/happy?page=1", pages="1")
    lost = catalog.photos()[0]
    catalog.photo_path(lost).unlink()
    summary = run(catalog, web, "/happy?page=1", pages="1")
    assert (summary.added, summary.duplicates, summary.repaired) == (0, 3, 1)
    assert catalog.read(lost).width == lost.width


def test_bad_pictures_never_stop_a_scrape(catalog: Catalog, web: WebServer) -> None:
    """A missing file, a page named .jpg, a truncated file and a private redirect are rejected; the rest arrives."""
    names = ["lost.jpg", "page.jpg", "cut.jpg", "inside.jpg", "1a.jpg"]
    web.routes |= {
        "/mixed": reply("".join(f"<img src=/{name}>" for name in names)),
        "/page.jpg": reply("<!doctype html><p>Sign in", "text/html"),
        "/cut.jpg": reply(jpeg(1)[:200], "image/jpeg"),
        "/inside.jpg": redirect("http://169.254.169.254/latest/meta-data/"),
    }
    summary = run(catalog, web, "/mixed")

    reasons = {rejection.name.rpartition("/")[2]: rejection.reason for rejection in summary.rejected}
    assert summary.added == 1
    assert set(reasons) == {"lost.jpg", "page.jpg", "cut.jpg", "inside.jpg"}
    for name, part in (
        ("lost", "404"),
        ("page", "web page"),
        ("cut", "incomplete"),
        ("inside", "not on the public"),
    ):
        assert part in reasons[f"{name}.jpg"]


def test_a_failed_page_is_recorded_and_skipped(catalog: Catalog, web: WebServer) -> None:
    """One missing page does not end the scrape; if no page can be read, the reason is the error."""
    del web.routes["/happy?page=2"]
    summary = run(catalog, web, "/happy?page={page}", pages="1-3", select="img.photo")

    assert summary.added == 4
    assert [(rejection.name, "404" in rejection.reason) for rejection in summary.rejected] == [
        (web.url("/happy?page=2"), True)
    ]
    with pytest.raises(CollectError, match="404"):
        run(catalog, web, "/nothing?page=1", pages="1-2")


def test_a_private_server_needs_to_be_allowed(catalog: Catalog, web: WebServer) -> None:
    """A server on this machine is not contacted unless it is allowed, and the error says how to allow it."""
    with pytest.raises(CollectError, match=r"allow its host and port, for instance 127\.0\.0\.1:8765"):
        run(catalog, web, "/happy", allow_hosts=())
    assert web.connections == 0


def test_a_page_without_pictures_is_named(catalog: Catalog, web: WebServer) -> None:
    """A page without pictures is among the rejections, with the selector; an invalid selector raises."""
    summary = run(catalog, web, "/happy", select=".none")

    assert summary.rejected[0].name == web.url("/happy")
    assert "No pictures found on this page (select='.none')" in summary.rejected[0].reason
    with pytest.raises(CollectError, match="Expected a CSS selector"):
        run(catalog, web, "/happy", select="img[")


def test_progress_ends_with_the_summary(catalog: Catalog, web: WebServer) -> None:
    """Every step is reported, no count decreases, and the last report agrees with the summary."""
    seen: list[ScrapeProgress] = []
    summary = run(catalog, web, "/happy?page=1", pages="1-3", on_progress=seen.append)

    last = seen[-1]
    assert (last.pages_done, last.pages_total, last.pictures_done, last.pictures_found) == (3, 3, 7, 7)
    assert (last.added, last.duplicates, last.rejected) == (summary.added, summary.duplicates, 0)
    assert last.bytes > 7 * len(jpeg()) / 2
    assert all(before.pictures_done <= after.pictures_done for before, after in itertools.pairwise(seen))


def test_a_stop_takes_effect_at_once(catalog: Catalog, web: WebServer) -> None:
    """A stop ends the scrape during a wait for a slow server, and collected photos stay."""
    web.routes["/1b.jpg"] = lambda handler: time.sleep(8)
    seen: list[ScrapeProgress] = []
    started = time.monotonic()

    def stop() -> None:
        if seen and seen[-1].added:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(catalog, web, "/happy", on_progress=seen.append, stop=stop)
    assert time.monotonic() - started < 4
    assert len(catalog.photos()) >= 1


def test_a_wiki_category_gives_licences_and_authors(catalog: Catalog, web: WebServer) -> None:
    """Each file page is read before its file, all pages of the category are read, and no other picture is stored."""
    uploads, category = web.url("/commons"), "/wiki/Category:Smiling_people"
    for name, width in (("Anna.jpg", 4000), ("Ben.jpg", 900)):
        web.routes[f"/wiki/File:{name}"] = reply(file_page(name, uploads=uploads, width=width, copies=[1280]))
    web.routes |= {
        category: reply(wiki_category([member("Anna.jpg", uploads)], next_from="Ben.jpg")),
        f"{category}?filefrom=Ben.jpg": reply(wiki_category([member("Ben.jpg", uploads)])),
        "/commons/thumb/a/ab/Anna.jpg/1280px-Anna.jpg": reply(jpeg(1), "image/jpeg"),
        "/commons/a/ab/Ben.jpg": reply(jpeg(2), "image/jpeg"),
    }

    summary = run(catalog, web, category, pages="1-5")
    assert (summary.added, summary.duplicates, summary.rejected) == (2, 0, [])
    assert summary.notes == [
        "Page 2 of pages 1-5 is the last one that was read: no link to a next page was found on it."
    ]
    anna, ben = sorted(catalog.photos(), key=lambda photo: photo.source_url or "", reverse=True)
    assert (anna.licence, anna.author, anna.landing_url) == (
        "CC BY-SA 4.0",
        "Anna Example",
        web.url("/wiki/File:Anna.jpg"),
    )
    assert (ben.source_url, ben.page_url) == (f"{uploads}/a/ab/Ben.jpg", web.url(f"{category}?filefrom=Ben.jpg"))


def test_openverse_results_give_licences_and_authors(catalog: Catalog, web: WebServer) -> None:
    """The photos of a search are fetched from their hosts, with the license and author that the search states."""
    photo = {"url": web.url("/1a.jpg"), "license": "by", "license_version": "2.0", "creator": "Ada"}
    answer = {"page": 1, "page_count": 1, "results": [{**photo, "foreign_landing_url": "https://a.example/1"}]}
    web.routes["/v1/images/?q=smile"] = reply(json.dumps(answer), "application/json")

    assert run(catalog, web, "/v1/images/?q=smile").added == 1
    [kept] = catalog.photos()
    assert (kept.licence, kept.author, kept.landing_url) == ("CC BY 2.0", "Ada", "https://a.example/1")
