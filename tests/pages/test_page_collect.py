"""Collect: what can be fetched or imported is counted, and the rest is explained."""

import base64
import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from emotion_core.collect import ScrapeRequest, run_scrape_in_process
from emotion_core.collect.samples import photo_bytes
from emotion_core.collect.scrapes import Ledger
from emotion_core.dataset import Catalog
from emotion_core.jobs import JobFolder
from emotion_core.settings import Workspace, open_workspace
from pages.components.collect.webcam import MOST_FRAMES, frames_of
from pages.components.common.markdown import escape_markdown
from tests.collect.unflagged_zip import unflagged_zip
from tests.collect.web_server import WebServer, reply

pytestmark = pytest.mark.slow

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]
HOSTILE = "![x](http://192.168.1.1/) :red[x]"


def _run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    return at


def _wait_for_jobs(at: AppTest) -> AppTest:
    """Return the page after every job has ended."""
    ends = time.monotonic() + 60
    while any(job.state().active for job in JobFolder.all_in(open_workspace().jobs)):
        assert time.monotonic() < ends, "a job does not end"
        time.sleep(0.05)
    return _run(at)


def _upload(at: AppTest, *files: tuple[str, bytes], label: str | None = None) -> AppTest:
    for name, data in files:
        at.file_uploader(key="uploads").upload(name, data)
    at.segmented_control(key="upload_label").set_value(label)
    at = _run(at)
    at.button(key="add_uploads").click()
    return _wait_for_jobs(_run(at))


def _scrape(at: AppTest, **fields: str) -> AppTest:
    at.segmented_control(key="source").set_value("Web page")
    at = _run(at)
    for name, text in fields.items():
        at.text_input(key=f"{name}-Web page").set_value(text)
    next(button for button in at.button if button.label == "Scrape").click()
    return _run(at)


def _import(at: AppTest, path: str) -> AppTest:
    at.text_input(key="import_place").set_value(path)
    at = _run(at)
    if not at.error:
        at.button(key="import").click()
    return _wait_for_jobs(_run(at))


