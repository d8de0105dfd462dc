"""The catalog: adding photos, recognizing the same photo again, and the history of marks."""

import contextlib
import hashlib
import io
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from emotion_core.collect.samples.gallery import draw_photo
from emotion_core.dataset import SAMPLES, Catalog, Origin
from emotion_core.errors import DataError, PhotoNotFound, SettingsError, UnreadableImage
from emotion_core.settings import PACKAGE, STORED_SIDE_VARIABLE, open_workspace

CHECKOUT = PACKAGE.parent
Noise = Callable[..., bytes]
Fill = Callable[..., list[str]]


def _rows(catalog: Catalog, statement: str) -> list[tuple[object, ...]]:
    """Return rows of the catalog's file."""
    connection = sqlite3.connect(catalog.workspace.catalog)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_added_photo_is_listed_with_all_that_is_known_of_it(catalog: Catalog, noise_photo: Noise) -> None:
    """Label, origin, sizes and hashes are returned as recorded; a new photo waits for review."""
    data = noise_photo(1)
    origin = Origin(
        "one.png",
        "https://photos.example/one.png",
        "https://photos.example/",
        "CC0",
        "image/png",
        author="Ann",
        landing_url="https://photos.example/about/one",
    )
    addition = catalog.add(data, label="sad", origin=origin)
    [photo] = catalog.photos()
    assert not addition.duplicate
    assert (photo.photo_id, photo.label, photo.status) == (addition.photo_id, "sad", "new")
    assert (photo.page_url, photo.content_type) == ("https://photos.example/", "image/png")
    assert (photo.name, photo.source_url, photo.licence) == ("one.png", "https://photos.example/one.png", "CC0")
    assert (photo.author, photo.landing_url) == ("Ann", "https://photos.example/about/one")
    assert (photo.width, photo.height, photo.original_bytes) == (32, 32, len(data))
    assert (photo.original_width, photo.original_height) == (32, 32)
    assert photo.original_sha256 == hashlib.sha256(data).hexdigest()
    assert photo.source == "photos.example"
    assert catalog.photo(photo.photo_id) == photo


def test_photo_keeps_the_latest_part_that_it_came_with(catalog: Catalog, noise_photo: Noise) -> None:
    """A photo without a split takes one later; another one is a conflict, and the same one is not."""
    offers: list[tuple[str | None, bool, str | None]] = [
        (None, False, None),
        ("train", False, "train"),
        (None, False, "train"),
        ("test", True, "test"),
        ("validation", True, "test"),
        ("test", False, "test"),
    ]
    for split, is_conflict, kept in offers:
        addition = catalog.add(noise_photo(1), label="sad", origin=Origin("one.png"), split=split)
        assert (addition.split_conflict, catalog.photo(addition.photo_id).split) == (is_conflict, kept)
    assert _rows(catalog, "SELECT split FROM sightings ORDER BY rowid") == [(split,) for split, _, _ in offers]
    with pytest.raises(DataError, match="split='dev'"):
        catalog.add(noise_photo(2), label="sad", origin=Origin("two.png"), split="dev")


def test_photos_of_the_sample_gallery_are_told_from_others_of_this_machine(
    catalog: Catalog, noise_photo: Callable[..., bytes]
) -> None:
    """Its port differs each time; a user's own server on loopback is a source like any other."""
    addresses = (
        "http://127.0.0.1:8765/photos/happy/0012.jpg",
        "http://127.0.0.1:43211/photos/sad/0240.jpg",
        "http://127.0.0.1:8765/happy/12.jpg",
    )
    for number, address in enumerate(addresses):
        catalog.add(noise_photo(number), label="happy", origin=Origin("x.jpg", address))
    assert catalog.sources() == {SAMPLES: 2, "127.0.0.1": 1}


