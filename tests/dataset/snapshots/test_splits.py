"""Splits: near copies stay together, classes are balanced, and only the seed matters."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from emotion_core.dataset import SPLITS, SplitFractions, assign_splits
from emotion_core.dataset.snapshots.splits import assign_folds, copies_text
from emotion_core.errors import DataError

DEFAULT = SplitFractions()


def alone(count: int) -> list[str]:
    """Return one group per photo."""
    return [str(number) for number in range(count)]


@st.composite
def grouped_photos(draw: st.DrawFn) -> tuple[list[int], list[str]]:
    """Draw labels and groups of any shape, with enough photos of both classes."""
    groups = draw(st.lists(st.integers(0, 40), min_size=30, max_size=150))
    labels = draw(st.lists(st.integers(0, 1), min_size=len(groups), max_size=len(groups)))
    # A few photos by themselves, so that no part is left without a class.
    labels += [0, 1] * 10
    return labels, [f"g{group}" for group in groups] + [f"single{number}" for number in range(20)]


fractions = st.builds(SplitFractions, st.floats(0.1, 0.4), st.floats(0.1, 0.4))


@settings(deadline=None)
@given(photos=grouped_photos(), fractions=fractions, seed=st.integers(0, 2**31 - 1))
def test_no_group_crosses_a_split(photos: tuple[list[int], list[str]], fractions: SplitFractions, seed: int) -> None:
    """All near copies of a photo are in one part, for any grouping."""
    labels, groups = photos
    parts = defaultdict(set)
    try:
        split = assign_splits(labels, groups, fractions=fractions, seed=seed)
    except DataError as error:
        assert "only one class" in str(error)
        return
    for group, part in zip(groups, split, strict=True):
        parts[group].add(part)
    assert all(len(splits) == 1 for splits in parts.values())
    assert set(split) == set(SPLITS)


@settings(deadline=None)
@given(
    counts=st.tuples(st.integers(15, 120), st.integers(15, 120)),
    fractions=fractions,
    seed=st.integers(0, 2**31 - 1),
)
def test_single_photos_are_balanced_to_two_photos_of_ideal(
    counts: tuple[int, int], fractions: SplitFractions, seed: int
) -> None:
    """Without near copies each part holds its share of each class, give or take two photos."""
    labels = [0] * counts[0] + [1] * counts[1]
    split = assign_splits(labels, alone(len(labels)), fractions=fractions, seed=seed)
    counted = Counter(zip(split, labels, strict=True))
    for part, share in zip(SPLITS, fractions.shares, strict=True):
        for label, total in enumerate(counts):
            assert abs(counted[part, label] - share * total) <= 2


def _excess(labels: Sequence[int], split: list[str]) -> np.ndarray:
    """Return the deviation from the ideal count of each label in each part, shape (3, 2)."""
    counted = Counter(zip(split, labels, strict=True))
    counts = [[counted[part, label] for label in (0, 1)] for part in SPLITS]
    return np.abs(np.array(counts) - np.outer(DEFAULT.shares, np.bincount(labels, minlength=2)))


@st.composite
def scraped_photos(draw: st.DrawFn) -> tuple[list[int], list[str]]:
    """Draw photos like those of a scrape: many single ones, groups of any size and label mix, sometimes huge ones."""
    sizes = draw(st.lists(st.integers(2, 9), max_size=30))
    # A huge group fits the training part, or no split could be balanced.
    huge = draw(st.lists(st.integers(20, 50), max_size=2))
    labels = [draw(st.integers(0, 1)) if draw(st.booleans()) else None for _ in [*sizes, *huge]]
    drawn: list[int] = []
    groups: list[str] = []
    for number, (size, label) in enumerate(zip([*sizes, *huge], labels, strict=True)):
        mixed = draw(st.integers(0, size)) if label is None else size * label
        drawn += [1] * mixed + [0] * (size - mixed)
        groups += [f"group {number}"] * size
    happy, sad = draw(st.tuples(st.integers(60, 120), st.integers(60, 120)))
    return drawn + [0] * happy + [1] * sad, groups + [f"alone {number}" for number in range(happy + sad)]


@settings(deadline=None)
@given(photos=scraped_photos(), seed=st.integers(0, 2**31 - 1))
def test_scraped_photos_are_balanced_to_two_photos_and_no_group_crosses(
    photos: tuple[list[int], list[str]], seed: int
) -> None:
    """With small, mixed and huge groups each part has its share of each label, give or take two photos."""
    labels, groups = photos
    split = assign_splits(labels, groups, fractions=DEFAULT, seed=seed)
    assert _excess(labels, split).max() <= 2
    assert len(set(zip(groups, split, strict=True))) == len(set(groups))


@settings(deadline=None)
@given(photos=grouped_photos(), folds=st.integers(2, 10), seed=st.integers(0, 2**31 - 1))
def test_each_group_is_tested_in_exactly_one_fold(photos: tuple[list[int], list[str]], folds: int, seed: int) -> None:
    """Every photo is tested once, together with all its near copies, which share its part in the other folds too."""
    labels, groups = photos
    try:
        table = assign_folds(labels, groups, folds=folds, validation=0.2, seeds=[seed])
    except DataError as error:
        assert "only one class" in str(error)
        return
    assert {split.count("test") for split in table} == {1}
    assert len(set(zip(groups, table, strict=True))) == len(set(groups))
    assert all(set(split) == set(SPLITS) for split in zip(*table, strict=True))


@settings(deadline=None)
@given(counts=st.tuples(st.integers(20, 120), st.integers(20, 120)), folds=st.integers(2, 10), seed=st.integers(0, 99))
def test_folds_are_balanced_to_two_photos_of_ideal(counts: tuple[int, int], folds: int, seed: int) -> None:
    """Each fold tests one in k of each class and validates with a fifth, give or take two photos."""
    labels = [0] * counts[0] + [1] * counts[1]
    table = assign_folds(labels, alone(len(labels)), folds=folds, validation=0.2, seeds=[seed])
    for split in zip(*table, strict=True):
        counted = Counter(zip(split, labels, strict=True))
        for label, total in enumerate(counts):
            assert abs(counted["test", label] - total / folds) <= 2
            assert abs(counted["validation", label] - total / 5) <= 2


def test_folds_follow_the_seed_and_each_has_validation_photos_of_its_own() -> None:
    """Only the seed matters, and no two folds have the same validation photos."""
    first, same, other = (
        assign_folds([0, 1] * 50, alone(100), folds=5, validation=0.2, seeds=seed) for seed in ([7, 3], [7, 3], [7, 4])
    )
    assert first == same != other
    assert len({tuple(part == "validation" for part in fold) for fold in zip(*first, strict=True)}) == 5


@pytest.mark.parametrize(
    ("labels", "groups", "message"),
    [
        ([0, 1] * 7, alone(14), "too few photos for 8 folds.*at least 8 happy.*Received: 7 happy, 7 sad.*fewer folds"),
        ([0, 1] * 20, ["happy", "sad"] * 20, "test part of fold . of 8 would have only one class.*fewer folds"),
    ],
    ids=["few photos", "near copies"],
)
def test_too_few_photos_for_the_folds_are_refused_with_their_numbers(
    labels: list[int], groups: list[str], message: str
) -> None:
    """A fold without photos of both classes is an error that says what to do."""
    with pytest.raises(DataError, match=message):
        assign_folds(labels, groups, folds=8, validation=0.2, seeds=[0])


@pytest.mark.parametrize(
    ("labels", "groups", "message"),
    [
        ([0, 1] * 20, ["copy"] * 40, "^All 40 photos are near copies of one another. Near copies stay in one part"),
        (
            [0, 1] * 20,
            ["happy", "sad"] * 20,
            "^Counting near copies once, 1 happy and 1 sad photo remain; at least 3 of each are needed. Near copies",
        ),
        ([0] * 20 + [1] * 6, [*alone(20), *["a", "b"] * 3], "^Counting near copies once, 20 happy and 2 sad photos"),
    ],
    ids=["one group", "one group a class", "two groups of a class"],
)
def test_near_copies_that_leave_a_part_without_a_class_are_named_first(
    labels: list[int], groups: list[str], message: str
) -> None:
    """Where no split is possible because of near copies, the error says so and does not advise to collect any more."""
    with pytest.raises(DataError, match=f"{message}.*Collect different photos: to reject near copies is not enough.$"):
        assign_splits(labels, groups, fractions=DEFAULT, seed=0)
    assert copies_text(np.array(labels), groups)


@pytest.mark.parametrize(("folds", "groups", "least"), [(0, 3, 3), (2, 4, 4), (5, 5, 5)])
def test_as_many_different_photos_as_named_can_be_split(folds: int, groups: int, least: int) -> None:
    """With the number that the sentence asks for there is a split, and with one fewer the sentence comes."""
    # Sizes that fit the parts of a split: three, one and one in five.
    of_photo = [0, 0, 0, *range(1, 3)] * 4 if not folds else list(range(groups)) * 4
    labels = np.repeat([0, 1], len(of_photo))
    names = [f"{label}-{group}" for label, group in zip(labels, of_photo * 2, strict=True)]
    fewer = [f"{label}-{max(group, 1)}" for label, group in zip(labels, of_photo * 2, strict=True)]
    assert copies_text(labels, names, folds) == ""
    assert f"at least {least} of each" in copies_text(labels, fewer, folds)
    if folds:
        assert assign_folds(labels.tolist(), names, folds=folds, validation=0.2, seeds=[0] * (folds + 1))
    else:
        assert assign_splits(labels.tolist(), names, fractions=DEFAULT, seed=0)


def test_different_photos_need_no_word_on_near_copies() -> None:
    """Few photos without near copies have another problem, and no photos none."""
    assert copies_text(np.array([0, 1]), ["a", "b"]) == ""
    assert copies_text(np.zeros(0, dtype=np.int64), []) == ""


def _by_scikit_learn(labels: np.ndarray, groups: np.ndarray, seed: int) -> list[str]:
    """Return the split of StratifiedGroupKFold: of five folds one tests and one validates."""
    split = np.array(["train"] * len(labels), dtype=object)
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(labels, labels, groups)
    for part, (_, fold) in zip(("test", "validation"), folds, strict=False):
        split[fold] = part
    return list(split)


def test_balance_of_a_few_mixed_groups_is_better_than_that_of_scikit_learn() -> None:
    """Without single photos to fill gaps, the largest deviation is less than a quarter of scikit-learn's."""
    random = np.random.default_rng(0)
    ours, theirs = [], []
    for seed in range(40):
        groups = np.repeat(np.arange(13), random.integers(1, 16, 13))
        labels = random.integers(0, 2, len(groups))
        split = assign_splits(labels.tolist(), groups.astype(str).tolist(), fractions=DEFAULT, seed=seed)
        ours.append(_excess(labels, split).max())
        theirs.append(_excess(labels, _by_scikit_learn(labels, groups, seed)).max())
    assert np.mean(ours) < np.mean(theirs) / 4
    assert all(np.array(ours) <= np.array(theirs) + 1)


