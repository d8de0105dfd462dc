"""Augmentation: what each change does to a photo, within its limits, and the same for the same generator state."""

from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, rotate

from emotion_core.training import RunConfig
from emotion_core.training.engine import augment
from emotion_core.training.engine.augmentation import mix

SIDE_PX = 33
LIMITS = {"flip": True, "rotation": 20.0, "brightness": 0.3, "contrast": 0.5, "crop": 0.3, "blur": 2.0, "erase": 0.2}
LIMITS |= {"zoom": 0.3, "shift": 0.2, "dark": 0.8, "cover": 0.5}
CHANGES = [{name: limit} for name, limit in LIMITS.items()]


def photos(count: int = 200, channels: int = 3) -> np.ndarray:
    """Return copies of one photo that is dark on the left and bright on the right, with a soft blob upper left."""
    rows, columns = np.indices((SIDE_PX, SIDE_PX)) / (SIDE_PX - 1)
    blob = 60 * np.exp(-((rows - 0.25) ** 2 + (columns - 0.3) ** 2) / 0.02)
    photo = (50 + 80 * columns + blob).round().astype(np.uint8)
    return np.tile(photo[None, :, :, None], (count, 1, 1, channels))


def changed(settings: dict[str, Any], seed: int = 1, **values: Any) -> np.ndarray:
    """Return the photos after augmentation."""
    return augment(photos(**values), RunConfig(**settings), np.random.default_rng(seed))


