"""Deletion: nothing of the photo is left in the workspace, but results measured with it stay."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from emotion_core import images
from emotion_core.dataset import (
    Catalog,
    Face,
    Origin,
    delete_photos,
    find_duplicates,
    freeze,
    load_snapshot,
    snapshot_pixels,
)
from emotion_core.errors import DataError, PhotoNotFound
from emotion_core.images import InputSpec

Noise = Callable[..., bytes]
Fill = Callable[..., list[str]]


def contents(catalog: Catalog) -> bytes:
    """Return all bytes under the workspace."""
    return b"\0".join(path.read_bytes() for path in sorted(catalog.workspace.root.rglob("*")) if path.is_file())


def test_nothing_of_a_deleted_photo_is_left_on_disk(
    catalog: Catalog, fill: Fill, noise_photo: Noise, note_faces: Callable[..., None]
) -> None:
    """No file, thumbnail, address, name or cached pixel is left; other photos are unaffected."""
    others = fill(catalog, 6, 6)
    origin = Origin("secret-name.png", "https://secret-host.example/a.png", "https://secret-page.example/")
    photo_id = catalog.add(noise_photo(99), label="happy", origin=origin).photo_id
    catalog.add(noise_photo(99), label="sad", origin=Origin("secret-again.png"))
    catalog.mark([photo_id], status="kept")
    note_faces(catalog, {photo_id: [Face(0.1, 0.1, 0.5, 0.5, 0.9)]})
    snapshot = freeze(catalog)
    row = [item.photo_id for item in snapshot.items].index(photo_id)
    photo = catalog.photo(photo_id)
    seen = {
        "kept file": catalog.photo_path(photo).read_bytes(),
        "thumbnail": catalog.thumbnail_path(photo_id).read_bytes(),
        "pixels at 32": snapshot_pixels(catalog, snapshot, InputSpec(32))[row].tobytes(),
        "pixels at 16": snapshot_pixels(catalog, snapshot, InputSpec(16))[row].tobytes(),
        "small picture": np.load(catalog.workspace.root / "near_copies.npz")["pictures"][
            np.load(catalog.workspace.root / "near_copies.npz")["ids"].tolist().index(photo_id)
        ].tobytes(),
        **{word: word.encode() for word in ("secret-name", "secret-host", "secret-page", "secret-again")},
    }
    before = contents(catalog)
    assert [name for name, data in seen.items() if data not in before] == []
    assert delete_photos(catalog, [photo_id]) == 1
    after = contents(catalog)
    assert [name for name, data in seen.items() if data in after] == []
    assert catalog.photo_ids() == others
    assert all(catalog.read(other).size == (32, 32) for other in catalog.photos())
    assert catalog.history(photo_id) == []


def test_a_study_keeps_its_snapshot_and_nothing_more_is_trained_on_it(catalog: Catalog, fill: Fill) -> None:
    """Id, label and split stay; loading the pixels is an error that names the photo."""
    deleted = fill(catalog, 6, 6)[3]
    snapshot = freeze(catalog)
    snapshot_pixels(catalog, snapshot, InputSpec(16))
    delete_photos(catalog, [deleted])
    assert load_snapshot(catalog.workspace, snapshot.fingerprint) == snapshot
    with pytest.raises(DataError, match=f"no longer in the catalog.*{deleted}"):
        snapshot_pixels(catalog, snapshot, InputSpec(16))


def test_pixels_of_other_snapshots_stay(catalog: Catalog, fill: Fill, noise_photo: Noise) -> None:
    """A cache without the photo is kept."""
    fill(catalog, 6, 6)
    snapshot = freeze(catalog)
    pixels = snapshot_pixels(catalog, snapshot, InputSpec(16))
    deleted = catalog.add(noise_photo(99), label="happy", origin=Origin("late.png")).photo_id
    delete_photos(catalog, [deleted])
    assert list(catalog.workspace.snapshots.glob("*/pixels-16.npy"))
    assert np.array_equal(snapshot_pixels(catalog, snapshot, InputSpec(16)), pixels)


def test_a_deleted_photo_is_not_collected_again(catalog: Catalog, noise_photo: Noise) -> None:
    """Neither as the same file nor as the same pixels in another; nothing of the new offer is recorded."""
    data, out = noise_photo(1), io.BytesIO()
    Image.open(io.BytesIO(data)).save(out, "BMP")
    photo_id = catalog.add(data, label="happy", origin=Origin("a.png")).photo_id
    delete_photos(catalog, [photo_id])
    for offered in (data, out.getvalue()):
        addition = catalog.add(offered, label="sad", origin=Origin("offered-again"))
        assert (addition.photo_id, addition.duplicate) == (photo_id, True)
    assert catalog.photos() == []
    assert [path for path in catalog.workspace.photos.rglob("*") if path.is_file()] == []
    assert b"offered-again" not in contents(catalog)
    assert images.encode(images.decode(data))[0] not in contents(catalog)


def test_deleting_goes_on_where_it_was_interrupted(catalog: Catalog, fill: Fill) -> None:
    """Missing files are no obstacle, unknown ids are skipped, and deleting twice does nothing."""
    first, second = fill(catalog, 1, 1)
    catalog.photo_path(catalog.photo(first)).unlink()
    assert delete_photos(catalog, [first, "unknown"]) == 1
    assert delete_photos(catalog, [first]) == 0
    assert catalog.photo_ids() == [second]
    with pytest.raises(PhotoNotFound):
        catalog.photo(first)


def test_undo_passes_over_deleted_photos(catalog: Catalog, fill: Fill) -> None:
    """Marks are deleted with their photo; those of others can still be undone."""
    first, second = fill(catalog, 1, 1)
    catalog.mark([first, second], status="kept")
    catalog.mark([first], status="rejected")
    delete_photos(catalog, [first])
    assert catalog.undo().photo_ids == (second,)
    assert catalog.undo() is None


def test_near_copies_of_a_deleted_photo_are_found_again(catalog: Catalog, noise_photo: Noise) -> None:
    """After one of two copies is deleted, the other has no near copies."""
    large, small = (catalog.add(noise_photo(1, side), label="sad", origin=Origin("x")).photo_id for side in (128, 96))
    assert find_duplicates(catalog).clusters.keys() == {large, small}
    delete_photos(catalog, [large])
    assert find_duplicates(catalog).clusters == {}
