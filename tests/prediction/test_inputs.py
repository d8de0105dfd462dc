"""What is asked about: photos, zips, folders and addresses, within the limits of an import; and keeping a photo."""

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from emotion_core import images
from emotion_core.collect.samples import SampleServer, photo_bytes
from emotion_core.dataset import Catalog
from emotion_core.errors import AddressRefused, DataError, EmotionError, FetchFailed, UnreadableImage
from emotion_core.prediction import (
    add_to_photos,
    count_photos_in_upload,
    read_paths,
    read_uploads,
    read_url,
    uploaded_file,
)
from emotion_core.settings import open_workspace
from tests.hostile_files import zip_of_entries, zip_of_one

PHOTO = photo_bytes("sad", 300)


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _rows(photos: "list[tuple[str, Image.Image | EmotionError]]") -> dict[str, str]:
    return {name: str(photo) if isinstance(photo, EmotionError) else "photo" for name, photo in photos}


def test_uploads_are_photos_zips_and_reasons_in_their_order() -> None:
    """A zip counts as what is in it, and what is no photo is an error beside the others."""
    archive = _zip({"happy/a": PHOTO, "__MACOSX/b": PHOTO, "c": b"text"})
    files = [("one.jpg", PHOTO), ("many.zip", archive), ("empty.jpg", b""), ("page.jpg", b"<html>gone</html>")]
    rows = _rows(read_uploads(files))
    assert list(rows) == ["one.jpg", "many.zip/happy/a", "many.zip/c", "empty.jpg", "page.jpg"]
    assert [rows["one.jpg"], rows["many.zip/happy/a"]] == ["photo", "photo"]
    assert "not an image" in rows["many.zip/c"]
    assert "empty" in rows["empty.jpg"]
    assert "web page" in rows["page.jpg"]
    assert [count_photos_in_upload(name, data) for name, data in files] == [1, 2, 1, 1]
    assert [uploaded_file("one.jpg", PHOTO, 0), uploaded_file("many.zip", archive, 1)] == [PHOTO, b"text"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"PK\x03\x04 no archive", "damaged"), (_zip({}), "empty"), (_zip({"a": PHOTO})[:-30], "damaged")],
    ids=["no archive", "empty", "cut short"],
)
def test_archive_that_cannot_be_read_is_one_row_with_its_reason(data: bytes, reason: str) -> None:
    """Nothing is raised: the other files are still answered for."""
    rows = _rows(read_uploads([("bad.zip", data), ("good.jpg", PHOTO)]))
    assert list(rows) == ["bad.zip", "good.jpg"]
    assert reason in rows["bad.zip"]
    assert count_photos_in_upload("bad.zip", data) == 1


def test_archive_beyond_the_limits_of_an_import_is_refused() -> None:
    """Nothing of an archive of too many files is decoded."""
    archive = zip_of_entries(100_001)
    assert "too large" in _rows(read_uploads([("many.zip", archive)]))["many.zip"]
    assert count_photos_in_upload("many.zip", archive) == 1


def test_member_larger_than_it_says_is_refused() -> None:
    """A file that unpacks to more than a photo may have is a row with the reason, not a full memory."""
    bomb = zip_of_one("bomb", b"\0", images.MAX_BYTES // 1_000_000 + 1)
    assert "too large" in _rows(read_uploads([("bomb.zip", bomb)]))["bomb.zip/bomb"]


def test_folders_zips_and_files_of_the_disk_are_read(tmp_path: Path) -> None:
    """Each under a path that leads to it; a missing file and an empty folder say so."""
    (tmp_path / "all" / "happy").mkdir(parents=True)
    (tmp_path / "all" / "happy" / "a.jpg").write_bytes(PHOTO)
    (tmp_path / "all" / "z.jpg").write_bytes(b"text")
    (tmp_path / "many.zip").write_bytes(_zip({"b": PHOTO}))
    (tmp_path / "empty").mkdir()
    places = [tmp_path / name for name in ("all", "many.zip", "empty", "missing.jpg")]
    rows = _rows(read_paths(places))
    assert {name for name, result in rows.items() if result == "photo"} == {
        str(tmp_path / "all" / "happy" / "a.jpg"),
        f"{tmp_path / 'many.zip'}/b",
    }
    assert "not an image" in rows[str(tmp_path / "all" / "z.jpg")]
    assert "folder is empty" in rows[str(tmp_path / "empty")]
    assert "cannot be opened" in rows[str(tmp_path / "missing.jpg")]


def test_address_of_a_picture_is_read_and_that_of_a_page_is_not() -> None:
    """A picture comes with the address it was found at; a page gets a sentence; private addresses are refused."""
    with SampleServer() as server:
        picture, page = (f"http://{server.host_port}{path}" for path in ("/photos/sad/0004.jpg", "/sad?page=1"))
        name, photo = read_url(picture, [server.host_port])
        assert (name, photo.size) == (picture, (256, 256))
        with pytest.raises(FetchFailed, match=r"address of a web page\. Expected the address of an image"):
            read_url(page, [server.host_port])
        with pytest.raises(AddressRefused):
            read_url(picture)


def test_kept_photo_is_in_the_catalog_under_the_label_that_was_confirmed(tmp_path: Path) -> None:
    """Given as a file or as a picture, it is there to be reviewed; the same file twice is one photo."""
    catalog = Catalog(open_workspace(tmp_path))
    photo_id = add_to_photos(catalog, "mine.jpg", PHOTO, "happy", "https://example.org/mine.jpg")
    assert add_to_photos(catalog, "mine.jpg", PHOTO, "happy") == photo_id
    kept = catalog.photo(photo_id)
    assert (kept.label, kept.status, kept.name, kept.source) == ("happy", "new", "mine.jpg", "example.org")
    picture = images.decode(photo_bytes("happy", 301)).image
    other = catalog.photo(add_to_photos(catalog, "zip/other.jpg", picture, "sad"))
    assert (other.label, (other.width, other.height), len(catalog.photos())) == ("sad", picture.size, 2)


def test_nothing_is_kept_of_what_is_no_photo_or_has_no_label(tmp_path: Path) -> None:
    """The catalog stays empty."""
    catalog = Catalog(open_workspace(tmp_path))
    with pytest.raises(UnreadableImage):
        add_to_photos(catalog, "x", b"text", "sad")
    with pytest.raises(DataError, match="label"):
        add_to_photos(catalog, "x", PHOTO, "angry")
    assert catalog.photos() == []
