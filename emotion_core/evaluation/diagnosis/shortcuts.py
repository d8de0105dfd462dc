"""Shortcuts: the AUC that one number alone reaches, such as brightness, file size or source host, without a network.

Where such a number separates the labels, a network may learn it in place of faces. Numbers count in the direction
that separates better, so their AUC is never below .5. A kind, such as the file format, scores by the share of sad
photos of its kind in the other half of the photos: judged by its own photos, a rare kind would separate perfectly.
"""

import math
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from emotion_core.dataset import LABELS, PhotoNumbers
from emotion_core.evaluation.statistics import AucInterval, FloatArray, IntArray, auc, auc_interval
from emotion_core.formatting import share_text

MIN_PHOTOS_PER_CLASS = 4  # two in each half
SPLIT_SEED = 0

MeasureValues = NDArray[np.float64] | NDArray[np.str_]


class ShortcutMeasure(NamedTuple):
    """A number or kind that is known of a photo without its faces; a kind has no words for more and less."""

    of: Callable[[PhotoNumbers], float | str | None]
    more: str = ""
    less: str = ""

    @property
    def is_kind(self) -> bool:
        """Whether its values have no order, like file formats."""
        return not self.more


def file_format(photo: PhotoNumbers) -> str:
    """Return the format of the file according to its server or its name, for instance ``jpeg``."""
    stated = (photo.content_type or "").partition(";")[0].strip().lower()
    if stated.startswith("image/"):
        return stated.removeprefix("image/")
    path = urlsplit(photo.name).path if "/" in photo.name else photo.name
    suffix = posixpath.splitext(path)[1].lower().lstrip(".")
    return {"jpg": "jpeg", "jpe": "jpeg", "tif": "tiff"}.get(suffix, suffix) or "not stated"


def _size(photo: PhotoNumbers) -> tuple[int, int]:
    return photo.original_width or photo.width, photo.original_height or photo.height


MEASURES: dict[str, ShortcutMeasure] = {
    "brightness": ShortcutMeasure(lambda photo: photo.brightness, "brighter", "darker"),
    "colourfulness": ShortcutMeasure(lambda photo: photo.colourfulness, "more colorful", "less colorful"),
    "greyness": ShortcutMeasure(lambda photo: photo.saturation, "less gray", "grayer"),
    "sharpness": ShortcutMeasure(lambda photo: photo.sharpness, "sharper", "less sharp"),
    "size in pixels": ShortcutMeasure(lambda photo: float(math.prod(_size(photo))), "larger", "smaller"),
    "size of the file": ShortcutMeasure(lambda photo: float(photo.original_bytes), "larger files", "smaller files"),
    "shape": ShortcutMeasure(lambda photo: _size(photo)[0] / _size(photo)[1], "wider", "narrower"),
    "no face found": ShortcutMeasure(
        lambda photo: None if photo.faces is None else float(not photo.faces),
        "more often without a detected face",
        "less often without a detected face",
    ),
    "file format": ShortcutMeasure(file_format),
    "source": ShortcutMeasure(lambda photo: photo.source),
}


@dataclass(frozen=True)
class Shortcut:
    """The AUC that one number alone reaches.

    Attributes:
        name: a key of ``MEASURES``.
        auc: of that number alone; .5 is guessing.
        low: lower end of its 95 % interval.
        high: upper end of it.
        n_photos: the photos for which it is known.
        direction: how sad photos differ, in words, for instance ``darker``; "" for a kind.
    """

    name: str
    auc: float
    low: float
    high: float
    n_photos: int
    direction: str

    @property
    def sentence(self) -> str:
        """The result in words."""
        reach = f"AUC {share_text(self.auc)} [{share_text(self.low)}–{share_text(self.high)}]"
        result = f"{self.name.capitalize()} alone reaches {reach} on {self.n_photos} photos"
        if self.low <= 0.5:
            return f"{result}, which may be chance."
        return f"{result}: sad photos are {self.direction}." if self.direction else f"{result}."


@dataclass(frozen=True, eq=False)
class Baseline:
    """A shortcut learned from training photos and measured on test photos.

    Attributes:
        shortcut: the result on the test photos.
        photo_ids: the test photos for which it is known, length n.
        labels: 0 (happy) or 1 (sad), shape ``(n,)``.
        scores: larger where the training photos suggest sad, shape ``(n,)``.
    """

    shortcut: Shortcut
    photo_ids: tuple[str, ...]
    labels: IntArray
    scores: FloatArray