def test_kept_file_has_the_recorded_hash_and_the_photos_pixels(catalog: Catalog, noise_photo: Noise) -> None:
    """The stored file is the photo, with the recorded hash and a thumbnail."""
    catalog.add(noise_photo(1), label="happy", origin=Origin("one.png"))
    [photo] = catalog.photos()
    [kept] = [path for path in catalog.workspace.photos.rglob("*") if path.is_file()]
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == photo.sha256
    assert catalog.read(photo).tobytes() == Image.open(io.BytesIO(noise_photo(1))).tobytes()
    with Image.open(catalog.thumbnail_path(photo.photo_id)) as thumbnail:
        assert thumbnail.format == "JPEG"


def test_same_file_again_is_a_duplicate_and_keeps_the_first_label(catalog: Catalog, noise_photo: Noise) -> None:
    """A file offered twice is one photo; each sighting is recorded with its own label and name."""
    first = catalog.add(noise_photo(1), label="happy", origin=Origin("a.png"))
    second = catalog.add(noise_photo(1), label="sad", origin=Origin("b.png"))
    assert second.duplicate
    assert second.photo_id == first.photo_id
    assert [(photo.label, photo.name) for photo in catalog.photos()] == [("happy", "a.png")]
    assert _rows(catalog, "SELECT label, name FROM sightings") == [("happy", "a.png"), ("sad", "b.png")]


def test_same_pixels_in_another_file_are_a_duplicate(catalog: Catalog, noise_photo: Noise) -> None:
    """Lossless files with other bytes and the same pixels are one photo."""
    out = io.BytesIO()
    Image.open(io.BytesIO(noise_photo(1))).save(out, "BMP")
    first = catalog.add(noise_photo(1), label="happy", origin=Origin("a.png"))
    assert catalog.add(out.getvalue(), label="happy", origin=Origin("a.bmp")).duplicate
    assert [photo.photo_id for photo in catalog.photos()] == [first.photo_id]


def test_unreadable_photo_leaves_nothing_behind(catalog: Catalog) -> None:
    """A rejected file is neither listed nor stored nor recorded."""
    with pytest.raises(UnreadableImage):
        catalog.add(b"<html>", label="happy", origin=Origin("a.jpg"))
    assert catalog.photos() == []
    assert _rows(catalog, "SELECT * FROM sightings") == []
    assert not catalog.workspace.photos.exists()


@pytest.mark.parametrize("label", ["angry", "", "Happy", "happy'; DROP TABLE photos; --"])
def test_unknown_label_is_refused_everywhere(catalog: Catalog, noise_photo: Noise, label: str) -> None:
    """Adding, marking and listing accept only the two labels."""
    photo_id = catalog.add(noise_photo(1), label="happy", origin=Origin("a.png")).photo_id
    with pytest.raises(DataError, match="label is unknown"):
        catalog.add(noise_photo(2), label=label, origin=Origin("b.png"))
    with pytest.raises(DataError, match="label is unknown"):
        catalog.mark([photo_id], label=label)
    with pytest.raises(DataError, match="label is unknown"):
        catalog.photos(label=label)
    assert [photo.label for photo in catalog.photos()] == ["happy"]


def test_relabelling_is_on_disk_and_in_the_history(catalog: Catalog, fill: Fill) -> None:
    """Another reader sees a changed label at once, and the old and new values are recorded."""
    first, second = fill(catalog, 2, 0)
    assert catalog.mark([first, second], label="sad") == 2
    assert catalog.mark([first], label="sad") == 0
    assert catalog.mark([first], label="happy") == 1
    assert {photo.photo_id: photo.label for photo in Catalog(catalog.workspace).photos()} == {
        first: "happy",
        second: "sad",
    }
    history = _rows(catalog, "SELECT photo_id, field, before, after FROM marks ORDER BY mark_id")
    assert history == [
        (first, "label", "happy", "sad"),
        (second, "label", "happy", "sad"),
        (first, "label", "sad", "happy"),
    ]