def test_a_group_larger_than_a_part_goes_to_training() -> None:
    """A cluster of half the photos goes to training, and the others fill validation and test exactly."""
    labels = [0] * 50 + [1] * 50 + [0, 1] * 50
    split = assign_splits(labels, ["huge"] * 100 + alone(100), fractions=DEFAULT, seed=0)
    assert set(split[:100]) == {"train"}
    assert _excess(labels, split).max() < 1e-9


def test_240_and_240_photos_split_60_20_20_exactly() -> None:
    """The source study's numbers are reproduced exactly: 144, 48 and 48 of each class."""
    labels = [0] * 240 + [1] * 240
    split = assign_splits(labels, alone(480), fractions=DEFAULT, seed=0)
    assert Counter(zip(split, labels, strict=True)) == {
        ("train", 0): 144,
        ("train", 1): 144,
        ("validation", 0): 48,
        ("validation", 1): 48,
        ("test", 0): 48,
        ("test", 1): 48,
    }


def test_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    """Nothing but the seed chooses among equally good splits."""
    labels = [0, 1] * 50
    again = [assign_splits(labels, alone(100), fractions=DEFAULT, seed=seed) for seed in (7, 7, 8)]
    assert again[0] == again[1]
    assert again[0] != again[2]


def test_split_does_not_follow_the_order_of_the_photos() -> None:
    """The order of collecting does not affect the parts."""
    split = assign_splits([0, 1] * 100, alone(200), fractions=DEFAULT, seed=0)
    places = np.flatnonzero(np.array(split) == "test")
    assert 60 < places.mean() < 140


