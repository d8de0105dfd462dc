"""Snapshots: named by their content, unaffected by later review, with pixels equal to the photos'."""

import io
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from emotion_core.collect.samples.gallery import draw_photo
from emotion_core.dataset import (
    LABELS,
    Catalog,
    Origin,
    Snapshot,
    SnapshotItem,
    SplitFractions,
    freeze,
    list_snapshots,
    load_snapshot,
    near_copy_problem,
    snapshot_pixels,
    to_pixels,
    why_not_comparable,
)
from emotion_core.dataset.snapshots import SNAPSHOT_FILE, stored_snapshots, unreadable_snapshots
from emotion_core.dataset.snapshots.record import content_fingerprint
from emotion_core.documents import read_document, write_document
from emotion_core.errors import DataError
from emotion_core.images import InputSpec
from emotion_core.settings import open_workspace

Fill = Callable[..., list[str]]
SIZE_PX = 16
VIEW = InputSpec(SIZE_PX)


@pytest.fixture
def filled(catalog: Catalog, fill: Fill) -> Catalog:
    """Return a catalog of ten happy and ten sad photos."""
    fill(catalog, 10, 10)
    return catalog


def _cache_file(catalog: Catalog, snapshot: Snapshot) -> Path:
    """Return the path of a snapshot's pixel cache."""
    return catalog.workspace.snapshots / snapshot.fingerprint / f"pixels-{SIZE_PX}.npy"


def _photo_pixels(catalog: Catalog, snapshot: Snapshot, view: InputSpec) -> np.ndarray:
    """Return the network inputs of a snapshot's photos, without the cache."""
    return np.stack([to_pixels(catalog.read(catalog.photo(item.photo_id)), view) for item in snapshot.items])


def _remove_row(catalog: Catalog, photo_id: str) -> None:
    """Remove a photo's row from the catalog, and nothing else."""
    connection = sqlite3.connect(catalog.workspace.catalog)
    with connection:
        connection.execute("DELETE FROM photos WHERE photo_id = ?", (photo_id,))
    connection.close()


def test_fingerprint_is_that_of_photos_labels_and_splits(filled: Catalog) -> None:
    """The same photos, labels and seed give the same fingerprint; another seed or label gives another."""
    first = freeze(filled, seed=1)
    assert freeze(filled, seed=1).fingerprint == first.fingerprint
    assert freeze(filled, seed=2).fingerprint != first.fingerprint
    filled.mark([first.items[0].photo_id], label="sad" if first.items[0].label == "happy" else "happy")
    assert freeze(filled, seed=1).fingerprint != first.fingerprint


def test_folds_are_frozen_with_the_photos(filled: Catalog) -> None:
    """A loaded snapshot has the same folds, each a split of all photos, and its own fingerprint."""
    frozen = freeze(filled, folds=4)
    snapshot = load_snapshot(filled.workspace, frozen.fingerprint)
    assert snapshot == replace(frozen, created_at=snapshot.created_at)
    assert (snapshot.folds, freeze(filled).folds) == (4, 0)
    assert len({snapshot.fingerprint, freeze(filled).fingerprint, freeze(filled, folds=3).fingerprint}) == 3
    tested = np.concatenate([snapshot.of_fold(fold).rows("test") for fold in (1, 2, 3, 4)])
    assert sorted(tested) == list(range(20))
    assert snapshot.of_fold(0) is snapshot
    with pytest.raises(DataError, match=r"no such fold\. Expected a fold from 1 to 4\. Received: fold=5"):
        snapshot.of_fold(5)


def test_near_copies_are_tested_in_one_fold(catalog: Catalog, fill: Fill, noise_photo: Callable[..., bytes]) -> None:
    """Resized copies of one photo are never on both sides of a fold."""
    fill(catalog, 10, 10)
    copies = [
        catalog.add(noise_photo(999, side_px=side), label="sad", origin=Origin(f"{side}.png")).photo_id
        for side in (32, 40, 48)
    ]
    folds = {item.folds for item in freeze(catalog, folds=4).items if item.photo_id in copies}
    assert len(folds) == 1


def _tested(snapshot: Snapshot, seed: int) -> list[int]:
    """Return the fold that tests each photo, for the runs of a seed."""
    parts = [snapshot.of_fold(fold, seed).items for fold in range(1, snapshot.folds + 1)]
    return [[item.split for item in items].index("test") for items in zip(*parts, strict=True)]


