"""The data set's own split: parts are kept, missing ones drawn from training, near copies across parts left out."""

from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from emotion_core.dataset import (
    PREDEFINED,
    Catalog,
    Origin,
    PredefinedSplit,
    SplitFractions,
    freeze,
    load_snapshot,
    offer_predefined_split,
)
from emotion_core.dataset.snapshots.predefined import predefined_split
from emotion_core.documents import read_document, write_document
from emotion_core.errors import DataError

Noise = Callable[..., bytes]
TEN = {"train": (6, 6), "validation": (2, 2), "test": (3, 2)}


def _add(catalog: Catalog, noise_photo: Noise, parts: Mapping[str | None, tuple[int, int]]) -> dict[str, str | None]:
    """Add so many happy and sad photos of each part, all different, and return the part by photo id."""
    own: dict[str, str | None] = {}
    for part, counts in parts.items():
        for label, count in zip(("happy", "sad"), counts, strict=True):
            for _ in range(count):
                addition = catalog.add(noise_photo(len(own)), label=label, origin=Origin("x.png"), split=part)
                own[addition.photo_id] = part
    return own


def test_photos_keep_the_parts_that_they_came_with(catalog: Catalog, noise_photo: Noise) -> None:
    """Every photo is in its own part whatever the seed; photos without a split are left out and counted."""
    own = _add(catalog, noise_photo, {**TEN, None: (2, 1)})
    frozen = freeze(catalog, split_source=PREDEFINED, seed=5)
    assert {item.photo_id: item.split for item in frozen.items} == {
        photo_id: part for photo_id, part in own.items() if part
    }
    assert frozen.predefined == PredefinedSplit(without_split=3)
    assert frozen.predefined.sentence == "The split is the data set's own. 3 photos without a split are left out."
    assert freeze(catalog, split_source=PREDEFINED).fingerprint == frozen.fingerprint
    assert load_snapshot(catalog.workspace, frozen.fingerprint) == frozen
    assert freeze(catalog).predefined is None