def _zip(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/") + ".jpg", data)
    return out.getvalue()


def test_uploaded_photos_are_added_under_their_label(workspace: Workspace, visit: Visit) -> None:
    """Single photos go into the catalog under the chosen label, and a second time counts as already there."""
    at = _upload(visit("data/collect"), ("a.jpg", photo_bytes("sad", 1)), ("b.jpg", photo_bytes("sad", 1)), label="sad")
    assert at.success[0].value == "1 added, 1 already there, 0 rejected."
    assert Catalog(workspace).usable_counts() == {"happy": 0, "sad": 1}


def test_the_file_dialog_offers_files_of_any_name(visit: Visit, workspace: Workspace) -> None:
    """The content of a file decides, so the dialog filters none by its suffix, and one without it is added."""
    at = visit("data/collect")
    assert list(at.file_uploader(key="uploads").proto.type) == []
    _upload(at, ("12345.jpg_large", photo_bytes("sad", 1)), ("12346", photo_bytes("sad", 2)), label="sad")
    assert len(Catalog(workspace).photos()) == 2


def test_a_zip_with_class_folders_needs_no_label(workspace: Workspace, visit: Visit) -> None:
    """An uploaded zip sorts its photos by their folders."""
    data = _zip(happy__a=photo_bytes("happy", 1), sad__b=photo_bytes("sad", 1))
    at = _upload(visit("data/collect"), ("photos.zip", data))
    assert at.success[0].value == "2 added, 0 already there, 0 rejected."
    assert Catalog(workspace).usable_counts() == {"happy": 1, "sad": 1}


@pytest.mark.parametrize(
    ("name", "data"),
    [("broken.jpg", b"\xff\xd8\xff\xe0 not really"), ("empty.png", b""), ("broken.zip", b"PK\x03\x04 cut")],
)
def test_a_corrupt_upload_is_listed_with_its_reason(name: str, data: bytes, workspace: Workspace, visit: Visit) -> None:
    """A file that cannot be read is named with a reason, and the good photo beside it is added."""
    at = _upload(visit("data/collect"), (name, data), ("good.jpg", photo_bytes("happy", 2)), label="happy")
    assert at.success[0].value == "1 added, 0 already there, 1 rejected."
    (row,) = at.dataframe[0].value.to_dict("records")
    assert row["name"] == name
    assert "Expected" in row["reason"]


def test_photos_without_a_label_are_asked_about(workspace: Workspace, visit: Visit, words: Words) -> None:
    """Instead of rejecting them all, the button asks whether they are happy or sad, and adds them so."""
    at = visit("data/collect")
    for number in (1, 2):
        at.file_uploader(key="uploads").upload(f"{number}.jpg", photo_bytes("sad", number))
    at = _run(at)
    assert "2 photos without a class. Happy or sad?" in words(at)
    at.button(key="add_uploads-sad").click()
    at = _wait_for_jobs(_run(at))
    assert at.success[0].value == "2 added, 0 already there, 0 rejected."
    assert Catalog(workspace).usable_counts() == {"happy": 0, "sad": 2}


def _drop(at: AppTest, label: str, *files: tuple[str, bytes]) -> AppTest:
    field = next(field for field in at.file_uploader if field.key.startswith(f"box-{label}-"))
    for name, data in files:
        field.upload(name, data)
    return _wait_for_jobs(_run(at))


def test_what_is_dropped_into_a_box_is_added_at_once_with_its_label(workspace: Workspace, visit: Visit) -> None:
    """Photos and a zip of photos need no further click; the field is then empty, ready for the next ones."""
    at = _drop(visit("data/collect"), "sad", ("a.jpg", photo_bytes("sad", 1)))
    assert at.success[0].value == "1 added, 0 already there, 0 rejected."
    assert [field.value for field in at.file_uploader] == [[], [], []]
    at = _drop(at, "happy", ("b.zip", _zip(b=photo_bytes("happy", 1), smiles__c=photo_bytes("happy", 2))))
    assert Catalog(workspace).usable_counts() == {"happy": 2, "sad": 1}
    at = _run(at)
    assert Catalog(workspace).usable_counts() == {"happy": 2, "sad": 1}
    assert len(JobFolder.all_in(workspace.jobs)) == 2


def test_folders_that_name_the_labels_are_obeyed_in_a_box(workspace: Workspace, visit: Visit) -> None:
    """A zip with happy and sad folders keeps them, whatever box it is dropped into; the rest gets the box's label."""
    data = _zip(happy__a=photo_bytes("happy", 1), sad__b=photo_bytes("sad", 1), c=photo_bytes("sad", 2))
    _drop(visit("data/collect"), "sad", ("photos.zip", data))
    assert Catalog(workspace).usable_counts() == {"happy": 1, "sad": 2}


def test_the_sample_gallery_takes_one_click(workspace: Workspace, visit: Visit) -> None:
    """Both classes of the gallery are scraped."""
    at = visit("data/collect")
    at.button(key="use_gallery").click()
    at = _run(at)
    jobs = JobFolder.all_in(workspace.jobs)
    assert sorted(job.settings()["label"] for job in jobs) == ["happy", "sad"]
    for job in jobs:
        job.request_stop()
    _wait_for_jobs(at)


def test_an_address_in_a_box_is_scraped_under_its_label(workspace: Workspace, visit: Visit) -> None:
    """A picture's address is fetched with the box's label; one that is none gets an explanation and no job."""
    at = visit("data/collect")
    at.pills(key="box_source-sad").set_value("Address")
    at = _run(at)
    collect = [button for button in at.button if button.label == "Collect"]
    at.text_input(key="box_url-sad").set_value("smiling people")
    collect[0].click()
    at = _run(at)
    assert "begins with http" in at.error[0].value
    at.text_input(key="box_url-sad").set_value("http://127.0.0.1:9/1.jpg")
    next(button for button in at.button if button.label == "Collect").click()
    _wait_for_jobs(_run(at))
    [job] = JobFolder.all_in(workspace.jobs)
    assert job.settings()["label"] == "sad"


@pytest.mark.parametrize("sent", [None, "x", [1, None], ["data:text/html;base64,AA=="], ["data:image/jpeg;base64,%"]])
def test_what_is_no_frame_is_left_out(sent: object) -> None:
    """A browser may send anything in place of the frames of a recording."""
    assert frames_of(sent) == []  # type: ignore[arg-type]


def test_frames_are_the_files_that_the_browser_made() -> None:
    """At most so many as a recording may have."""
    photo = photo_bytes("sad", 1)
    url = "data:image/jpeg;base64," + base64.b64encode(photo).decode()
    assert frames_of([url] * (MOST_FRAMES + 1)) == [photo] * MOST_FRAMES


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"url": ""}, "begins with http:// or https://"),
        ({"url": "file:///etc/passwd"}, "begins with http:// or https://"),
        ({"url": "https://anna:secret@photos.example/"}, "user name or a password"),
        ({"url": "https://photos.example/?page=1", "pages": "four"}, "pages"),
        ({"url": "https://photos.example/", "allow": "127.0.0.1"}, "a host and a port"),
    ],
)
def test_a_scrape_that_cannot_work_is_refused_before_it_starts(
    fields: dict[str, str], message: str, workspace: Workspace, visit: Visit
) -> None:
    """A malformed address, page range or private address gets an explanation, and no job starts."""
    at = _scrape(visit("data/collect"), **fields)
    assert escape_markdown(message) in at.error[0].value
    assert JobFolder.all_in(workspace.jobs) == []


