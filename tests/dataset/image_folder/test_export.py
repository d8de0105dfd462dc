"""Exports of photos as an ImageFolder: what is in them, and that they can be imported again."""

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emotion_core.collect import import_path
from emotion_core.collect.samples.gallery import draw_photo
from emotion_core.dataset import Catalog, Origin, PhotoChoice, delete_photos, export_photos, freeze
from emotion_core.errors import DataError
from emotion_core.settings import open_workspace

Noise = Callable[..., bytes]
PHOTOS = (("happy", "train"), ("happy", "test"), ("sad", "train"), ("sad", "validation"), ("sad", None))


@pytest.fixture
def kept(catalog: Catalog, noise_photo: Noise) -> Catalog:
    """Return a catalog of five kept photos, the last without a split, and one that is not reviewed."""
    for number, (label, split) in enumerate(PHOTOS):
        source = Origin("=1+1", f"https://a.example/{number}.png", "https://a.example/", "CC BY 4.0", author="=cmd()")
        catalog.add(noise_photo(number), label=label, origin=source, split=split)
    catalog.mark(catalog.photo_ids(), status="kept")
    catalog.add(noise_photo(99), label="happy", origin=Origin("new.png"))
    return catalog


def _files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_folder_has_a_folder_for_each_label(kept: Catalog, tmp_path: Path) -> None:
    """Kept photos lie under their label as they are stored; the table says where each came from, without formulas."""
    export = export_photos(kept, tmp_path / "out")
    photos = kept.photos(status="kept")
    names = {f"{photo.label}/{photo.photo_id}.png": photo for photo in photos}
    assert _files(tmp_path / "out") == {*names, "metadata.csv", "README.md"}
    assert (export.counts, export.total) == ({"": {"happy": 2, "sad": 3}}, 5)
    assert all((tmp_path / "out" / name).read_bytes() == kept.photo_path(names[name]).read_bytes() for name in names)
    rows = _rows((tmp_path / "out" / "metadata.csv").read_text(encoding="utf8"))
    assert [row["file_name"] for row in rows] == list(names)
    assert [(row["label"], row["split"] or None) for row in rows] == list(PHOTOS)
    assert rows[0]["source_url"] == "https://a.example/0.png"
    assert (rows[0]["page_url"], rows[0]["license"], rows[0]["author"]) == (
        "https://a.example/",
        "CC BY 4.0",
        "'=cmd()",
    )
    assert "delete a photo when its owner asks" in (tmp_path / "out" / "README.md").read_text(encoding="utf8")
    assert export_photos(kept, tmp_path / "all", PhotoChoice(include_new=True)).total == 6


def test_parts_of_the_own_split_are_folders_with_a_table_each(kept: Catalog, tmp_path: Path) -> None:
    """A table lies beside the labels of each part, as Hugging Face expects; a photo without a split is left out."""
    export = export_photos(kept, tmp_path / "out.zip", PhotoChoice("own"))
    assert export.without_split == 1
    assert export.counts == {
        "train": {"happy": 1, "sad": 1},
        "validation": {"happy": 0, "sad": 1},
        "test": {"happy": 1, "sad": 0},
    }
    with zipfile.ZipFile(tmp_path / "out.zip") as packed:
        names = packed.namelist()
        rows = _rows(packed.read("out/test/metadata.csv").decode())
    assert {name for name in names if name.endswith(".csv")} == {
        f"out/{part}/metadata.csv" for part in ("train", "validation", "test")
    }
    assert [f"out/test/{row['file_name']}" in names for row in rows] == [True]


@pytest.mark.parametrize("form", ["out", "out.zip"])
@pytest.mark.parametrize("choice", [PhotoChoice(), PhotoChoice("own"), PhotoChoice(include_new=True)])
def test_export_is_imported_again_as_it_was(kept: Catalog, tmp_path: Path, form: str, choice: PhotoChoice) -> None:
    """Another workspace gets the same photos, labels and splits, and this one knows them all already."""
    export = export_photos(kept, tmp_path / form, choice)
    other = Catalog(open_workspace(tmp_path / "other"))
    summary = import_path(other, tmp_path / form)
    assert (summary.added, summary.duplicates, summary.rejected) == (export.total, 0, [])
    ids = {photo.photo_id for photo in other.photos()}
    assert Counter((photo.photo_id, photo.label, photo.split) for photo in other.photos()) == Counter(
        (photo.photo_id, photo.label, photo.split) for photo in kept.photos() if photo.photo_id in ids
    )
    again = import_path(kept, tmp_path / form)
    assert (again.added, again.duplicates, again.split_conflicts) == (0, export.total, 0)