@pytest.mark.parametrize(
    ("parts", "drawn", "sizes"),
    [
        ({"train": (20, 10), "test": (5, 5)}, ("validation",), {"train": 24, "validation": 6, "test": 10}),
        ({"train": (20, 10), "validation": (5, 5)}, ("test",), {"train": 24, "validation": 10, "test": 6}),
        ({"train": (20, 10)}, ("validation", "test"), {"train": 18, "validation": 6, "test": 6}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_missing_parts_are_drawn_from_the_training_part(
    catalog: Catalog,
    noise_photo: Noise,
    parts: Mapping[str | None, tuple[int, int]],
    drawn: tuple[str, ...],
    sizes: Mapping[str, int],
) -> None:
    """Each missing part is its share of the training photos, with both classes; the parts that exist stay whole."""
    own = _add(catalog, noise_photo, parts)
    frozen = freeze(catalog, split_source=PREDEFINED)
    assert frozen.predefined == PredefinedSplit(drawn=drawn)
    assert Counter(item.split for item in frozen.items) == sizes
    assert all(own[item.photo_id] in (item.split, "train") for item in frozen.items)
    assert all(own[item.photo_id] == "train" for item in frozen.items if item.split in drawn)
    assert all(row["happy"] == 2 * row["sad"] for part, row in frozen.counts().items() if part in drawn)
    assert f"It has no {drawn[0]} part" in frozen.predefined.sentence
    assert freeze(catalog, split_source=PREDEFINED, seed=1).fingerprint != frozen.fingerprint


def test_near_copies_of_later_photos_are_left_out(catalog: Catalog, noise_photo: Noise) -> None:
    """The test part stays whole; its copies leave training and validation, and those of validation leave training."""
    own = _add(catalog, noise_photo, TEN)
    offers = [
        *((900, 32, "test"), (900, 40, "train"), (900, 48, "validation"), (901, 32, "validation"), (901, 40, "train")),
        *((902, 32, "train"), (902, 40, "train"), (903, 32, None), (903, 40, "test")),
    ]
    ids = [
        catalog.add(noise_photo(seed, side), label="sad", origin=Origin("x.png"), split=part).photo_id
        for seed, side, part in offers
    ]
    frozen = freeze(catalog, split_source=PREDEFINED)
    parts = {item.photo_id: item.split for item in frozen.items}
    assert [parts.get(photo_id) for photo_id in ids] == [
        *("test", None, None, "validation", None),
        *("train", "train", None, "test"),
    ]
    assert parts.keys() >= own.keys()
    assert frozen.predefined == PredefinedSplit(without_split=1, near_copies=3, copied=1)
    assert frozen.predefined.sentence.endswith(
        "3 training or validation photos are left out as near copies of photos in a later part; "
        "1 test photo had such a copy."
    )
    assert frozen.clusters == 1


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({None: (9, 9)}, "no training part of their own.*Received: no split at all"),
        ({"validation": (9, 9), "test": (9, 9)}, "no training part of their own.*Received: validation and test"),
        ({"train": (9, 9), "test": (5, 0)}, "The test part of the data set's own split lacks a class.*5 happy, 0 sad"),
        ({"train": (9, 1), "test": (5, 5)}, "The validation part drawn from the training part lacks a class"),
        ({"train": (2, 2), "validation": (1, 1), "test": (1, 1)}, "too few photos for a study"),
    ],
    ids=("none", "no training", "one class", "one class drawn", "few"),
)
def test_split_that_cannot_be_used_is_explained(
    catalog: Catalog, noise_photo: Noise, parts: Mapping[str | None, tuple[int, int]], problem: str
) -> None:
    """The sentence names the part, its photos and what to do; the offer for the page has the same."""
    _add(catalog, noise_photo, parts)
    with pytest.raises(DataError, match=problem) as raised:
        freeze(catalog, split_source=PREDEFINED)
    offer = offer_predefined_split(catalog)
    assert (offer is None) == (None in parts)
    if offer:
        assert offer.problem == str(raised.value)
        assert {part: tuple(row.values()) for part, row in offer.counts.items() if any(row.values())} == parts


@pytest.mark.parametrize("lacking", [(), ("validation",)])
def test_training_photos_that_are_all_near_copies_are_explained(lacking: tuple[str, ...]) -> None:
    """Where the test part has a copy of each training photo, nothing is left to train on, and the reason says so."""
    own = {"a": "train", "b": "train", "c": "test", "d": "test", "e": "validation", "f": "validation"}
    own = {photo_id: part for photo_id, part in own.items() if part not in lacking}
    labels = {photo_id: ("happy", "sad")[number % 2] for number, photo_id in enumerate(own)}
    clusters = {"a": "1", "c": "1", "b": "2", "d": "2"}
    with pytest.raises(DataError, match="Each training photo is a near copy of a photo in a later part"):
        predefined_split(labels, own, clusters, fractions=SplitFractions(), seed=0)


def test_offer_is_what_a_study_would_get(catalog: Catalog, noise_photo: Noise) -> None:
    """Counts by part and class and the sentence are those of the snapshot, for the chosen sources."""
    _add(catalog, noise_photo, {"train": (20, 10), "test": (5, 5), None: (1, 1)})
    web = Origin("x", source_url="https://a.example/x.png")
    catalog.add(noise_photo(500), label="sad", origin=web, split="test")
    fractions = SplitFractions(0.4, 0.1)
    frozen = freeze(catalog, split_source=PREDEFINED, fractions=fractions, sources=["files"])
    offer = offer_predefined_split(catalog, sources=["files"], fractions=fractions)
    assert (offer.counts, offer.split, offer.problem) == (frozen.counts(), frozen.predefined, "")
    assert offer_predefined_split(catalog, sources=["elsewhere.example"]) is None


def test_snapshots_from_before_are_drawn_ones(catalog: Catalog, noise_photo: Noise) -> None:
    """A file without the record of the split is read as a random split."""
    _add(catalog, noise_photo, TEN)
    frozen = freeze(catalog)
    path = catalog.workspace.snapshots / frozen.fingerprint / "snapshot.json"
    stored = read_document(path)
    del stored["predefined"]
    path.chmod(0o644)
    write_document(path, stored)
    assert load_snapshot(catalog.workspace, frozen.fingerprint) == frozen