@pytest.mark.parametrize(
    "labels", [[0] * 40, [1] * 40, [0] * 40 + [1] * 4, [0, 1, 1], []], ids=["happy", "sad", "4 sad", "3", "none"]
)
def test_too_few_photos_of_a_class_are_refused_with_their_numbers(labels: list[int]) -> None:
    """One class, or a handful of photos, is too little for a study, and the error counts the photos."""
    happy, sad = labels.count(0), labels.count(1)
    with pytest.raises(DataError, match=rf"too few photos.*Received: {happy} happy, {sad} sad"):
        assign_splits(labels, alone(len(labels)), fractions=DEFAULT, seed=0)


def test_five_photos_of_each_class_are_enough() -> None:
    """The smallest number named in the error is enough."""
    split = assign_splits([0] * 5 + [1] * 5, alone(10), fractions=DEFAULT, seed=0)
    assert Counter(split) == {"train": 6, "validation": 2, "test": 2}


def test_near_copies_that_leave_a_part_without_a_class_are_an_error() -> None:
    """Twenty copies of one photo cannot fill three parts."""
    with pytest.raises(DataError, match=r"only one class.*reject near copies"):
        assign_splits([0] * 20 + [1] * 20, ["same"] * 20 + alone(20), fractions=DEFAULT, seed=0)


@pytest.mark.parametrize(("validation", "test"), [(0, 0.2), (0.2, 0), (0.5, 0.5), (-0.1, 0.2), (float("nan"), 0.2)])
def test_impossible_fractions_are_refused(validation: float, test: float) -> None:
    """Every part needs photos."""
    with pytest.raises(DataError, match="split fractions are out of range"):
        SplitFractions(validation, test)