def test_compressed_photo_is_known_again_and_looks_the_same_elsewhere(catalog: Catalog, tmp_path: Path) -> None:
    """A JPEG is compressed once more by another workspace, which no one sees; in its own it is the same photo."""
    out = io.BytesIO()
    draw_photo("sad", 3).save(out, "JPEG", quality=85)
    photo_id = catalog.add(out.getvalue(), label="sad", origin=Origin("x.jpg")).photo_id
    export_photos(catalog, tmp_path / "out", PhotoChoice(include_new=True))
    assert import_path(catalog, tmp_path / "out").duplicates == 1
    other = Catalog(open_workspace(tmp_path / "other"))
    import_path(other, tmp_path / "out")
    first, second = (np.asarray(its.read(its.photos()[0]), dtype=np.int16) for its in (catalog, other))
    assert np.abs(first - second).mean() < 0.5
    assert catalog.photos()[0].photo_id == photo_id


def test_snapshot_is_exported_with_its_labels_and_split(catalog: Catalog, noise_photo: Noise, tmp_path: Path) -> None:
    """What the snapshot froze counts, whatever was marked since; deleted photos are counted as missing."""
    for number in range(20):
        catalog.add(noise_photo(number), label="sad" if number % 2 else "happy", origin=Origin("x.png"))
    frozen = freeze(catalog, seed=3)
    first, second = frozen.items[0], frozen.items[1]
    catalog.mark([first.photo_id], label="sad" if first.label == "happy" else "happy", status="rejected")
    export = export_photos(catalog, tmp_path / "out", PhotoChoice(snapshot=frozen.fingerprint))
    assert export.counts == frozen.counts()
    names = {f"{item.split}/{item.label}/{item.photo_id}.png" for item in frozen.items}
    assert names <= _files(tmp_path / "out")
    other = Catalog(open_workspace(tmp_path / "other"))
    import_path(other, tmp_path / "out")
    assert {(photo.photo_id, photo.label, photo.split) for photo in other.photos()} == {
        (item.photo_id, item.label, item.split) for item in frozen.items
    }
    delete_photos(catalog, [second.photo_id])
    assert export_photos(catalog, tmp_path / "less", PhotoChoice(snapshot=frozen.fingerprint)).missing == 1
    folds = freeze(catalog, folds=3)
    assert export_photos(catalog, tmp_path / "folds", PhotoChoice(snapshot=folds.fingerprint)).counts.keys() == {""}


def test_nothing_is_overwritten_or_left_half_written(kept: Catalog, tmp_path: Path) -> None:
    """What is at the place stays; an export that is canceled or fails leaves nothing behind."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "mine.zip").write_bytes(b"mine")
    for name in ("full", "mine.zip", "full/mine.txt"):
        with pytest.raises(DataError, match=f"something at the place.*{name}"):
            export_photos(kept, tmp_path / name)
    assert (tmp_path / "mine.zip").read_bytes() == b"mine"
    (tmp_path / "empty").mkdir()
    assert export_photos(kept, tmp_path / "empty").total == 5

    def cancel(done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    def delete(done: int, _total: int) -> None:
        if done == 3:
            delete_photos(kept, kept.photo_ids()[:1])

    before = {path.name for path in tmp_path.iterdir()}
    for name in ("out", "out.zip"):
        with pytest.raises(KeyboardInterrupt):
            export_photos(kept, tmp_path / name, on_progress=cancel)
    with pytest.raises(DataError, match="1 photos were deleted while they were exported"):
        export_photos(kept, tmp_path / "out.zip", on_progress=delete)
    assert {path.name for path in tmp_path.iterdir()} == before


def test_what_cannot_be_exported_is_explained(catalog: Catalog, noise_photo: Noise, tmp_path: Path) -> None:
    """No kept photo, no split at all and an unknown snapshot each have a sentence; nothing is written."""
    catalog.add(noise_photo(1), label="sad", origin=Origin("x.png"))
    out = tmp_path / "out"
    for choice, problem in (
        (PhotoChoice(), "Received: 0 kept, 1 not reviewed"),
        (PhotoChoice("own", include_new=True), "None of these photos came with a split"),
        (PhotoChoice(snapshot="0" * 16), "snapshot is missing"),
    ):
        with pytest.raises(DataError, match=problem):
            export_photos(catalog, out, choice)
    assert not out.exists()


def test_stored_pictures_are_what_other_programs_open(kept: Catalog, tmp_path: Path) -> None:
    """Every file below a label is a picture under its right suffix."""
    export_photos(kept, tmp_path / "out")
    for path in (tmp_path / "out").glob("*/*"):
        with Image.open(path) as picture:
            assert picture.format == {".png": "PNG", ".jpg": "JPEG"}[path.suffix]