def test_rejected_photo_stays_listed_and_is_not_used(catalog: Catalog, fill: Fill) -> None:
    """Rejecting hides a photo from studies only, and can be undone."""
    first, second = fill(catalog, 1, 1)
    catalog.mark([first], status="rejected")
    assert [photo.photo_id for photo in catalog.usable_photos()] == [second]
    assert [photo.photo_id for photo in catalog.photos(status="rejected")] == [first]
    assert catalog.counts() == {
        "happy": {"new": 0, "kept": 0, "rejected": 1},
        "sad": {"new": 1, "kept": 0, "rejected": 0},
    }
    assert catalog.usable_counts() == {"happy": 0, "sad": 1}
    catalog.mark([first], status="kept")
    assert catalog.usable_counts() == {"happy": 1, "sad": 1}


def test_a_rejected_photo_is_not_brought_back_by_scraping_it_again(catalog: Catalog, noise_photo: Noise) -> None:
    """A photo that the user rejected stays rejected when the same file is offered again."""
    photo_id = catalog.add(noise_photo(1), label="happy", origin=Origin("a.png")).photo_id
    catalog.mark([photo_id], status="rejected")
    assert catalog.add(noise_photo(1), label="happy", origin=Origin("a.png")).duplicate
    assert catalog.usable_photos() == []


def test_marking_with_one_unknown_id_changes_nothing(catalog: Catalog, fill: Fill) -> None:
    """A batch is applied completely or not at all."""
    [first] = fill(catalog, 1, 0)
    with pytest.raises(PhotoNotFound, match="'unknown'"):
        catalog.mark([first, "unknown"], label="sad")
    assert [photo.label for photo in catalog.photos()] == ["happy"]
    assert _rows(catalog, "SELECT * FROM marks") == []


def test_marking_needs_a_label_or_a_status(catalog: Catalog, fill: Fill) -> None:
    """Marking without either, or with an unknown one, is an error."""
    [first] = fill(catalog, 1, 0)
    with pytest.raises(DataError, match="nothing to mark"):
        catalog.mark([first])
    with pytest.raises(DataError, match="status is unknown"):
        catalog.mark([first], status="deleted")


def test_label_and_status_in_one_call_are_one_batch(catalog: Catalog, fill: Fill) -> None:
    """One undo restores both."""
    [first] = fill(catalog, 1, 0)
    catalog.mark([first], label="sad", status="kept")
    photo = catalog.photo(first)
    assert (photo.label, photo.status) == ("sad", "kept")
    undone = catalog.undo()
    assert undone is not None
    assert undone.photo_ids == (first,)
    photo = catalog.photo(first)
    assert (photo.label, photo.status) == ("happy", "new")


def test_unknown_photo_is_not_found(catalog: Catalog) -> None:
    """An id from elsewhere is named in the message."""
    with pytest.raises(PhotoNotFound, match="photo_id='unknown'"):
        catalog.photo("unknown")


def test_listing_pages_through_the_photos_in_order(catalog: Catalog, fill: Fill) -> None:
    """Pages follow the order of adding, and a page beyond the end is empty."""
    ids = fill(catalog, 3, 2)
    assert [photo.photo_id for photo in catalog.photos()] == ids
    assert [photo.photo_id for photo in catalog.photos(offset=1, limit=2)] == ids[1:3]
    assert [photo.photo_id for photo in catalog.photos(offset=4, limit=2)] == ids[4:]
    assert [photo.photo_id for photo in catalog.photos(label="sad")] == ids[3:]
    assert catalog.photos(limit=0) == []


def test_ids_of_a_filter_are_those_of_its_photos(catalog: Catalog, fill: Fill) -> None:
    """Ids come in the order of adding, for one label or status if it is given."""
    ids = fill(catalog, 3, 2)
    catalog.mark([ids[1], ids[4]], status="kept")
    assert catalog.photo_ids() == ids
    assert catalog.photo_ids(label="sad") == ids[3:]
    assert catalog.photo_ids(status="kept") == [ids[1], ids[4]]
    assert catalog.photo_ids(label="sad", status="kept") == [ids[4]]
    with pytest.raises(DataError, match="status is unknown"):
        catalog.photo_ids(status="deleted")