def test_a_missing_next_page_is_said(workspace: Workspace, visit: Visit) -> None:
    """A scrape that found no next page says so beside its counts, although it has ended well."""
    with WebServer() as web:
        web.routes = {"/": reply("<img src='/a.jpg'>"), "/a.jpg": reply(photo_bytes("sad", 1), "image/jpeg")}
        request = ScrapeRequest(url=web.url(), label="sad", pages="1-3", allow_hosts=(web.host_port,))
        run_scrape_in_process(workspace, request, on_start=lambda *_: None, on_progress=lambda _: None)
    at = visit("data/collect")
    assert at.success[0].value == "1 added, 0 already there, 0 rejected."
    assert "no link to a next page was found" in at.info[0].value


@pytest.mark.parametrize(
    "path",
    ["/no/such/folder", "~no-such-user/photos", "x" * 300, "pyproject.toml", "tests/browser", "a\0b"],
    ids=["missing", "unknown user", "endless", "no picture", "nothing in it", "nul"],
)
def test_a_path_without_photos_is_refused_in_words(path: str, workspace: Workspace, visit: Visit) -> None:
    """A path that does not exist, or holds nothing usable, gets an explanation."""
    at = _import(visit("data/collect"), path)
    assert [*at.error, *at.warning]
    assert Catalog(workspace).usable_counts() == {"happy": 0, "sad": 0}


