"""Scrapes of pages with the oddities of real ones: what a browser shows is collected, or a true reason is given."""

from pathlib import Path
from typing import Any

import brotli
import pytest

from emotion_core.collect import ImportSummary, ScrapeRequest, scrape
from emotion_core.collect.scrapes import Ledger
from emotion_core.dataset import Catalog
from emotion_core.settings import open_workspace
from tests.collect.web_server import Answer, WebServer, jpeg, redirect, reply


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """An empty catalog."""
    return Catalog(open_workspace(tmp_path))


def run(catalog: Catalog, web: WebServer, path: str, ledger: Ledger | None = None, **fields: Any) -> ImportSummary:
    """Scrape a page of the server."""
    request = ScrapeRequest(url=web.url(path), label="happy", allow_hosts=(web.host_port,), **fields)
    return scrape(catalog, request, ledger=ledger)


def show(*paths: str, more: str = "") -> str:
    """Return a page with pictures."""
    return f"<!doctype html>{more}" + "".join(f"<img src='{path}'>" for path in paths)


def photos(*paths: str, content_type: str = "image/jpeg") -> dict[str, Answer]:
    """Return routes of different photos."""
    return {path: reply(jpeg(number), content_type) for number, path in enumerate(paths)}


THREE = ("/p/1.jpg", "/p/2.jpg", "/p/3.jpg")


def test_hotlink_protection_is_passed_by_the_referrer(catalog: Catalog, web: WebServer) -> None:
    """A server that gives its pictures to its own pages alone gives them to a scrape of the page."""

    def protect(photo: Answer) -> Answer:
        def answer(handler: Any) -> None:
            own = (handler.headers.get("Referer") or "").startswith(web.url())
            (photo if own else reply("forbidden", "text/plain", 403))(handler)

        return answer

    web.routes = {"/": reply(show(*THREE)), **{path: protect(photo) for path, photo in photos(*THREE).items()}}
    assert run(catalog, web, "/").added == 3


def test_a_page_and_a_picture_can_forbid_the_referrer(catalog: Catalog, web: WebServer) -> None:
    """A meta tag, a header or an attribute of the pictures decides, the attribute first."""
    meta = "<meta name=referrer content=never>"
    attribute = "<img referrerpolicy=origin src='/p/3.jpg'>"
    web.routes = {
        "/": reply(show(THREE[0], more=meta)),
        "/header": reply(show(THREE[1]), Referrer_Policy="no-referrer"),
        "/attribute": reply("<!doctype html>" + meta + attribute),
        **photos(*THREE),
    }
    for path in ("/", "/header", "/attribute"):
        run(catalog, web, path)
    sent = web.sent("Referer")
    assert [sent[path] for path in THREE] == [None, None, web.url()]


def test_next_pages_are_followed(catalog: Catalog, web: WebServer) -> None:
    """Links by class lead from page to page, each with the page before as referrer, and the last page ends it."""
    link = "<a class='next page-numbers' href='{}'>Next &rsaquo;</a>"
    web.routes = {
        "/1/": reply(show(THREE[0], more=link.format("/2/"))),
        "/2/": reply(show(THREE[1], more=link.format("/3/"))),
        "/3/": reply(show(THREE[2], more=link.format("/4/"))),
        **photos(*THREE),
    }
    summary = run(catalog, web, "/1/", pages="1-3")
    assert (summary.added, summary.rejected, summary.notes) == (3, [], [])
    assert (web.sent("Referer")["/1/"], web.sent("Referer")["/3/"]) == (None, web.url("/2/"))


def test_a_missing_next_page_is_said(catalog: Catalog, web: WebServer) -> None:
    """With pages asked for and no next link, the summary says so and what to do; a resumed scrape says it once."""
    web.routes = {"/": reply(show(*THREE)), **photos(*THREE)}
    records: list[dict[str, Any]] = []
    ledger = Ledger([], lambda record: records.append({"time": 1.0, **record}))
    summary = run(catalog, web, "/", ledger, pages="1-3")

    assert summary.notes == [
        "Page 1 of pages 1-3 is the last one that was read: no link to a next page was found on it. "
        "If there are more pages, write {page} in the address in place of the page number."
    ]
    assert run(catalog, web, "/", Ledger(records), pages="1-3").notes == summary.notes
    assert ImportSummary.from_json(summary.as_json()) == summary
    assert run(catalog, web, "/").notes == []


def test_next_links_in_a_circle_end(catalog: Catalog, web: WebServer) -> None:
    """A link back to a page that was read is not followed, and the summary says so."""
    web.routes = {
        "/1": reply(show(THREE[0], more="<a rel=next href='/2'>")),
        "/2": reply(show(THREE[1], more="<a rel=next href='/1#again'>")),
        **photos(*THREE),
    }
    [note] = run(catalog, web, "/1", pages="1-9").notes
    assert note == f"Page 2 of pages 1-9 is the last one that was read: its next link leads back to {web.url('/1')}."