def test_photos_are_fetched_by_their_ids(catalog: Catalog, fill: Fill) -> None:
    """Photos come in the order of the ids; unknown ids are skipped."""
    first, second, third = fill(catalog, 2, 1)
    photos = catalog.photos_of([third, "unknown", first, "' OR 1=1 --"])
    assert [photo.photo_id for photo in photos] == [third, first]
    assert photos[1] == catalog.photo(first)
    assert catalog.photos_of([]) == []
    assert [photo.photo_id for photo in catalog.photos_of(["x"] * 40_000 + [second])] == [second]


def test_studies_can_be_restricted_to_hosts_and_to_imported_files(catalog: Catalog, noise_photo: Noise) -> None:
    """The source of a photo is the host that served it, or ``files``."""
    for number, url in enumerate(["https://A.example:8443/x.jpg", "http://b.example/x.jpg", None]):
        catalog.add(noise_photo(number), label="happy", origin=Origin(f"{number}", source_url=url))
    assert [photo.name for photo in catalog.usable_photos(["a.example"])] == ["0"]
    assert [photo.name for photo in catalog.usable_photos(["b.example", "files"])] == ["1", "2"]
    assert len(catalog.usable_photos()) == 3


@pytest.mark.parametrize(
    ("colour", "side_px", "flag"),
    [("black", 80, "dark"), ("white", 80, "blank"), ("grey", 80, "grey"), ("red", 40, "small")],
)
def test_what_the_machine_noticed_is_flagged(catalog: Catalog, colour: str, side_px: int, flag: str) -> None:
    """Dark, blank, gray and small photos get the respective flag."""
    out = io.BytesIO()
    Image.new("RGB", (side_px, side_px), colour).save(out, "PNG")
    catalog.add(out.getvalue(), label="happy", origin=Origin("a.png"))
    assert flag in catalog.photos()[0].flags


def test_an_ordinary_photo_has_no_flag(catalog: Catalog) -> None:
    """A normal photo has no flag."""
    out = io.BytesIO()
    draw_photo("happy", 1).save(out, "PNG")
    catalog.add(out.getvalue(), label="happy", origin=Origin("a.png"))
    assert catalog.photos()[0].flags == ()


def test_two_processes_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    """Two scrapes into a new workspace: every photo is there once, and each shared one was added by one of the two."""
    code = (
        "import io, sys; import numpy as np; from PIL import Image\n"
        "from emotion_core.dataset import Catalog, Origin; from emotion_core.settings import open_workspace\n"
        "catalog, added = Catalog(open_workspace(sys.argv[1])), 0\n"
        "for number in range(int(sys.argv[2]), int(sys.argv[2]) + 40):\n"
        "    out = io.BytesIO()\n"
        "    pixels = np.random.default_rng(number).integers(0, 256, (20, 20, 3), dtype=np.uint8)\n"
        "    Image.fromarray(pixels).save(out, 'PNG')\n"
        "    added += not catalog.add(out.getvalue(), label='happy', origin=Origin(str(number))).duplicate\n"
        "print(added)"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path)]
    processes = [
        subprocess.Popen([*command, str(start)], stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) for start in (0, 20)
    ]
    added = [int(process.communicate(timeout=300)[0]) for process in processes]
    catalog = Catalog(open_workspace(tmp_path))
    assert [process.returncode for process in processes] == [0, 0]
    assert sum(added) == 60
    assert sorted(int(photo.name) for photo in catalog.photos()) == list(range(60))
    assert _rows(catalog, "SELECT COUNT(*) FROM sightings") == [(80,)]
    for photo in catalog.photos():
        assert catalog.read(photo).size == (20, 20)


