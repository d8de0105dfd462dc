"""Findings: photos under both labels, their sightings, and keeping the best of near copies."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageFilter

from emotion_core.collect.samples.gallery import draw_photo
from emotion_core.dataset import Catalog, Origin, find_duplicates, has_few_uncompared, keep_best, sightings
from emotion_core.dataset.inspection import findings
from emotion_core.errors import PhotoNotFound

Noise = Callable[..., bytes]


def saved(image: Image.Image) -> bytes:
    """Return the image as a file."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _offer(catalog: Catalog, data: bytes, label: str, name: str = "x") -> str:
    """Add a photo and return its id."""
    return catalog.add(
        data, label=label, origin=Origin(name, f"https://{name}.example/", f"https://{name}.page/")
    ).photo_id


def test_one_picture_offered_under_both_labels_is_a_conflict_until_decided(
    catalog: Catalog, noise_photo: Noise
) -> None:
    """A file offered as happy and as sad is a conflict; a mark settles it, and undoing the mark restores it."""
    photo_id = _offer(catalog, noise_photo(1), "happy", "a")
    _offer(catalog, noise_photo(2), "happy", "b")
    _offer(catalog, noise_photo(1), "sad", "c")
    assert find_duplicates(catalog).conflicts == ((photo_id,),)
    sides = sightings(catalog, [photo_id])
    assert [(side.label, side.name, side.page_url) for side in sides] == [
        ("happy", "a", "https://a.page/"),
        ("sad", "c", "https://c.page/"),
    ]
    catalog.mark([photo_id], label="sad")
    assert find_duplicates(catalog).conflicts == ()
    catalog.undo()
    assert find_duplicates(catalog).conflicts == ((photo_id,),)
    catalog.mark([photo_id], status="kept")
    assert find_duplicates(catalog).conflicts == ()


def test_near_copies_under_both_labels_are_a_conflict_until_one_side_is_gone(
    catalog: Catalog, noise_photo: Noise
) -> None:
    """Rejecting or relabeling one of them settles it; they stay near copies."""
    large, small = _offer(catalog, noise_photo(1, 128), "happy"), _offer(catalog, noise_photo(1, 96), "sad")
    assert find_duplicates(catalog).conflicts == ((large, small),)
    catalog.mark([small], label="happy")
    assert find_duplicates(catalog).conflicts == ()
    catalog.undo()
    catalog.mark([small], status="rejected")
    assert find_duplicates(catalog).conflicts == ()
    assert find_duplicates(catalog).clusters == dict.fromkeys((large, small), min(large, small))


def test_the_very_same_picture_comes_before_near_copies(catalog: Catalog, noise_photo: Noise) -> None:
    """Certain conflicts come first, and each group is listed once."""
    near = _offer(catalog, noise_photo(1, 128), "happy"), _offer(catalog, noise_photo(1, 96), "sad")
    same = _offer(catalog, noise_photo(2), "happy")
    _offer(catalog, noise_photo(2), "sad")
    assert find_duplicates(catalog).conflicts == ((same,), near)
    _offer(catalog, noise_photo(1, 128), "sad")
    assert find_duplicates(catalog).conflicts == (near, (same,))


def test_the_best_copy_is_kept_and_the_rest_rejected_in_one_batch(catalog: Catalog, noise_photo: Noise) -> None:
    """Most pixels win; one undo restores all."""
    small, large, middle = (_offer(catalog, noise_photo(1, side), "sad") for side in (64, 128, 96))
    assert keep_best(catalog, [small, large, middle]) == large
    assert [photo.status for photo in catalog.photos()] == ["rejected", "kept", "rejected"]
    catalog.undo()
    assert [photo.status for photo in catalog.photos()] == ["new"] * 3


def test_of_equal_size_the_sharper_copy_is_kept(catalog: Catalog) -> None:
    """A blurred enlargement does not beat the original."""
    picture = draw_photo("sad", 1)
    blurred, sharp = (
        _offer(catalog, saved(image), "sad") for image in (picture.filter(ImageFilter.GaussianBlur(4)), picture)
    )
    assert keep_best(catalog, [blurred, sharp]) == sharp


def test_a_rejected_copy_is_not_brought_back_as_the_best(catalog: Catalog, noise_photo: Noise) -> None:
    """A photo that the user rejected loses against one that they did not."""
    small, large = (_offer(catalog, noise_photo(1, side), "sad") for side in (64, 128))
    catalog.mark([large], status="rejected")
    assert keep_best(catalog, [small, large]) == small
    assert [photo.status for photo in catalog.photos()] == ["kept", "rejected"]


def test_keeping_the_best_of_an_unknown_photo_changes_nothing(catalog: Catalog, noise_photo: Noise) -> None:
    """All ids must be known."""
    photo_id = _offer(catalog, noise_photo(1), "sad")
    with pytest.raises(PhotoNotFound, match="'unknown'"):
        keep_best(catalog, [photo_id, "unknown"])
    assert catalog.undo() is None


def test_few_uncompared_photos_are_few_among_few(
    catalog: Catalog, noise_photo: Noise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page compares only what is quick: not if all is known, and not among very many photos."""
    assert not has_few_uncompared(catalog)
    for number in range(3):
        _offer(catalog, noise_photo(number), "sad")
    assert has_few_uncompared(catalog)
    for limit in ("_NEW_AT_ONCE", "_PHOTOS_AT_ONCE"):
        with monkeypatch.context() as patch:
            patch.setattr(findings, limit, 2)
            assert not has_few_uncompared(catalog)
    find_duplicates(catalog)
    assert not has_few_uncompared(catalog)