def test_each_seed_draws_its_own_folds(filled: Catalog) -> None:
    """Each seed tests every photo once, in folds of its own that follow from split seed and seed alone."""
    snapshot = load_snapshot(filled.workspace, freeze(filled, folds=4, seed=3).fingerprint)
    tested = [_tested(snapshot, seed) for seed in range(4)]
    assert len(set(map(tuple, tested))) == 4
    assert _tested(snapshot, 0) == [item.folds.index("test") for item in snapshot.items]
    assert _tested(freeze(filled, folds=4, seed=3), 2) == tested[2] != _tested(freeze(filled, folds=4, seed=4), 2)
    for folds in tested:
        labels = np.array([item.label for item in snapshot.items])
        assert {(labels[np.equal(folds, fold)] == "sad").sum() for fold in range(4)} <= {2, 3}


def test_folds_of_a_seed_stay_what_they_are() -> None:
    """A run that is resumed by a later version, or described by one, finds the photos that it was trained on."""
    items = tuple(
        SnapshotItem(f"p{n:02d}", LABELS[n % 2], "train", ("train",) * 3, "p00" if n < 4 else "") for n in range(24)
    )
    tested = _tested(Snapshot("", items, 5, 0.0, 1, 0.2), 7)
    assert "".join(map(str, tested)) == "000002211022122001221111"


def test_near_copies_stay_together_in_the_folds_of_every_seed(
    catalog: Catalog, fill: Fill, noise_photo: Callable[..., bytes]
) -> None:
    """No seed tests a copy of a photo that its run has learned; which copies there are is part of the fingerprint."""
    fill(catalog, 10, 10)
    copies = [
        catalog.add(noise_photo(999, side_px=side), label="sad", origin=Origin(f"{side}.png")).photo_id
        for side in (32, 40, 48)
    ]
    snapshot = freeze(catalog, folds=4)
    rows = [row for row, item in enumerate(snapshot.items) if item.photo_id in copies]
    assert {item.cluster for item in snapshot.items if item.cluster} == {min(copies)}
    assert {len({_tested(snapshot, seed)[row] for row in rows}) for seed in range(8)} == {1}
    alone = replace(snapshot, items=tuple(replace(item, cluster="") for item in snapshot.items))
    assert content_fingerprint(alone) != content_fingerprint(snapshot) == snapshot.fingerprint


def test_folds_of_an_older_snapshot_are_shared_by_all_seeds(filled: Catalog) -> None:
    """A snapshot from before seeds had folds of their own is read as it was: one partition, the same fingerprint."""
    frozen = freeze(filled, folds=4)
    older = replace(frozen, fold_validation=None)
    fingerprint = content_fingerprint(older)
    stored = read_document(filled.workspace.snapshots / frozen.fingerprint / "snapshot.json")
    items = [{key: item[key] for key in ("photo_id", "label", "split", "folds")} for item in stored["items"]]
    del stored["fold_validation"]
    path = filled.workspace.snapshots / fingerprint / "snapshot.json"
    write_document(path, {**stored, "fingerprint": fingerprint, "items": items})
    snapshot = load_snapshot(filled.workspace, fingerprint)
    assert _tested(snapshot, 0) == _tested(snapshot, 1) == _tested(snapshot, 2) == _tested(frozen, 0)
    assert fingerprint != frozen.fingerprint
    assert "the folds of one study shared by all its seeds" in str(why_not_comparable(frozen, snapshot))


def test_folds_that_follow_from_a_changed_file_are_refused(filled: Catalog) -> None:
    """The share of validation photos decides the folds, so a snapshot with another one is not the frozen one."""
    frozen = freeze(filled, folds=4)
    path = filled.workspace.snapshots / frozen.fingerprint / "snapshot.json"
    stored = read_document(path)
    path.chmod(0o644)
    write_document(path, {**stored, "fold_validation": 0.3})
    with pytest.raises(DataError, match="was changed after it was frozen"):
        load_snapshot(filled.workspace, frozen.fingerprint)


def test_near_copies_that_allow_no_split_are_named_where_a_study_is_frozen(
    catalog: Catalog, noise_photo: Callable[..., bytes]
) -> None:
    """Copies of one photo cannot be frozen, and the sentence for the page needs no search of its own."""
    for side in range(24, 36):
        label = "happy" if side % 2 else "sad"
        catalog.add(noise_photo(1, side_px=side), label=label, origin=Origin(f"{side}.png"))
    assert near_copy_problem(catalog) == ""
    with pytest.raises(DataError, match="All 12 photos are near copies of one another"):
        freeze(catalog)
    assert near_copy_problem(catalog).startswith("All 12 photos are near copies of one another. Near copies stay in")
    assert near_copy_problem(catalog, sources=["elsewhere.example"]) == ""