def shortcuts(photos: Sequence[PhotoNumbers]) -> list[Shortcut]:
    """Return how well each number alone separates these photos' labels, the strongest first.

    Args:
        photos: with their labels. A number that is not known for enough of them, or equal for all, is left out.
    """
    measured = [shortcut for name in MEASURES if (shortcut := _shortcut(name, photos)) is not None]
    return sorted(measured, key=lambda shortcut: shortcut.auc, reverse=True)


def strongest_baseline(train: Sequence[PhotoNumbers], test: Sequence[PhotoNumbers]) -> Baseline | None:
    """Return the number that separates the training photos best, measured on the test photos.

    Args:
        train: photos that choose the number and its direction.
        test: photos that play no part in that choice.

    Returns:
        None where no number is known for enough of them.
    """
    for shortcut in shortcuts(train):
        known = _known(shortcut.name, test, at_least=1)
        if known is not None:
            photos, labels, values = known
            scores = _scorer(shortcut.name, train)(values)
            on_test = _record(shortcut.name, auc_interval(labels, scores), len(photos), shortcut.direction)
            return Baseline(on_test, tuple(photo.photo_id for photo in photos), labels, scores)
    return None


def _shortcut(name: str, photos: Sequence[PhotoNumbers]) -> Shortcut | None:
    known = _known(name, photos)
    if known is None or len(np.unique(known[2])) < 2:
        return None
    photos, labels, values = known
    if MEASURES[name].is_kind:
        return _record(name, auc_interval(labels, _cross_scores(labels, values)), len(photos), "")
    sign = _sign(labels, values)
    direction = MEASURES[name].more if sign > 0 else MEASURES[name].less
    return _record(name, auc_interval(labels, sign * values), len(photos), direction)


def _record(name: str, interval: AucInterval, n_photos: int, direction: str) -> Shortcut:
    return Shortcut(name, interval.auc, interval.low, interval.high, n_photos, direction)


def _known(
    name: str, photos: Sequence[PhotoNumbers], at_least: int = MIN_PHOTOS_PER_CLASS
) -> tuple[list[PhotoNumbers], IntArray, MeasureValues] | None:
    """Return the photos for which the number is known, their labels and it; None where there are too few."""
    values = [MEASURES[name].of(photo) for photo in photos]
    kept = [photo for photo, value in zip(photos, values, strict=True) if value is not None]
    labels = np.array([photo.label == LABELS[1] for photo in kept], dtype=np.int64)
    if np.bincount(labels, minlength=2).min() < at_least:
        return None
    return kept, labels, np.array([value for value in values if value is not None])


def _sign(labels: IntArray, values: MeasureValues) -> int:
    return 1 if auc(labels, values) >= 0.5 else -1


def _scorer(name: str, train: Sequence[PhotoNumbers]) -> Callable[[MeasureValues], FloatArray]:
    _, labels, values = _known(name, train) or ([], np.zeros(0, np.int64), np.zeros(0))
    if MEASURES[name].is_kind:
        shares = _sad_shares(labels, values)
        return lambda kinds: _sad_share_scores(shares, kinds, float(labels.mean()))
    sign = _sign(labels, values)
    return lambda values: sign * values.astype(np.float64)


def _cross_scores(labels: IntArray, kinds: MeasureValues) -> FloatArray:
    """Score each half of the photos by the other half; both have equally many photos of each label."""
    order = np.random.default_rng(SPLIT_SEED).permutation(len(labels))
    half = np.empty(len(labels), dtype=np.int64)
    half[order[np.argsort(labels[order], kind="stable")]] = np.arange(len(labels)) % 2
    scores = np.empty(len(labels))
    for index in (0, 1):
        scored, other = half == index, half != index
        shares = _sad_shares(labels[other], kinds[other])
        scores[scored] = _sad_share_scores(shares, kinds[scored], float(labels.mean()))
    return scores


def _sad_shares(labels: IntArray, kinds: MeasureValues) -> dict[str, tuple[int, int]]:
    return {str(kind): (int(labels[kinds == kind].sum()), int((kinds == kind).sum())) for kind in np.unique(kinds)}


def _sad_share_scores(shares: Mapping[str, tuple[int, int]], kinds: MeasureValues, usual: float) -> FloatArray:
    # One photo more, with the usual share: a kind of one photo proves nothing, and an unknown kind is like the others.
    counts = [shares.get(str(kind), (0, 0)) for kind in kinds]
    return np.array([(sad + usual) / (n + 1) for sad, n in counts])
