"""One bad page, picture, table, row or archive is a rejection with its reason; the rest is collected."""

import errno
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emotion_core.collect import ScrapeRequest, import_files, import_path, scrape_summary, survey_files
from emotion_core.collect.imports.classes import sort_into_class
from emotion_core.collect.imports.layouts import class_code
from emotion_core.collect.imports.tables import table_format
from emotion_core.collect.scrapes import scrape_job
from emotion_core.collect.sources import read_page
from emotion_core.dataset import Catalog, Origin
from emotion_core.dataset.catalog.photo_encoding import encode_photo
from emotion_core.jobs import JobFolder
from emotion_core.settings import Workspace
from tests.collect.web_server import WebServer, jpeg, reply

COLLECT = "emotion_core.collect"
FAULTS = [KeyError("b"), RecursionError("deep"), MemoryError(), UnicodeEncodeError("utf8", "\ud800", 0, 1, "surrogate")]


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """An empty catalog."""
    (tmp_path / "workspace").mkdir()
    return Catalog(Workspace(tmp_path / "workspace"))


@pytest.fixture
def web() -> Iterator[WebServer]:
    """Three pages of one photo each, and a page of three."""
    with WebServer() as server:
        for number in (1, 2, 3):
            server.routes[f"/p?page={number}"] = reply(f"<img src=/{number}.jpg>")
            server.routes[f"/{number}.jpg"] = reply(jpeg(number), "image/jpeg")
        server.routes["/all"] = reply("<img src=/1.jpg><img src=/2.jpg><img src=/3.jpg>")
        yield server


def failing(function: Callable[..., Any], marker: str, error: BaseException) -> Callable[..., Any]:
    """Return a function that raises where the marker is in its first arguments, and otherwise does the same."""

    def call(*arguments: Any, **more: Any) -> Any:
        if any(marker in str(argument)[:3000] for argument in (*arguments, *more.values())):
            raise error
        return function(*arguments, **more)

    return call