def test_fingerprint_does_not_depend_on_the_order_of_collecting(catalog: Catalog, tmp_path: Path, fill: Fill) -> None:
    """Collecting the same photos in another order gives the same snapshot."""
    fill(catalog, 8, 8)
    other = Catalog(open_workspace(tmp_path / "other"))
    for photo in reversed(catalog.photos()):
        path = catalog.workspace.photos / photo.photo_id[:2] / f"{photo.photo_id}{photo.suffix}"
        other.add(path.read_bytes(), label=photo.label, origin=Origin("other"))
    assert freeze(other).fingerprint == freeze(catalog).fingerprint


def test_loaded_snapshot_equals_the_frozen_one(filled: Catalog) -> None:
    """A snapshot is read as it was written."""
    frozen = freeze(filled, fractions=SplitFractions(0.3, 0.3), seed=3)
    loaded = load_snapshot(filled.workspace, frozen.fingerprint)
    assert (loaded.items, loaded.fingerprint) == (frozen.items, frozen.fingerprint)
    assert loaded.counts() == {
        "train": {"happy": 4, "sad": 4},
        "validation": {"happy": 3, "sad": 3},
        "test": {"happy": 3, "sad": 3},
    }


def test_reviewing_later_changes_nothing_in_a_snapshot(filled: Catalog) -> None:
    """Relabeling, rejecting and adding photos do not change a frozen snapshot or its pixels."""
    frozen = freeze(filled)
    before = np.array(snapshot_pixels(filled, frozen, VIEW))
    _cache_file(filled, frozen).unlink()
    filled.mark([item.photo_id for item in frozen.items[:3]], status="rejected")
    filled.mark([frozen.items[5].photo_id], label="sad" if frozen.items[5].label == "happy" else "happy")
    loaded = load_snapshot(filled.workspace, frozen.fingerprint)
    assert loaded.items == frozen.items
    assert (np.array(snapshot_pixels(filled, loaded, VIEW)) == before).all()


def test_labels_and_rows_follow_the_items(filled: Catalog) -> None:
    """Labels are in the order of the items (0 happy, 1 sad), and each item is in one split."""
    frozen = freeze(filled)
    assert frozen.labels.dtype == np.int64
    assert frozen.labels.tolist() == [int(item.label == "sad") for item in frozen.items]
    rows = {split: frozen.rows(split).tolist() for split in ("train", "validation", "test")}
    assert sorted(row for split_rows in rows.values() for row in split_rows) == list(range(20))
    assert all(frozen.items[row].split == split for split, split_rows in rows.items() for row in split_rows)


def test_rejected_photos_and_other_sources_are_left_out(filled: Catalog, noise_photo: Callable[..., bytes]) -> None:
    """Only usable photos of the given sources are frozen."""
    web = Origin("web", source_url="https://a.example/x.png")
    filled.add(noise_photo(500), label="happy", origin=web)
    [rejected, *_] = filled.photos(label="happy")
    filled.mark([rejected.photo_id], status="rejected")
    assert len(freeze(filled).items) == 20
    from_files = {item.photo_id for item in freeze(filled, sources=("files",)).items}
    assert len(from_files) == 19
    assert rejected.photo_id not in from_files


def test_near_copies_are_frozen_into_one_split(filled: Catalog) -> None:
    """Copies of one photo are all in the same part."""
    ids = set()
    for side_px in (256, 200, 160, 128):
        out = io.BytesIO()
        draw_photo("sad", 3).resize((side_px, side_px), Image.Resampling.LANCZOS).save(out, "JPEG", quality=80)
        ids.add(filled.add(out.getvalue(), label="sad", origin=Origin(str(side_px))).photo_id)
    assert len(ids) == 4
    for seed in range(5):
        assert len({item.split for item in freeze(filled, seed=seed).items if item.photo_id in ids}) == 1


def test_pixel_cache_equals_the_photos(filled: Catalog) -> None:
    """The cached pixels equal those used in prediction, the second time from disk."""
    frozen = freeze(filled)
    wanted = _photo_pixels(filled, frozen, VIEW)
    for _ in range(2):
        pixels = snapshot_pixels(filled, frozen, VIEW)
        assert (pixels.shape, pixels.dtype) == ((20, SIZE_PX, SIZE_PX, 3), np.dtype(np.uint8))
        assert (np.asarray(pixels) == wanted).all()