def test_nothing_switched_on_changes_nothing() -> None:
    """The very same array comes back, without a copy."""
    pixels = photos(3)
    assert augment(pixels, RunConfig(), np.random.default_rng(0)) is pixels


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("settings", CHANGES)
def test_the_same_seed_gives_the_same_photos(settings: dict[str, Any], channels: int) -> None:
    """Shape and type are kept, the photos given are untouched, and each photo is changed differently."""
    pixels = photos(8, channels)
    before = pixels.copy()
    once, again, other = (augment(pixels, RunConfig(**settings), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (once.shape, once.dtype) == (pixels.shape, np.dtype(np.uint8))
    assert (once == again).all()
    assert (once != other).any()
    assert len({photo.tobytes() for photo in once}) > 1
    assert (pixels == before).all()


def test_flip_mirrors_every_second_photo_left_to_right() -> None:
    """A photo is as it was or exactly mirrored, about half of them each."""
    original, mirrored = photos(1)[0], photos(1)[0][:, ::-1]
    augmented = changed({"flip": True})
    is_mirrored = [(photo == mirrored).all() for photo in augmented]
    assert all((photo == original).all() or mirror for photo, mirror in zip(augmented, is_mirrored, strict=True))
    assert 70 < sum(is_mirrored) < 130


def test_brightness_multiplies_within_its_limit() -> None:
    """Every value of a photo has one factor, between 1 - share and 1 + share, and nothing overflows."""
    factors = changed({"brightness": 0.3}).mean(axis=(1, 2, 3)) / photos(1).mean()
    assert 0.69 < factors.min() < 0.75
    assert 1.25 < factors.max() < 1.31
    bright = augment(np.full((50, 8, 8, 1), 250, np.uint8), RunConfig(brightness=0.9), np.random.default_rng(0))
    assert bright.max() == 255
    assert all(np.ptp(photo) == 0 for photo in bright)


def test_contrast_stretches_about_the_photo_s_own_mean() -> None:
    """Brightness on average stays, differences have one factor between 1 - share and 1 + share, nothing overflows."""
    augmented, original = changed({"contrast": 0.4}).astype(float), photos(1)[0].astype(float)
    np.testing.assert_allclose(augmented.mean(axis=(1, 2, 3)), original.mean(), atol=1)
    factors = augmented.std(axis=(1, 2, 3)) / original.std()
    assert 0.59 < factors.min() < 0.65
    assert 1.35 < factors.max() < 1.42
    extreme = np.zeros((50, 8, 8, 1), np.uint8)
    extreme[:, :4] = 255
    strong = augment(extreme, RunConfig(contrast=0.9), np.random.default_rng(0))
    assert (strong.min(), strong.max()) == (0, 255)
    assert (strong[:, 0, 0] > strong[:, 7, 0]).all()


def test_blur_is_that_of_scipy_in_every_second_photo() -> None:
    """About half of the photos are as they were, and the others equal a Gaussian blur within the limit."""
    augmented, original = changed({"blur": 2.0}), photos(1)[0]
    untouched = [(photo == original).all() for photo in augmented]
    assert 70 < sum(untouched) < 130
    widths = np.linspace(0.05, 2.0, 40)
    wanted = [gaussian_filter(original[:, :, 0].astype(float), width, mode="mirror") for width in widths]
    blurred = [photo[:, :, 0] for photo, same in zip(augmented, untouched, strict=True) if not same]
    errors = [[np.abs(photo - candidate).max() for candidate in wanted] for photo in blurred[:30]]
    assert np.min(errors, axis=1).max() < 2
    assert widths[np.argmin(errors, axis=1)].max() > 1.5


def test_erased_is_one_grey_rectangle_in_every_second_photo() -> None:
    """Its area goes up to the limit, it lies anywhere, and all around it the photo is as it was."""
    augmented, original = changed({"erase": 0.3}), photos(1)[0]
    areas, corners = [], []
    for photo in augmented:
        rows, columns = np.nonzero((photo != original).any(axis=2))
        if len(rows):
            box = photo[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
            assert np.ptp(box) == 0, "Within the rectangle there is one grey."
            areas.append(box.shape[0] * box.shape[1] / SIDE_PX**2)
            corners.append((rows.min(), columns.min()))
    assert 70 < len(areas) < 130
    assert 0.25 < max(areas) < 0.33
    assert min(areas) < 0.05
    assert np.ptp(corners, axis=0).min() > SIDE_PX / 2


def test_rotation_turns_within_its_limit_and_leaves_no_black_corner() -> None:
    """Each photo equals SciPy's rotation by some angle up to the limit, both ways, and corners mirror the edge."""
    augmented, limit = changed({"rotation": 30.0}, count=40), 30
    disc = np.hypot(*(np.indices((SIDE_PX, SIDE_PX)) - SIDE_PX // 2)) < SIDE_PX / 2 - 2
    angles = np.arange(-limit, limit + 1)
    turned = [rotate(photos(1)[0, :, :, 0].astype(float), angle, reshape=False, order=1) for angle in angles]
    errors = [[np.abs(photo[:, :, 0] - candidate)[disc].mean() for candidate in turned] for photo in augmented]
    best = angles[np.argmin(errors, axis=1)]
    assert np.min(errors, axis=1).max() < 1
    assert best.min() < -20
    assert best.max() > 20
    assert augmented.min() >= 45


def test_crop_cuts_up_to_its_share_anywhere() -> None:
    """The gradient of a cut photo covers 1 - share to 1 of the whole, and cuts reach all edges but never leave."""
    gradient = np.tile(np.linspace(0, 240, SIDE_PX).round().astype(np.uint8)[None, None, :, None], (300, SIDE_PX, 1, 1))
    augmented = augment(gradient, RunConfig(crop=0.4), np.random.default_rng(0))[:, SIDE_PX // 2, :, 0].astype(int)
    left, right = augmented[:, 0] / 240, augmented[:, -1] / 240
    kept = right - left
    assert 0.58 < kept.min() < 0.65
    assert kept.max() > 0.97
    assert left.max() > 0.25
    assert (1 - right).max() > 0.25
    whole = augment(gradient.transpose(0, 2, 1, 3), RunConfig(crop=0.4), np.random.default_rng(0))[:, :, 3, 0] / 240
    np.testing.assert_allclose(whole[:, -1] - whole[:, 0], kept, atol=0.02)
    assert np.corrcoef(whole[:, 0], left)[0, 1] < 0.9, "Cuts move up and down on their own."


def test_zoom_enlarges_and_shrinks_about_the_middle() -> None:
    """The gradient in the middle of a photo has 1 / (1 + share) to 1 / (1 - share) times its slope."""
    augmented = changed({"zoom": 0.3})[:, SIDE_PX - 4, :, 0].astype(float)
    middle = slice(SIDE_PX // 2 - 4, SIDE_PX // 2 + 5)
    original = photos(1)[0, SIDE_PX - 4, :, 0].astype(float)
    slopes = np.array([np.polyfit(range(9), row[middle], 1)[0] for row in augmented])
    slopes /= np.polyfit(range(9), original[middle], 1)[0]
    assert 1 / 1.3 - 0.05 < slopes.min() < 0.85
    assert 1.25 < slopes.max() < 1 / 0.7 + 0.08
    np.testing.assert_allclose(augmented[:, SIDE_PX // 2], original[SIDE_PX // 2], atol=1.5)


def test_shift_moves_within_its_limit_in_all_directions() -> None:
    """A bright spot stays as it is and moves by up to the share of the side, and edges are mirrored, not black."""
    spot = np.full((300, 41, 41, 1), 40, np.uint8)
    spot[:, 19:22, 19:22] = 200
    augmented = augment(spot, RunConfig(shift=0.2), np.random.default_rng(0))
    places = np.array([np.average(np.indices((41, 41)).reshape(2, -1), axis=1, weights=photo.ravel() - 40.0)
                       for photo in augmented]) - 20  # fmt: skip
    assert np.abs(places).max() < 0.2 * 41 + 0.2
    assert (places.max(axis=0) > 6.5).all()
    assert (places.min(axis=0) < -6.5).all()
    assert augmented.min() == 40


def test_switching_one_change_on_does_not_alter_the_others() -> None:
    """Photos that are mirrored without brightness are mirrored with it too."""
    plain, both = changed({"flip": True}), changed({"flip": True, "brightness": 0.1})
    left_is_darker = [photo[:, 0].mean() < photo[:, -1].mean() for photo in plain]
    assert left_is_darker == [photo[:, 0].mean() < photo[:, -1].mean() for photo in both]


def test_mixed_photos_have_mixed_labels() -> None:
    """A photo that is three parts black and one part white has a label that says so; each stays mostly itself."""
    truth = (np.arange(400) % 2).astype(np.float32)[:, None]
    pixels = np.tile(truth[:, :, None, None] * 200, (1, 4, 4, 1)).astype(np.uint8)
    mixed, labels = mix(pixels, truth, RunConfig(mixup=1.0), np.random.default_rng(0))
    assert (mixed.dtype, labels.dtype) == (np.dtype(np.uint8), np.dtype(np.float32))
    np.testing.assert_allclose(mixed[:, 0, 0, 0], 200 * labels[:, 0], atol=0.51)
    changed_by = np.abs(labels - truth)
    assert changed_by.max() == pytest.approx(0.5, abs=0.02)
    # Half of the photos meet one of the other label, with a share drawn evenly from 0 to one half.
    assert changed_by.mean() == pytest.approx(0.125, abs=0.02)


def test_nothing_is_mixed_unless_asked() -> None:
    """The very same arrays come back."""
    pixels, truth = photos(3), np.ones((3, 1), np.float32)
    mixed, labels = mix(pixels, truth, RunConfig(), np.random.default_rng(0))
    assert mixed is pixels
    assert labels is truth


def test_every_fourth_photo_is_darkened_within_the_limit() -> None:
    """The others stay as they were; the darkest keep the share of their light that the limit leaves."""
    original = photos(1)[0].astype(float)
    shares = np.array([photo.mean() / original.mean() for photo in changed({"dark": 0.6})])
    is_dark = shares < 0.995
    assert 30 < is_dark.sum() < 70
    assert 0.38 < shares.min() < 0.5
    assert (shares[~is_dark] > 0.999).all()


def test_mouth_or_eyes_are_covered_in_the_asked_share_of_photos() -> None:
    """A cover is one gray, and leaves either the upper half or the lower third of the face as it was."""
    original = photos(1)[0]
    differs = [(photo != original).any(axis=2) for photo in changed({"cover": 0.4})]
    covered = [where for where in differs if where.any()]
    assert 55 < len(covered) < 105
    top, bottom = SIDE_PX * 2 // 5, SIDE_PX * 2 // 3
    masks = [where for where in covered if not where[:top].any()]
    bands = [where for where in covered if not where[bottom:].any()]
    assert len(masks) + len(bands) == len(covered)
    assert min(len(masks), len(bands)) > 15


def test_later_changes_leave_the_draws_of_older_settings_as_they_were() -> None:
    """A setting that came later, with a limit that changes no photo, alters nothing else."""
    older = {"flip": True, "rotation": 20.0, "blur": 2.0, "erase": 0.2}
    assert (changed(older) == changed({**older, "cover": 1e-9})).all()