ODD_PAGES: dict[str, dict[str, Answer]] = {
    "refresh": {
        "/odd/": reply("<meta http-equiv=refresh content='0; url=/plain/'><p>moved"),
        "/plain/": reply(show(*THREE)),
        **photos(*THREE),
    },
    "no type": {"/odd/": reply(show(*THREE), ""), **photos(*THREE)},
    "typed as a page": {"/odd/": reply(show(*THREE)), **photos(*THREE, content_type="text/html")},
    "octets": {"/odd/": reply(show(*THREE)), **photos(*THREE, content_type="application/octet-stream")},
    "Brotli": {"/odd/": reply(brotli.compress(show(*THREE).encode()), Content_Encoding="br"), **photos(*THREE)},
    "byte order mark in robots.txt": {
        "/robots.txt": reply(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /private/\r\n", "text/plain"),
        "/odd/": reply(show(*THREE)),
        **photos(*THREE),
    },
}


@pytest.mark.parametrize("case", ODD_PAGES)
def test_odd_pages_give_their_photos(catalog: Catalog, web: WebServer, case: str) -> None:
    """Three photos, as a browser gets."""
    web.routes = ODD_PAGES[case]
    summary = run(catalog, web, "/odd/")
    assert (summary.added, summary.rejected) == (3, [])


def test_a_list_of_pictures_without_types_is_taken(catalog: Catalog, web: WebServer) -> None:
    """A picture that was entered by its address is one, whatever its type says."""
    web.routes = photos("/a", content_type="text/html") | {"/b": reply(jpeg(9), "")}
    request = ScrapeRequest(urls=(web.url("/a"), web.url("/b")), label="sad", allow_hosts=(web.host_port,))
    assert scrape(catalog, request).added == 2


def test_pictures_that_robots_txt_forbids_are_not_fetched(catalog: Catalog, web: WebServer) -> None:
    """A byte order mark does not open what a site has closed."""
    web.routes = {
        "/robots.txt": reply(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /private/\r\n", "text/plain"),
        "/": reply(show("/private/1.jpg", "/private/2.jpg", "/p/1.jpg")),
        **photos("/private/1.jpg", "/private/2.jpg", "/p/1.jpg"),
    }
    summary = run(catalog, web, "/")
    assert (summary.added, len(summary.rejected)) == (1, 2)
    assert all("robots.txt" in rejection.reason for rejection in summary.rejected)
    assert not any(path.startswith("/private") for path in web.paths)


def test_a_placeholder_in_place_of_the_pictures_is_recognized(catalog: Catalog, web: WebServer) -> None:
    """Where all addresses give one picture, none of it is kept, and the summary gives the reason."""
    web.routes = {"/": reply(show(*THREE)), **{path: reply(jpeg(7), "image/jpeg") for path in THREE}}
    summary = run(catalog, web, "/")
    assert (summary.added, summary.duplicates, len(summary.rejected)) == (0, 0, 3)
    assert {rejection.name for rejection in summary.rejected} == {web.url(path) for path in THREE}
    assert all("probably a placeholder" in rejection.reason for rejection in summary.rejected)
    assert catalog.photo_ids() == []


def test_a_placeholder_behind_redirects_is_recognized(catalog: Catalog, web: WebServer) -> None:
    """One file for many addresses is the same, whether sent or redirected to."""
    web.routes = {"/": reply(show(*THREE)), "/no.jpg": reply(jpeg(7), "image/jpeg")}
    web.routes |= {path: redirect("/no.jpg") for path in THREE}
    assert run(catalog, web, "/").added == 0


def test_a_few_missing_pictures_among_many_are_recognized(catalog: Catalog, web: WebServer) -> None:
    """Five addresses of one picture are too many even where others give pictures of their own."""
    good, missing = [f"/p/{name}.jpg" for name in "abcdefgh"], [f"/p/{name}.jpg" for name in "rstuv"]
    web.routes = {"/": reply(show(*good, *missing)), **photos(*good)}
    web.routes |= {path: reply(jpeg(99), "image/jpeg") for path in missing}
    summary = run(catalog, web, "/")
    assert (summary.added, summary.duplicates, len(summary.rejected)) == (8, 0, 5)


def test_a_duplicate_is_no_placeholder(catalog: Catalog, web: WebServer) -> None:
    """A copy under a second name is a duplicate, and so are three among many other pictures."""
    others = [f"/p/{name}.jpg" for name in "abcdefgh"]
    web.routes = {"/": reply(show(*THREE[:2])), "/many": reply(show(*others, *THREE)), **photos(*others)}
    web.routes |= {path: reply(jpeg(99), "image/jpeg") for path in THREE}
    assert (run(catalog, web, "/").added, len(catalog.photo_ids())) == (1, 1)
    summary = run(catalog, web, "/many")
    assert (summary.added, summary.duplicates, summary.rejected) == (8, 3, [])


def test_sizes_of_one_picture_are_no_placeholder(catalog: Catalog, web: WebServer) -> None:
    """A site that has a picture in one size only sends it for every size."""
    sizes = ("/p/man-100x100.jpg", "/p/man-200x200.jpg", "/p/man-300x300.jpg")
    web.routes = {f"/{number}": reply(show(path)) for number, path in enumerate(sizes, 1)}
    web.routes |= {path: reply(jpeg(7), "image/jpeg") for path in sizes}
    summary = run(catalog, web, "/{page}", pages="1-3")
    assert (summary.added, summary.duplicates, summary.rejected) == (1, 2, [])


def test_a_reviewed_photo_is_kept(catalog: Catalog, web: WebServer) -> None:
    """A photo from before that a placeholder happens to equal stays in the catalog."""
    web.routes = {
        "/one": reply(show("/p/first.jpg")),
        "/": reply(show(*THREE)),
        "/p/first.jpg": reply(jpeg(7), "image/jpeg"),
    }
    web.routes |= {path: reply(jpeg(7), "image/jpeg") for path in THREE}
    run(catalog, web, "/one")
    assert run(catalog, web, "/").duplicates == 0
    assert len(catalog.photo_ids()) == 1