def test_locked_catalog_is_not_called_damaged(catalog: Catalog, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another program holds the lock, the error does not advise moving the catalog away."""
    fill(catalog, 1, 0)
    monkeypatch.setattr("emotion_core.dataset.catalog.database.LOCK_WAIT_SECONDS", 0.1)
    [photo_id] = [photo.photo_id for photo in catalog.photos()]
    holder = sqlite3.connect(catalog.workspace.catalog, isolation_level=None)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DataError, match="busy") as refused:
            catalog.mark([photo_id], status="kept")
        assert "Move it away" not in str(refused.value)
    finally:
        holder.close()


def test_damaged_catalog_is_a_data_error_that_names_the_file(catalog: Catalog, fill: Fill) -> None:
    """A file that is no database is reported with its path, on opening and in use."""
    fill(catalog, 1, 0)
    for leftover in catalog.workspace.root.glob("catalog.sqlite-*"):
        leftover.unlink()
    catalog.workspace.catalog.write_bytes(b"not a database, but long enough to be read as one" * 100)
    with pytest.raises(DataError, match=r"cannot be used.*catalog\.sqlite"):
        Catalog(catalog.workspace)
    with pytest.raises(DataError, match="cannot be used"):
        catalog.photos()


def test_catalog_of_an_unrelated_program_is_a_data_error(tmp_path: Path) -> None:
    """A database without the expected columns is a DataError, not an SQL exception."""
    connection = sqlite3.connect(tmp_path / "catalog.sqlite")
    connection.execute("CREATE TABLE photos (title TEXT)")
    connection.close()
    with pytest.raises(DataError, match="cannot be used"):
        Catalog(open_workspace(tmp_path))


def test_deleted_photo_file_is_unreadable(catalog: Catalog, fill: Fill) -> None:
    """Reading a photo whose file is missing is an error."""
    fill(catalog, 1, 0)
    [photo] = catalog.photos()
    [kept] = [path for path in catalog.workspace.photos.rglob("*") if path.is_file()]
    kept.unlink()
    with pytest.raises(UnreadableImage, match="cannot be opened"):
        catalog.read(photo)


def test_photos_are_kept_in_the_size_that_is_set(
    catalog: Catalog, noise_photo: Noise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Larger photos shrink to the side in the variable, their own size is recorded; a bad value is an error."""
    monkeypatch.setenv(STORED_SIDE_VARIABLE, "256")
    catalog.add(noise_photo(1, 300), label="happy", origin=Origin("a.png"))
    monkeypatch.setenv(STORED_SIDE_VARIABLE, "4096")
    catalog.add(noise_photo(2, 2100), label="happy", origin=Origin("b.png"))
    monkeypatch.delenv(STORED_SIDE_VARIABLE)
    assert [photo.width for photo in catalog.photos()] == [256, 2100]
    assert [photo.original_width for photo in catalog.photos()] == [300, 2100]
    assert [catalog.read(photo).size for photo in catalog.photos()] == [(256, 256), (2100, 2100)]
    monkeypatch.setenv(STORED_SIDE_VARIABLE, "huge")
    with pytest.raises(SettingsError, match="256 to 8192"):
        catalog.add(noise_photo(3), label="happy", origin=Origin("c.png"))


def test_an_animation_is_flagged(catalog: Catalog) -> None:
    """One frame of an animation is stored, and the photo is flagged."""
    frames = [Image.effect_noise((80, 80), 90 - number).convert("RGB") for number in range(3)]
    for count in (3, 1):
        out = io.BytesIO()
        frames[3 - count].save(out, "GIF", save_all=True, append_images=frames[4 - count :])
        catalog.add(out.getvalue(), label="sad", origin=Origin(f"{count}.gif"))
    assert ["animated" in photo.flags for photo in catalog.photos()] == [True, False]


def test_what_was_offered_is_told_with_what_it_brought(catalog: Catalog, noise_photo: Noise) -> None:
    """By name, for one label, since a time; a name offered again still counts as the one that brought the photo."""
    origin = Origin("a", "https://photos.example/a.png", "https://photos.example/")
    catalog.add(noise_photo(1), label="sad", origin=origin)
    begins = time.time()
    catalog.add(noise_photo(1), label="sad", origin=Origin("b"))
    catalog.add(noise_photo(2), label="sad", origin=Origin("c"))
    catalog.add(noise_photo(2), label="sad", origin=Origin("c"))
    catalog.add(noise_photo(3), label="happy", origin=Origin("d"))
    assert catalog.offered_names("sad") == {"a": True, "b": False, "c": True}
    assert catalog.offered_names("sad", begins) == {"b": False, "c": True}
    assert catalog.offered_names("happy", time.time() + 1) == {}
    assert _rows(catalog, "SELECT page_url FROM sightings LIMIT 1") == [("https://photos.example/",)]


# A catalog of the first version.
FIRST_SCHEMA = """
CREATE TABLE photos (
    photo_id TEXT PRIMARY KEY, label TEXT NOT NULL, status TEXT NOT NULL, name TEXT NOT NULL,
    source_url TEXT, page_url TEXT, licence TEXT, content_type TEXT,
    sha256 TEXT NOT NULL UNIQUE, original_sha256 TEXT NOT NULL, suffix TEXT NOT NULL,
    width INTEGER NOT NULL, height INTEGER NOT NULL, original_bytes INTEGER NOT NULL,
    phash INTEGER NOT NULL, flags TEXT NOT NULL, added_at REAL NOT NULL);
CREATE TABLE sightings (
    original_sha256 TEXT NOT NULL, photo_id TEXT NOT NULL, label TEXT NOT NULL, name TEXT NOT NULL,
    source_url TEXT, seen_at REAL NOT NULL);
CREATE INDEX sightings_by_hash ON sightings (original_sha256);
CREATE TABLE marks (
    mark_id INTEGER PRIMARY KEY, photo_id TEXT NOT NULL, field TEXT NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL, marked_at REAL NOT NULL);
INSERT INTO photos VALUES ('p1', 'sad', 'kept', 'a.jpg', 'http://a.example/a.jpg', NULL, NULL, 'image/jpeg',
    's1', 'o1', '.jpg', 40, 30, 999, -5, 'grey small', 12.5);
INSERT INTO sightings VALUES ('o1', 'p1', 'sad', 'a.jpg', 'http://a.example/a.jpg', 12.5);
INSERT INTO sightings VALUES ('o1', 'p1', 'sad', 'again.jpg', NULL, 13.5);
INSERT INTO marks VALUES (1, 'p1', 'status', 'new', 'kept', 14.5);
"""


def old_catalog(root: Path) -> Path:
    """Write a catalog of the first version with one photo."""
    with contextlib.closing(sqlite3.connect(root / "catalog.sqlite")) as connection:
        connection.executescript(FIRST_SCHEMA)
    return root


def test_a_catalog_of_the_first_version_opens_with_all_that_is_in_it(tmp_path: Path, noise_photo: Noise) -> None:
    """Photos, marks and sightings stay, values that were not recorded are unknown, and new photos can be added."""
    catalog = Catalog(open_workspace(old_catalog(tmp_path)))
    [photo] = catalog.photos()
    assert (photo.photo_id, photo.status, photo.flags) == ("p1", "kept", ("grey", "small"))
    assert (photo.author, photo.landing_url, photo.original_width, photo.original_height) == (None,) * 4
    assert catalog.offered_names("sad") == {"a.jpg": True, "again.jpg": False}
    assert _rows(catalog, "SELECT COUNT(*) FROM marks") == [(1,)]
    catalog.add(noise_photo(1), label="happy", origin=Origin("b.png", author="Ann"))
    assert [photo.author for photo in Catalog(catalog.workspace).photos()] == [None, "Ann"]


def test_two_processes_bring_an_old_catalog_up_to_date_once(tmp_path: Path) -> None:
    """The second process finds the upgrade done, and neither fails on a column that exists already."""
    code = (
        "import sys; from emotion_core.dataset import Catalog; from emotion_core.settings import open_workspace\n"
        "print(len(Catalog(open_workspace(sys.argv[1])).photos()))"
    )
    old_catalog(tmp_path)
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) for _ in range(4)]
    assert [process.communicate(timeout=300)[0].strip() for process in running] == ["1"] * 4


def test_a_catalog_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    """A catalog of a later version is an error, and is not changed."""
    catalog = Catalog(open_workspace(tmp_path))
    _rows(catalog, "PRAGMA user_version = 99")
    with pytest.raises(DataError, match=r"newer version.*Received: format=99"):
        Catalog(open_workspace(tmp_path))
    assert _rows(catalog, "PRAGMA user_version") == [(99,)]
