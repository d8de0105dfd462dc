"""Shortcuts: the AUC that one number alone reaches, such as brightness, file size or source host, without a network.

Where such a number separates the labels, a network may learn it in place of faces. Numbers count in the direction
that separates better, so their AUC is never below .5. A kind, such as the file format, scores by the share of sad
photos of its kind in the other half of the photos: judged by its own photos, a rare kind would separate perfectly.

Ten numbers that mean nothing give one with p < .05 in four catalogs of ten. So the p-values of all numbers that were
examined are adjusted by Holm's method, and sentences and intervals follow the adjusted ones.
"""

import math
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion_core.dataset import LABELS, PhotoNumbers
from emotion_core.evaluation.statistics import (
    SIGNIFICANCE,
    AucTest,
    FloatArray,
    IntArray,
    auc,
    holm_adjust,
    holm_confidences,
    kind_test,
    number_test,
)
from emotion_core.formatting import count_text, p_text, share_text

MIN_PHOTOS_PER_CLASS = 4  # two in each half

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
    # Names are addresses or paths; a path may have a question mark or a bracket anywhere.
    path = photo.name.partition("?")[0].partition("#")[0] if "://" in photo.name else photo.name
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
        low: lower end of its interval: of 95 %, or of the confidence at which Holm's method tests the number, so that
            .5 lies below it exactly where the adjusted p-value is below .05.
        high: upper end of it.
        n_photos: the photos for which it is known.
        direction: how sad photos differ, in words, for instance ``darker``; "" for a kind.
        p_value: of an AUC of .5, for this number alone; None where it was not one of several that were examined.
        p_adjusted: the same after Holm over all numbers that were examined.
        examined: how many these were.
    """

    name: str
    auc: float
    low: float
    high: float
    n_photos: int
    direction: str
    p_value: float | None = None
    p_adjusted: float | None = None
    examined: int = 1

    @property
    def may_be_chance(self) -> bool:
        """Whether guessing explains the result, however many numbers were examined."""
        return self.low <= 0.5 or (self.p_adjusted is not None and self.p_adjusted >= SIGNIFICANCE)

    @property
    def sentence(self) -> str:
        """The result in words."""
        reach = f"AUC {share_text(self.auc)} [{share_text(self.low)}–{share_text(self.high)}]"
        if self.p_adjusted is not None:
            numbers = f", adjusted for {count_text(self.examined, 'number')}" if self.examined > 1 else ""
            reach += f" ({p_text(self.p_adjusted)}{numbers})"
        result = f"{self.name.capitalize()} alone reaches {reach} on {self.n_photos} photos"
        if self.may_be_chance:
            return f"{result}, which may be chance."
        return f"{result}: sad photos are {self.direction}." if self.direction else f"{result}."


class _Known(NamedTuple):
    """A number as far as it is known: the photos, their labels, the values in the direction of sad."""

    name: str
    photos: list[PhotoNumbers]
    labels: IntArray
    values: MeasureValues
    direction: str


def shortcuts(photos: Sequence[PhotoNumbers]) -> list[Shortcut]:
    """Return how well each number alone separates these photos' labels, the strongest first.

    Args:
        photos: with their labels. A number that is not known for enough of them, or equal for all, is left out.
    """
    examined = _examined(photos)
    tests = [_test(known) for known in examined]
    p_values = [test.p_value for test in tests]
    adjusted, confidences = holm_adjust(p_values), holm_confidences(p_values, confidence=1 - SIGNIFICANCE)
    measured = [
        Shortcut(
            known.name, test.auc, *test.limits(confidence), len(known.photos), known.direction,
            test.p_value, p_adjusted, len(tests),
        )
        for known, test, p_adjusted, confidence in zip(examined, tests, adjusted, confidences, strict=True)
    ]  # fmt: skip
    return sorted(measured, key=lambda shortcut: shortcut.auc, reverse=True)


def scores_learned_from(
    name: str, train: Sequence[PhotoNumbers], photos: Sequence[PhotoNumbers]
) -> tuple[list[PhotoNumbers], IntArray, FloatArray] | None:
    """Score photos by a number, in the direction and with the shares of other photos.

    Args:
        name: a key of ``MEASURES``.
        train: photos that teach which way sad photos differ.
        photos: photos to score.

    Returns:
        The photos for which the number is known, their labels, and scores that are larger where the training photos
        suggest sad; None where it is not known for photos of both labels.
    """
    known = _known_values(name, photos, at_least=1)
    if known is None:
        return None
    kept, labels, values = known
    return kept, labels, _scorer(name, train)(values)


def _examined(photos: Sequence[PhotoNumbers]) -> list[_Known]:
    known = [_known(name, photos) for name in MEASURES]
    return [measure for measure in known if measure is not None]


def _known(name: str, photos: Sequence[PhotoNumbers]) -> _Known | None:
    known = _known_values(name, photos)
    if known is None or len(np.unique(known[2])) < 2:
        return None
    photos, labels, values = known
    if MEASURES[name].is_kind:
        return _Known(name, photos, labels, values, "")
    sign = _sign(labels, values)
    direction = MEASURES[name].more if sign > 0 else MEASURES[name].less
    return _Known(name, photos, labels, sign * values, direction)


def _test(known: _Known) -> AucTest:
    labels, values = known.labels, known.values
    return kind_test(labels, values) if MEASURES[known.name].is_kind else number_test(labels, values)


def _known_values(
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
    _, labels, values = _known_values(name, train) or ([], np.zeros(0, np.int64), np.zeros(0))
    if MEASURES[name].is_kind:
        shares = _sad_shares(labels, values)
        return lambda kinds: _sad_share_scores(shares, kinds, float(labels.mean()))
    sign = _sign(labels, values)
    return lambda values: sign * values.astype(np.float64)


def _sad_shares(labels: IntArray, kinds: MeasureValues) -> dict[str, tuple[int, int]]:
    return {str(kind): (int(labels[kinds == kind].sum()), int((kinds == kind).sum())) for kind in np.unique(kinds)}


def _sad_share_scores(shares: Mapping[str, tuple[int, int]], kinds: MeasureValues, usual: float) -> FloatArray:
    # One photo more, with the usual share: a kind of one photo proves nothing, and an unknown kind is like the others.
    counts = [shares.get(str(kind), (0, 0)) for kind in kinds]
    return np.array([(sad + usual) / (n + 1) for sad, n in counts])
