"""Findings: photos that are there under both labels, what each side was called, and keeping the best of copies."""

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
    """Return the picture as a file."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def offer(catalog: Catalog, data: bytes, label: str, name: str = "x") -> str:
    """Add a photo and return its id."""
    return catalog.add(
        data, label=label, origin=Origin(name, f"https://{name}.example/", f"https://{name}.page/")
    ).photo_id


def test_one_picture_offered_under_both_labels_is_a_conflict_until_decided(
    catalog: Catalog, noise_photo: Noise
) -> None:
    """The same file came as happy and as sad; a mark of it settles that, and undoing the mark opens it again."""
    photo_id = offer(catalog, noise_photo(1), "happy", "a")
    offer(catalog, noise_photo(2), "happy", "b")
    offer(catalog, noise_photo(1), "sad", "c")
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
    """Rejecting or relabelling one of them settles it; they stay near copies."""
    large, small = offer(catalog, noise_photo(1, 128), "happy"), offer(catalog, noise_photo(1, 96), "sad")
    assert find_duplicates(catalog).conflicts == ((large, small),)
    catalog.mark([small], label="happy")
    assert find_duplicates(catalog).conflicts == ()
    catalog.undo()
    catalog.mark([small], status="rejected")
    assert find_duplicates(catalog).conflicts == ()
    assert find_duplicates(catalog).clusters == dict.fromkeys((large, small), min(large, small))


def test_the_very_same_picture_comes_before_near_copies(catalog: Catalog, noise_photo: Noise) -> None:
    """Conflicts that nobody can doubt are shown first; a group is named once."""
    near = offer(catalog, noise_photo(1, 128), "happy"), offer(catalog, noise_photo(1, 96), "sad")
    same = offer(catalog, noise_photo(2), "happy")
    offer(catalog, noise_photo(2), "sad")
    assert find_duplicates(catalog).conflicts == ((same,), near)
    offer(catalog, noise_photo(1, 128), "sad")
    assert find_duplicates(catalog).conflicts == (near, (same,))


def test_the_best_copy_is_kept_and_the_rest_rejected_in_one_batch(catalog: Catalog, noise_photo: Noise) -> None:
    """Most pixels first; one undo brings all of them back."""
    small, large, middle = (offer(catalog, noise_photo(1, side), "sad") for side in (64, 128, 96))
    assert keep_best(catalog, [small, large, middle]) == large
    assert [photo.status for photo in catalog.photos()] == ["rejected", "kept", "rejected"]
    catalog.undo()
    assert [photo.status for photo in catalog.photos()] == ["new"] * 3


def test_of_equal_size_the_sharper_copy_is_kept(catalog: Catalog) -> None:
    """A blurred enlargement does not beat the picture itself."""
    picture = draw_photo("sad", 1)
    blurred, sharp = (
        offer(catalog, saved(image), "sad") for image in (picture.filter(ImageFilter.GaussianBlur(4)), picture)
    )
    assert keep_best(catalog, [blurred, sharp]) == sharp


def test_a_rejected_copy_is_not_brought_back_as_the_best(catalog: Catalog, noise_photo: Noise) -> None:
    """What a person threw out loses against what they did not."""
    small, large = (offer(catalog, noise_photo(1, side), "sad") for side in (64, 128))
    catalog.mark([large], status="rejected")
    assert keep_best(catalog, [small, large]) == small
    assert [photo.status for photo in catalog.photos()] == ["kept", "rejected"]


def test_keeping_the_best_of_an_unknown_photo_changes_nothing(catalog: Catalog, noise_photo: Noise) -> None:
    """All ids must be known."""
    photo_id = offer(catalog, noise_photo(1), "sad")
    with pytest.raises(PhotoNotFound, match="'nobody'"):
        keep_best(catalog, [photo_id, "nobody"])
    assert catalog.undo() is None


def test_few_uncompared_photos_are_few_among_few(
    catalog: Catalog, noise_photo: Noise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page compares what takes no time: nothing where all is known, and nothing with very many others."""
    assert not has_few_uncompared(catalog)
    for number in range(3):
        offer(catalog, noise_photo(number), "sad")
    assert has_few_uncompared(catalog)
    for limit in ("_NEW_AT_ONCE", "_PHOTOS_AT_ONCE"):
        with monkeypatch.context() as patch:
            patch.setattr(findings, limit, 2)
            assert not has_few_uncompared(catalog)
    find_duplicates(catalog)
    assert not has_few_uncompared(catalog)