def test_other_classes_are_mapped_or_left_out(tmp_path: Path, workspace: Workspace, visit: Visit) -> None:
    """The page names the classes that are neither happy nor sad; one is given a label, the other is counted."""
    for name in ("smile", "angry", "sad"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        (tmp_path / "photos" / name / "a.jpg").write_bytes(photo_bytes("happy", len(name)))
    at = visit("data/collect")
    at.text_input(key="import_place").set_value(str(tmp_path / "photos"))
    at = _run(at)
    assert [choice.label for choice in at.selectbox] == ["angry (1)", "smile (1)"]
    at.selectbox(key="class-place-smile").set_value("happy")
    at.button(key="import").click()
    at = _wait_for_jobs(_run(at))
    assert at.success[0].value == "2 added, 0 already there, 0 rejected."
    assert any("1 angry" in caption.value for caption in at.caption)
    assert Catalog(workspace).usable_counts() == {"happy": 1, "sad": 1}


def test_names_of_a_guessed_encoding_can_be_read_in_another(tmp_path: Path, workspace: Workspace, visit: Visit) -> None:
    """A zip that does not say its encoding gets a field for it; the classes are those of the chosen one."""
    path = tmp_path / "photos.zip"
    data = {f"{kind}/1.jpg": photo_bytes(label, 1) for kind, label in (("开心", "happy"), ("悲伤", "sad"))}
    path.write_bytes(unflagged_zip({name.encode("gbk"): photo for name, photo in data.items()}))
    at = visit("data/collect")
    at.text_input(key="import_place").set_value(str(path))
    at = _run(at)
    field = at.selectbox(key=f"encoding-{path}")
    assert field.options[0] == "GBK (guessed)"
    assert {"class-place-开心", "class-place-悲伤"} < {choice.key for choice in at.selectbox}
    field.set_value("cp850")
    at = _run(at)
    assert "class-place-开心" not in {choice.key for choice in at.selectbox}
    at.selectbox(key=f"encoding-{path}").set_value("gb18030")
    at = _run(at)
    at.selectbox(key="class-place-开心").set_value("happy")
    at.button(key="import").click()
    at = _wait_for_jobs(_run(at))
    assert at.success[0].value == "1 added, 0 already there, 0 rejected."


def test_what_an_import_leaves_alone_is_told(tmp_path: Path, workspace: Workspace, visit: Visit) -> None:
    """Before and after the import, as text."""
    (tmp_path / "photos" / "happy").mkdir(parents=True)
    (tmp_path / "photos" / "happy" / "a.jpg").write_bytes(photo_bytes("happy", 1))
    (tmp_path / "photos" / f"{HOSTILE.replace('/', '')}.csv").write_text("epoch,loss\n1,2\n")
    at = _import(visit("data/collect"), str(tmp_path / "photos"))
    texts = [element.value for element in (*at.caption, *at.info)]
    notes = [text for text in texts if "no column names the files" in text]
    assert len(notes) == 2
    assert all(HOSTILE.replace("/", "") not in note for note in notes)


def test_a_list_of_addresses_is_a_scrape_of_its_own(workspace: Workspace, visit: Visit) -> None:
    """Addresses are typed one per line; a line that is no address gets an explanation."""
    at = visit("data/collect")
    at.segmented_control(key="source").set_value("List of addresses")
    at = _run(at)
    at.text_area(key="list").set_value("http://127.0.0.1:9/1.jpg\nhttp://127.0.0.1:9/2.jpg")
    next(button for button in at.button if button.label == "Scrape").click()
    at = _wait_for_jobs(_run(at))
    assert [text.value for text in at.text] == ["2 addresses, from http://127.0.0.1:9/1.jpg"]
    assert all("not on the public Internet" in reason for reason in at.dataframe[0].value["reason"])
    at.text_area(key="list").set_value("smiling people")
    next(button for button in at.button if button.label == "Scrape").click()
    assert "begins with http" in _run(at).error[0].value


@pytest.mark.parametrize(
    ("source", "host"), [("Wikimedia Commons", "commons.wikimedia.org"), ("Openverse", "openverse")]
)
def test_a_site_is_asked_in_words(source: str, host: str, workspace: Workspace, visit: Visit) -> None:
    """Its terms are shown below the field, and an address on another site is refused before a job starts."""
    at = visit("data/collect")
    at.segmented_control(key="source").set_value(source)
    at = _run(at)
    at.text_input(key=f"{source}-happy").set_value("https://elsewhere.example/")
    next(button for button in at.button if button.label == "Scrape").click()
    at = _run(at)
    assert "another site" in at.error[0].value
    assert any("license" in caption.value for caption in at.caption)
    assert JobFolder.all_in(workspace.jobs) == []


def test_a_scrape_that_was_interrupted_can_go_on(workspace: Workspace, visit: Visit) -> None:
    """What it collected is shown with the reasons for rejections, and Resume continues it in its own folder."""
    job = _scrape_job(workspace, 1, url="http://127.0.0.1:9/")
    Ledger(write=job.append).add_picture("https://photos.example/x.jpg", "rejected", reason="Too small.")
    job.finish("stopped", "Stopped on request.")
    at = visit("data/collect")
    assert at.warning[0].value.endswith("0 added, 0 already there, 1 rejected.")
    assert list(at.dataframe[0].value["reason"]) == ["Too small."]
    at.button(key=f"go-on-{job.id}").click()
    at = _wait_for_jobs(_run(at))
    assert "not on the public Internet" in at.error[0].value
    assert len(JobFolder.all_in(workspace.jobs)) == 1


def test_a_folder_with_class_folders_is_imported(tmp_path: Path, workspace: Workspace, visit: Visit) -> None:
    """Photos below happy and sad are added with their label, and what cannot be read is listed."""
    for label in ("happy", "sad"):
        (tmp_path / "photos" / label).mkdir(parents=True)
        (tmp_path / "photos" / label / "a.jpg").write_bytes(photo_bytes(label, 3))
    (tmp_path / "photos" / "sad" / "b.jpg").write_bytes(b"nothing")
    at = _import(visit("data/collect"), str(tmp_path / "photos"))
    assert at.success[0].value == "2 added, 0 already there, 1 rejected."
    assert list(at.dataframe[0].value["name"]) == ["photos/sad/b.jpg"]
    assert Catalog(workspace).usable_counts() == {"happy": 1, "sad": 1}


def _scrape_job(workspace: Workspace, second: int, url: str = "") -> JobFolder:
    """Return a scrape that was started in that second and waits for its process."""
    job = JobFolder(workspace.jobs / f"260101-0000{second:02}-abcdef")
    job.create({"kind": "scrape", "label": "sad", "url": url or f"https://photos.example/{second}"})
    return job


def test_every_scrape_under_way_is_shown_and_the_newest_that_has_ended(workspace: Workspace, visit: Visit) -> None:
    """All scrapes under way are shown and can be stopped; of those that have ended only the newest is shown."""
    jobs = [_scrape_job(workspace, second) for second in range(5)]
    for number in (0, 1, 3):
        jobs[number].finish("stopped", "Stopped on request.")
    at = visit("data/collect")
    assert [text.value for text in at.text] == [f"https://photos.example/{number}" for number in (4, 3, 2)]
    at.button(key=f"stop-{jobs[2].id}").click()
    at = _run(at)
    assert [job.stop_requested() for job in jobs] == [False, False, True, False, False]


def test_the_gallery_address_is_that_of_the_running_server(visit: Visit) -> None:
    """A tab that stayed open while the server restarted gets the gallery's new port, not the old text of the field."""
    at = visit("data/collect")
    before = next(field.value for field in at.text_input if field.label == "Page")
    st.cache_resource.clear()
    at = _run(at)
    page, allowed = (next(f.value for f in at.text_input if f.label.startswith(name)) for name in ("Page", "Private"))
    assert page != before
    assert page.startswith(f"http://{allowed}/")


def test_a_message_from_elsewhere_is_shown_as_text(workspace: Workspace, visit: Visit) -> None:
    """Markup in the message of a failed scrape makes neither a picture, which would be fetched, nor a color."""
    _scrape_job(workspace, 1).finish("failed", f"Received: {HOSTILE}.")
    message = visit("data/collect").error[0].value
    assert r"\!\[x\]\(http\://192\.168\.1\.1/\) \:red\[x\]" in message.replace(r"\/", "/")
    assert HOSTILE not in message


def test_a_folder_name_of_markup_is_shown_as_text(visit: Visit) -> None:
    """Markup in the name of a skipped folder in a zip makes no picture either."""
    folder = "![x](http:192.168.1.1) :red[x]"
    data = _zip(happy__a=photo_bytes("happy", 1), **{f"{folder}__b": photo_bytes("sad", 1)})
    at = _upload(visit("data/collect"), ("photos.zip", data))
    (text,) = [caption.value for caption in at.caption if "Skipped" in caption.value]
    assert escape_markdown(folder) in text