@pytest.mark.parametrize("damage", ["empty", "truncated", "garbage", "other shape", "other type", "archive"])
def test_damaged_pixel_cache_is_built_again(filled: Catalog, damage: str) -> None:
    """After a crash or a full disk, the next reader gets the right pixels."""
    frozen = freeze(filled)
    path = _cache_file(filled, frozen)
    whole = snapshot_pixels(filled, frozen, VIEW).tobytes()
    content = path.read_bytes()
    if damage == "other shape":
        np.save(path, np.zeros((3, SIZE_PX, SIZE_PX, 3), dtype=np.uint8))
    elif damage == "other type":
        np.save(path, np.zeros((20, SIZE_PX, SIZE_PX, 3), dtype=np.float32))
    else:
        broken = {
            "empty": b"",
            "truncated": content[: len(content) // 2],
            "garbage": b"x" * 500,
            "archive": b"PK\3\4..",
        }
        path.write_bytes(broken[damage])
    assert snapshot_pixels(filled, frozen, VIEW).tobytes() == whole
    assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []


def test_photo_that_left_the_catalog_is_a_data_error(filled: Catalog) -> None:
    """A snapshot with a deleted photo cannot be trained on, and no partial cache stays behind."""
    frozen = freeze(filled)
    _remove_row(filled, frozen.items[7].photo_id)
    with pytest.raises(DataError, match=f"no longer in the catalog.*{frozen.items[7].photo_id}"):
        snapshot_pixels(filled, frozen, VIEW)
    assert [file.name for file in _cache_file(filled, frozen).parent.iterdir()] == ["snapshot.json"]


def test_photo_whose_file_is_gone_is_a_data_error(filled: Catalog) -> None:
    """A listed photo without its file is reported when the pixels are read."""
    frozen = freeze(filled)
    photo = filled.photo(frozen.items[2].photo_id)
    (filled.workspace.photos / photo.photo_id[:2] / f"{photo.photo_id}{photo.suffix}").unlink()
    with pytest.raises(DataError, match="cannot be opened"):
        snapshot_pixels(filled, frozen, VIEW)


@pytest.mark.parametrize(
    "content", [None, "{", "[]", '{"items": [{"photo_id": "a"}]}', '{"items": ["abc"]}', '{"items": []}']
)
def test_missing_or_damaged_snapshot_is_a_data_error(filled: Catalog, content: str | None) -> None:
    """The error names the snapshot that cannot be read."""
    frozen = freeze(filled)
    path = filled.workspace.snapshots / frozen.fingerprint / "snapshot.json"
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(DataError, match=frozen.fingerprint):
        load_snapshot(filled.workspace, frozen.fingerprint)


def test_empty_catalog_cannot_be_frozen(catalog: Catalog) -> None:
    """Too few photos are counted in the error, and nothing is written."""
    with pytest.raises(DataError, match="Received: 0 happy, 0 sad"):
        freeze(catalog)
    assert not catalog.workspace.snapshots.exists()


def _snapshot_file(catalog: Catalog, snapshot: Snapshot) -> Path:
    """Return the path of a snapshot's file."""
    return catalog.workspace.snapshots / snapshot.fingerprint / "snapshot.json"


@pytest.mark.parametrize("field", ["label", "split", "photo_id"])
def test_a_snapshot_that_was_changed_is_refused_and_can_be_frozen_again(filled: Catalog, field: str) -> None:
    """A changed word in the file is detected, the snapshot is no longer listed, and freezing repairs it."""
    frozen = freeze(filled)
    path = _snapshot_file(filled, frozen)
    stored = read_document(path)
    stored["items"][0][field] = {"label": "sad", "split": "test", "photo_id": "0" * 20}[field]
    if stored["items"][0] == read_document(path)["items"][0]:
        stored["items"][0][field] = {"label": "happy", "split": "train"}[field]
    write_document(path, stored)
    with pytest.raises(DataError, match=rf"changed after it was frozen.*{frozen.fingerprint}"):
        load_snapshot(filled.workspace, frozen.fingerprint)
    assert list_snapshots(filled.workspace) == []
    freeze(filled)
    assert load_snapshot(filled.workspace, frozen.fingerprint).items == frozen.items


def test_a_snapshot_file_is_read_only(filled: Catalog) -> None:
    """The file of a frozen snapshot is read-only."""
    assert not _snapshot_file(filled, freeze(filled)).stat().st_mode & 0o222


def test_freezing_the_same_again_leaves_the_file_as_it_was(filled: Catalog) -> None:
    """A second study on the same photos gets the same snapshot, which keeps the time it was first frozen."""
    first = freeze(filled)
    assert freeze(filled).fingerprint == first.fingerprint
    assert load_snapshot(filled.workspace, first.fingerprint).created_at == first.created_at


def test_snapshots_are_listed_newest_first_with_their_groups_of_near_copies(filled: Catalog) -> None:
    """Two snapshots of one catalog are both listed with their content; a damaged one is left out."""
    older = freeze(filled, seed=1)
    for side_px in (256, 200):
        out = io.BytesIO()
        draw_photo("sad", 3).resize((side_px, side_px), Image.Resampling.LANCZOS).save(out, "JPEG", quality=80)
        filled.add(out.getvalue(), label="sad", origin=Origin(str(side_px)))
    newer = freeze(filled, seed=1)
    assert [snapshot.fingerprint for snapshot in list_snapshots(filled.workspace)] == [
        newer.fingerprint,
        older.fingerprint,
    ]
    assert [(len(snapshot.items), snapshot.clusters) for snapshot in list_snapshots(filled.workspace)] == [
        (22, 1),
        (20, 0),
    ]
    _snapshot_file(filled, newer).unlink()
    assert [snapshot.fingerprint for snapshot in list_snapshots(filled.workspace)] == [older.fingerprint]


def test_a_snapshot_of_an_earlier_version_is_still_read(filled: Catalog) -> None:
    """In an older file the number of clusters is unknown and the rest is read as usual."""
    frozen = freeze(filled)
    path = _snapshot_file(filled, frozen)
    stored = read_document(path)
    del stored["clusters"]
    write_document(path, stored)
    assert load_snapshot(filled.workspace, frozen.fingerprint) == replace(frozen, clusters=None)


def test_a_photo_that_left_the_catalog_is_missed_even_where_its_pixels_are_still_kept(filled: Catalog) -> None:
    """Cached pixels do not keep a deleted photo in training."""
    frozen = freeze(filled)
    snapshot_pixels(filled, frozen, VIEW)
    _remove_row(filled, frozen.items[4].photo_id)
    with pytest.raises(DataError, match=f"1 of the 20 photos.*no longer in the catalog.*{frozen.items[4].photo_id}"):
        snapshot_pixels(filled, frozen, VIEW)


@pytest.mark.parametrize(
    ("view", "name"),
    [
        (InputSpec(16), "pixels-16.npy"),
        (InputSpec(16, "area"), "pixels-16-area.npy"),
        (InputSpec(16, color="grey"), "pixels-16-grey.npy"),
        (InputSpec(16, "nearest", "grey", True), "pixels-16-nearest-grey-face.npy"),
        (InputSpec(16, color="grey", face_crop=True, face_margin=-0.05), "pixels-16-grey-face--0.05.npy"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_view_has_its_own_pixels(filled: Catalog, view: InputSpec, name: str) -> None:
    """Runs with different input specs do not share a cache, and each cache has the pixels of its spec."""
    frozen = freeze(filled)
    snapshot_pixels(filled, frozen, InputSpec(16))
    pixels = snapshot_pixels(filled, frozen, view)
    assert np.array_equal(pixels, _photo_pixels(filled, frozen, view))
    assert _cache_file(filled, frozen).with_name(name).exists()


@pytest.mark.parametrize("fingerprint", ["a\0b", "\ud800", "9" * 5000])
def test_a_fingerprint_that_is_no_file_name_is_a_missing_snapshot(tmp_path: Path, fingerprint: str) -> None:
    """It is a sentence, whatever characters the address or command line held."""
    with pytest.raises(DataError):
        load_snapshot(open_workspace(tmp_path), fingerprint)
    with pytest.raises(DataError):
        Catalog(open_workspace(tmp_path)).photo(fingerprint)


def test_intact_snapshots_are_read_again_only_when_they_change(
    filled: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home asks for the unreadable ones at every rerun, also where there are more than are kept in memory."""
    workspace = filled.workspace
    fingerprints = [freeze(filled, seed=seed).fingerprint for seed in range(12)]
    assert unreadable_snapshots(workspace) == []
    read: list[str] = []

    def read_and_note(path: Path) -> dict[str, Any]:
        read.append(path.parent.name)
        return read_document(path)

    monkeypatch.setattr(stored_snapshots, "read_document", read_and_note)
    assert unreadable_snapshots(workspace) == []
    assert read == []
    path = workspace.snapshots / fingerprints[3] / SNAPSHOT_FILE
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"sad", b"bad", 1))
    for _ in range(2):
        [damaged] = unreadable_snapshots(workspace)
        assert damaged.entry_id == fingerprints[3]
    assert set(read) == {fingerprints[3]}
