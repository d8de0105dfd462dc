"""The gallery's photos: reproducible, balanced in all but the expression, and hard for a linear model."""

import hashlib
import io
import subprocess
import sys
import time

import imagehash
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from emotion_core.collect.samples import gallery, photo_bytes
from emotion_core.collect.samples.gallery import draw_photo
from emotion_core.errors import SettingsError
from emotion_core.settings import PACKAGE

CHECKOUT = PACKAGE.parent
PER_CLASS = gallery.PAGES * gallery.PHOTOS_PER_PAGE


@pytest.fixture(scope="module")
def drawn() -> list[Image.Image]:
    """All 480 photos, happy first."""
    return [draw_photo(label, index) for label in gallery.LABELS for index in range(PER_CLASS)]


@pytest.fixture(scope="module")
def photos(drawn: list[Image.Image]) -> NDArray[np.float32]:
    """All 480 photos, happy first, at 32 pixels, as floats from 0 to 255."""
    small = [np.asarray(image.resize((32, 32), Image.Resampling.BILINEAR), np.float32) for image in drawn]
    return np.stack(small)


@pytest.fixture(scope="module")
def sad() -> NDArray[np.int64]:
    """The labels of ``photos``: 0 happy, 1 sad."""
    return np.repeat([0, 1], PER_CLASS)


def test_photo_is_rgb_of_the_announced_size() -> None:
    """A drawn photo is RGB and 256 pixels on a side."""
    image = draw_photo("happy", 0)
    assert (image.mode, image.size) == ("RGB", (256, 256))


def test_same_arguments_give_the_same_pixels_in_another_process() -> None:
    """A photo depends only on seed, label and index, not on the process that draws it."""
    code = (
        "import hashlib; from emotion_core.collect.samples.gallery import draw_photo;"
        "print(hashlib.sha256(draw_photo('sad', 17, seed=3).tobytes()).hexdigest())"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    other = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300, cwd=CHECKOUT)
    assert other.stdout.strip() == hashlib.sha256(draw_photo("sad", 17, seed=3).tobytes()).hexdigest()


def test_seed_label_and_index_each_change_the_photo() -> None:
    """No two of four neighboring photos are alike."""
    arguments = (("happy", 0, 1), ("happy", 1, 1), ("sad", 0, 1), ("happy", 0, 2))
    assert len({draw_photo(label, index, seed=seed).tobytes() for label, index, seed in arguments}) == len(arguments)


def test_photo_bytes_are_the_photo_as_a_jpeg() -> None:
    """The file decodes to the drawn photo, up to the loss of JPEG."""
    decoded = Image.open(io.BytesIO(photo_bytes("sad", 4)))
    assert decoded.format == "JPEG"
    difference = np.asarray(decoded, np.float32) - np.asarray(draw_photo("sad", 4), np.float32)
    assert np.abs(difference).mean() < 4


def test_second_request_comes_from_the_bounded_cache() -> None:
    """An encoded photo is cached, and the cache cannot grow past one gallery."""
    assert photo_bytes("happy", 9) is photo_bytes("happy", 9)
    assert photo_bytes.cache_info().maxsize == 2 * PER_CLASS


@pytest.mark.parametrize("label", ["angry", "", "HAPPY"])
def test_unknown_label_says_what_was_expected(label: str) -> None:
    """A label that is not a class is refused with the label in the message."""
    with pytest.raises(SettingsError, match=rf"Expected happy or sad\. Received: label='{label}'"):
        draw_photo(label, 0)


def test_negative_index_is_refused() -> None:
    """A negative index does not count from the end."""
    with pytest.raises(SettingsError, match="Received: index=-1"):
        draw_photo("happy", -1)


def test_drawing_is_fast_enough_on_request() -> None:
    """A photo takes about 15 ms; the bound leaves room for a slow, busy machine."""
    draw_photo("happy", 0)
    started = time.thread_time()
    for index in range(10):
        draw_photo("happy", index)
    assert (time.thread_time() - started) / 10 < 0.1


@pytest.mark.slow
def test_no_simple_measure_reveals_the_class(photos: NDArray[np.float32], sad: NDArray[np.int64]) -> None:
    """Brightness, each color, warmth, contrast and sharpness separate the classes hardly better than chance."""
    measures = {
        "brightness": photos.mean(axis=(1, 2, 3)),
        "red": photos[..., 0].mean(axis=(1, 2)),
        "green": photos[..., 1].mean(axis=(1, 2)),
        "blue": photos[..., 2].mean(axis=(1, 2)),
        "warmth": (photos[..., 0] - photos[..., 2]).mean(axis=(1, 2)),
        "contrast": photos.std(axis=(1, 2, 3)),
        "sharpness": np.abs(np.diff(photos, axis=2)).mean(axis=(1, 2, 3)),
    }
    scores = {name: roc_auc_score(sad, values) for name, values in measures.items()}
    assert all(0.42 <= score <= 0.58 for score in scores.values()), scores


def test_no_two_portraits_count_as_near_copies(drawn: list[Image.Image]) -> None:
    """Any two perceptual hashes differ in more than the 4 bits that count as a near copy."""
    hashes = np.stack([imagehash.phash(image).hash.ravel() for image in drawn])
    distances = (hashes[:, None] != hashes[None]).sum(axis=2)[np.triu_indices(len(hashes), 1)]
    assert distances.min() > 4


@pytest.mark.slow
def test_linear_model_stays_weak(photos: NDArray[np.float32], sad: NDArray[np.int64]) -> None:
    """A logistic regression on the pixels, at its best penalty, stays under a test AUC of 0.80 on average."""
    flat = photos.mean(axis=3).reshape(len(photos), -1)
    scores = []
    for seed in range(3):
        train, test = train_test_split(np.arange(len(sad)), train_size=0.6, stratify=sad, random_state=seed)
        scaler = StandardScaler().fit(flat[train])
        models = [
            LogisticRegression(C=penalty, max_iter=300).fit(scaler.transform(flat[train]), sad[train])
            for penalty in (1e-4, 1e-2, 1.0)
        ]
        known = scaler.transform(flat[test])
        scores.append(max(roc_auc_score(sad[test], model.decision_function(known)) for model in models))
    assert np.mean(scores) < 0.80, scores


def test_mouth_curves_up_when_happy_and_down_when_sad(sad: NDArray[np.int64]) -> None:
    """The expressions behind the photos differ: every happy mouth curves up, every sad one down."""
    rng = np.random.default_rng(0)
    assert all(gallery._draw_happy(rng).curve > 0.1 for _ in range(50))
    assert all(gallery._draw_sad(rng).curve < -0.1 for _ in range(50))