def scraped(catalog: Catalog, web: WebServer, path: str, **fields: Any) -> JobFolder:
    """Scrape a path of the server in this process."""
    request = ScrapeRequest(url=web.url(path), label="happy", allow_hosts=(web.host_port,), **fields)
    return scrape_job.run_scrape_in_process(
        catalog.workspace, request, on_start=lambda *_: None, on_progress=lambda _: None
    )


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_a_page_that_cannot_be_read_does_not_end_a_scrape(
    catalog: Catalog, web: WebServer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The other pages are collected; the page is among the rejected, and the job's log has the traceback."""
    monkeypatch.setattr(f"{COLLECT}.scrapes.scraper.read_page", failing(read_page, "page=2", error))
    job = scraped(catalog, web, "/p?page=1", pages="1-3")

    summary = scrape_summary(job)
    assert (job.state().name, summary.added, len(summary.rejected)) == ("finished", 2, 1)
    assert summary.rejected[0].name == web.url("/p?page=2")
    assert type(error).__name__ in summary.rejected[0].reason or "memory" in summary.rejected[0].reason
    assert "Traceback" in (job.path / "log.txt").read_text(encoding="utf8")


def test_a_picture_that_cannot_be_stored_does_not_end_a_scrape_but_a_full_disk_does(
    catalog: Catalog, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of one picture is its rejection; one of the disk concerns all."""
    prepare = Catalog.prepare
    monkeypatch.setattr(Catalog, "prepare", failing(prepare, "/2.jpg", KeyError("b")))
    summary = scrape_summary(scraped(catalog, web, "/all"))
    assert (summary.added, [rejection.name for rejection in summary.rejected]) == (2, [web.url("/2.jpg")])

    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(Catalog, "prepare", failing(prepare, "/2.jpg", full))
    job = scraped(catalog, web, "/all", limit=3)
    assert job.state().name == "failed"
    assert "The disk is full" in job.state().message


def test_pages_with_what_no_utf8_can_hold_are_collected(catalog: Catalog, web: WebServer) -> None:
    """Half characters in JSON-LD, brackets in hosts and codecs that are no encodings do not end a scrape."""
    data = json.dumps({"@type": "ImageObject", "contentUrl": web.url("/1.jpg"), "creator": {"name": "A\ud800"}})
    web.routes["/p?page=1"] = reply(
        f'<meta charset=idna><script type="application/ld+json">{data}</script><img src=/1.jpg>'
        '<img src="https://i0.wp.com/[x/a.jpg?w=300"><a href="http://[/2.jpg"><img src=/2.jpg></a>'
    )
    job = scraped(catalog, web, "/p?page=1", pages="1-2")

    assert job.state().name == "finished"
    photos = {photo.source_url: photo for photo in catalog.photos()}
    assert {web.url("/1.jpg"), web.url("/2.jpg")} <= set(photos)
    assert (photos[web.url("/1.jpg")].author or "").startswith("A")


def test_origins_of_photos_hold_no_half_characters(catalog: Catalog) -> None:
    """Whatever a caller says of a photo can be stored and shown."""
    photo_id = catalog.add(jpeg(1), label="sad", origin=Origin("a\udce9.jpg", licence="\ud800", author="\0")).photo_id
    photo = catalog.photo(photo_id)
    assert (photo.name, photo.licence, photo.author) == ("a?.jpg", "?", "\0")


@pytest.mark.usefixtures("reads_here")
@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_a_file_that_cannot_be_judged_does_not_end_an_import(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """A file that fails while it is sorted, read or stored is rejected by its name; the others are added."""
    for number, name in enumerate(("a", "sorted", "stored", "b")):
        path = tmp_path / "set" / "happy" / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(number))
    monkeypatch.setattr(f"{COLLECT}.imports.sorting.sort_into_class", failing(sort_into_class, "sorted", error))
    monkeypatch.setattr(Catalog, "prepare", failing(Catalog.prepare, "stored", error))
    summary = import_path(catalog, tmp_path / "set")

    assert (summary.added, {Path(rejection.name).stem for rejection in summary.rejected}) == (2, {"sorted", "stored"})


@pytest.mark.usefixtures("reads_here")
def test_a_table_or_row_that_cannot_be_read_does_not_end_an_import(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad row leaves the other rows, and a bad table the other files."""
    files = [(f"{name}.jpg", jpeg(number)) for number, name in enumerate("abc")]
    table = ("labels.csv", b"file,label\na.jpg,happy\nb.jpg,sad\nc.jpg,sad\n")
    monkeypatch.setattr(f"{COLLECT}.imports.label_tables.class_code", failing(class_code, "happy", KeyError("x")))
    summary = import_files(catalog, [*files, table])
    assert (summary.added, len(summary.rejected)) == (2, 2)  # the row, and the photo that no row labels now

    broken = failing(table_format, "labels", RecursionError())
    monkeypatch.setattr(f"{COLLECT}.imports.table_search.table_format", broken)
    summary = import_files(catalog, [("x.jpg", jpeg(9)), table], label="happy")
    assert (summary.added, [rejection.name for rejection in summary.rejected]) == (1, ["labels.csv"])


def test_members_without_a_name_are_read_or_left_alone(catalog: Catalog) -> None:
    """Names that are empty, a dot or a zero byte do not end the import of an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, name in enumerate(("", ".", "happy/\0.jpg", "happy/..", "happy/a.jpg")):
            info = zipfile.ZipInfo("x")
            info.filename = name
            archive.writestr(info, jpeg(number))
    assert sum(survey_files([("a.zip", out.getvalue()), ("", jpeg(8))]).values()) >= 1
    summary = import_files(catalog, [("a.zip", out.getvalue()), ("", jpeg(8))])
    assert "happy/a.jpg" in {photo.name for photo in catalog.photos()}
    assert not [rejection for rejection in summary.rejected if "error in this program" in rejection.reason]


def test_numbers_and_nesting_without_end_are_rows_that_cannot_be_read(catalog: Catalog) -> None:
    """JSON lines with a number of 5,000 digits or 100,000 brackets are rejected rows; the row after them counts."""
    lines = [
        '{"file_name": "a.jpg", "label": "happy"}',
        '{"file_name": "b.jpg", "label": ' + "9" * 5000 + "}",
        '{"file_name": "b.jpg", "label": ' + "[" * 100_000,
        '{"file_name": "b.jpg", "label": "sad"}',
    ]
    files = [("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)), ("l.jsonl", "\n".join(lines).encode())]
    summary = import_files(catalog, files)
    assert (summary.added, len(summary.rejected)) == (2, 2)


def test_a_decoder_that_fails_rejects_its_picture(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error deep in the decoding is the picture's rejection."""
    (tmp_path / "happy").mkdir()
    for number in range(2):
        (tmp_path / "happy" / f"{number}.jpg").write_bytes(jpeg(number))
    calls = iter([ZeroDivisionError("sizes"), None])

    def encode(*arguments: Any, **more: Any) -> Any:
        if error := next(calls):
            raise error
        return encode_photo(*arguments, **more)

    monkeypatch.setattr("emotion_core.dataset.catalog.adding.encode_photo", encode)
    summary = import_path(catalog, tmp_path / "happy")
    assert (summary.added, len(summary.rejected)) == (1, 1)
    assert "ZeroDivisionError" in summary.rejected[0].reason
