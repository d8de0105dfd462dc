"""Near copies: found after resizing and recompression, and never between different photos."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from emotion_core.collect.samples.gallery import LABELS, draw_photo
from emotion_core.dataset import Catalog, Origin, Photo, near_copy_clusters, quality

PER_CLASS = 240


def photo_with(photo_id: str, phash: int) -> Photo:
    """Return a photo of which only id and hash matter."""
    signed = int(np.uint64(phash).astype(np.int64))
    return Photo(photo_id, "happy", "new", "", None, None, None, None, "", "", ".jpg", 1, 1, 1, signed, (), 0.0)


def saved(image: Image.Image, image_format: str = "JPEG", **options: object) -> bytes:
    """Return the picture as a file."""
    out = io.BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()


def copies(image: Image.Image) -> list[bytes]:
    """Return the picture as other sites would serve it: resized, recompressed, a little brighter."""
    smaller = image.resize((128, 128), Image.Resampling.LANCZOS)
    larger = image.resize((400, 400), Image.Resampling.BICUBIC)
    brighter = ImageEnhance.Brightness(image).enhance(1.08)
    return [
        saved(image, quality=60),
        saved(smaller, quality=75),
        saved(larger, quality=85),
        saved(image, "WEBP", quality=60),
        saved(brighter, quality=85),
    ]


@pytest.mark.parametrize(("label", "index"), [("happy", 0), ("happy", 100), ("sad", 1), ("sad", 200)])
def test_resized_and_recompressed_copies_form_one_cluster(catalog: Catalog, label: str, index: int) -> None:
    """The copies of one photo are found, and a photo beside them is left out."""
    original = draw_photo(label, index)
    for number, data in enumerate([saved(original, "PNG"), *copies(original)]):
        assert not catalog.add(data, label=label, origin=Origin(f"copy-{number}")).duplicate
    stranger = catalog.add(saved(draw_photo(label, index + 1)), label=label, origin=Origin("stranger")).photo_id
    photos = catalog.photos()
    clusters = near_copy_clusters(photos)
    ours = {photo.photo_id for photo in photos} - {stranger}
    assert clusters == dict.fromkeys(ours, min(ours))


def test_no_two_different_gallery_photos_count_as_near_copies() -> None:
    """Of the sample gallery's 480 photos none falls into a cluster by accident."""
    photos = [
        photo_with(f"{label}-{index}", quality.measure(draw_photo(label, index)).phash)
        for label in LABELS
        for index in range(PER_CLASS)
    ]
    assert near_copy_clusters(photos) == {}


def test_clusters_are_chains_named_by_their_smallest_id() -> None:
    """A copy of a copy belongs to the cluster, even where its ends are further apart than the limit."""
    photos = [photo_with("c", 0b0), photo_with("a", 0b1111), photo_with("b", 0b11111111), photo_with("z", 2**63)]
    assert near_copy_clusters(photos) == {"a": "a", "b": "a", "c": "a"} | {"z": "a"}
    assert near_copy_clusters(photos, max_distance=0) == {}


def test_distance_counts_every_bit_the_sign_bit_included() -> None:
    """Hashes are kept as signed numbers and compared as 64 bits."""
    near, far = photo_with("near", 2**64 - 1), photo_with("far", 2**63 - 1)
    assert near_copy_clusters([near, far], max_distance=1) == {"near": "far", "far": "far"}
    assert near_copy_clusters([near, far], max_distance=0) == {}


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_photos_have_no_near_copies(count: int) -> None:
    """Nothing to compare is no error."""
    assert near_copy_clusters([photo_with("a", 5)][:count]) == {}


def test_many_photos_are_compared_across_blocks() -> None:
    """Near copies are found wherever they stand in a long list, and only they."""
    chance = np.random.default_rng(0)
    hashes = [int(value) for value in chance.integers(0, 2**63, 5000)]
    hashes[4999] = hashes[3] ^ 0b101
    hashes[2050] = hashes[2047] ^ 0b1
    photos = [photo_with(f"{number:04d}", phash) for number, phash in enumerate(hashes)]
    assert near_copy_clusters(photos) == {"0003": "0003", "4999": "0003", "2047": "2047", "2050": "2047"}


def test_catalog_of_copies_only_is_one_cluster(catalog: Catalog, noise_photo: Callable[..., bytes]) -> None:
    """Label and status play no part in what is a copy."""
    image = Image.open(io.BytesIO(noise_photo(1, 128)))
    for label, data in zip(["happy", "sad"], [saved(image), saved(image.resize((96, 96)))], strict=True):
        photo_id = catalog.add(data, label=label, origin=Origin(label)).photo_id
    catalog.mark([photo_id], status="rejected")
    assert len(set(near_copy_clusters(catalog.photos()).values())) == 1
    assert len(near_copy_clusters(catalog.photos())) == 2
