"""Candidates: the most similar images, with and without cells."""

import numpy as np
import pytest
from PIL import Image

from emotion_core.collect.samples.gallery import draw_photo
from emotion_core.dataset.near_copies import candidate_index
from emotion_core.dataset.near_copies.candidate_index import Candidates, likely_pairs
from emotion_core.dataset.near_copies.dct_descriptors import COARSE_SIDE_PX, WINDOWS, GrayImages, Window

SIDES = (COARSE_SIDE_PX,) * 2
COUNT = 60


def small(image: Image.Image) -> GrayImages:
    """Return the image in the size that is compared."""
    return np.asarray(image.convert("L").resize(SIDES, Image.Resampling.BOX))


@pytest.fixture(scope="module")
def drawn() -> GrayImages:
    """Return drawn photos, then the left nine tenths of each, mirrored."""
    photos = [draw_photo("happy", number) for number in range(COUNT)]
    cut = [
        photo.crop((0, 0, photo.width * 9 // 10, photo.height)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        for photo in photos
    ]
    return np.stack([small(image) for image in (*photos, *cut)])


def pairs_of(candidates: Candidates) -> set[tuple[int, int]]:
    """Return the pairs, smaller position first."""
    ends = np.sort(np.stack([candidates.first, candidates.second]), axis=0)
    return set(map(tuple, ends.T.tolist()))


COPIES = {(number, number + COUNT) for number in range(COUNT)}


def _few_to_a_cell(monkeypatch: pytest.MonkeyPatch, *, cells_per_picture: int) -> None:
    """Treat a hundred images like many thousands."""
    monkeypatch.setattr(candidate_index, "_PICTURES_PER_CELL", 5)
    monkeypatch.setattr(candidate_index, "_CELLS_PER_PICTURE", cells_per_picture)


@pytest.mark.parametrize("first_new", [0, COUNT])
def test_copies_are_found_in_cells_and_far_fewer_pairs_compared(
    drawn: GrayImages, monkeypatch: pytest.MonkeyPatch, first_new: int
) -> None:
    """With a third of the comparisons no copy is missed, whether all images or only the copies are new."""
    is_new = np.arange(len(drawn)) >= first_new
    compared: list[int] = []
    compare = candidate_index._compare

    def counted(*given: object) -> None:
        rows, columns = given[3:5]
        compared.append(len(rows) * len(columns))  # type: ignore[arg-type]
        compare(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(candidate_index, "_compare", counted)
    among_all = likely_pairs(drawn, is_new, lambda _: None)
    assert pairs_of(among_all) >= COPIES
    all_compared = sum(compared)
    compared.clear()
    _few_to_a_cell(monkeypatch, cells_per_picture=6)
    assert pairs_of(likely_pairs(drawn, is_new, lambda _: None)) >= COPIES
    assert 0 < sum(compared) < all_compared / 3


def test_pair_is_named_once_and_none_is_of_known_pictures_or_of_one_with_itself(drawn: GrayImages) -> None:
    """Even if it is found in several windows, mirrored, and in both directions."""
    is_new = np.arange(len(drawn)) >= COUNT
    candidates = likely_pairs(drawn, is_new, lambda _: None)
    assert len(pairs_of(candidates)) == len(candidates.first) > COUNT
    assert (is_new[candidates.first] | is_new[candidates.second]).all()
    assert (candidates.first != candidates.second).all()
    assert (candidates.similarity > candidate_index.MIN_SIMILARITY).all()


def test_each_new_picture_brings_its_most_alike_only(drawn: GrayImages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dropping surplus candidates along the way gives the same result as dropping them at the end."""
    is_new = np.ones(len(drawn), dtype=bool)
    monkeypatch.setattr(candidate_index, "_MAX_CANDIDATES", 3)
    in_the_end = likely_pairs(drawn, is_new, lambda _: None)
    assert len(in_the_end.first) <= 3 * len(drawn)
    monkeypatch.setattr(candidate_index, "_MAX_HELD", 50)
    monkeypatch.setattr(candidate_index, "_PAIRS_AT_ONCE", 500)
    all_along = likely_pairs(drawn, is_new, lambda _: None)
    assert pairs_of(all_along) == pairs_of(in_the_end)


def test_alignment_begins_where_the_part_was_found() -> None:
    """Window and mirror determine the initial scales and shifts, in units of half the side."""
    window = Window(0.1, 0.2, 0.8, 0.8)
    number = WINDOWS.index(window) + 1
    nothing = np.zeros(2, dtype=np.int32)
    places = np.array([number, -number], dtype=np.int8)
    candidates = Candidates(nothing, nothing, nothing.astype(np.float32), places)
    np.testing.assert_allclose(candidates.starts(), [[0.8, 0, 0.8, 0.2], [-0.8, 0, 0.8, 0.2]], atol=1e-6)
