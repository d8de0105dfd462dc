"""Checks that every statistic makes of its input, with messages meant for a person."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emotion_core.errors import StatisticsError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def checked_photos(labels: ArrayLike, scores: ArrayLike, *, name: str = "scores") -> tuple[IntArray, FloatArray]:
    """Return labels and scores as arrays of one length, shape (n,), n >= 1.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1.
        scores: P(sad) or any other finite score that grows with sadness, shape (n,).
        name: What the message calls the scores.

    Returns:
        The labels as int64 and the scores as float64.

    Raises:
        StatisticsError: Empty input, other shapes, lengths that differ, labels beside 0 and 1, scores not finite.
    """
    label_array = _as_vector(labels, "labels")
    score_array = _as_vector(scores, name)
    if len(label_array) != len(score_array):
        raise StatisticsError(
            f"labels and {name} differ in length. One score for each photo was expected. "
            f"Received: {len(label_array)} labels, {len(score_array)} {name}. "
            "Pass both for the same photos, in one order."
        )
    if len(label_array) == 0:
        raise StatisticsError(
            f"There are no photos. At least one label and one score were expected. Received: 0 labels, 0 {name}. "
            "Score the photos of a split first."
        )
    _check_values(label_array, score_array, name)
    return label_array.astype(np.int64), score_array


def checked_classes(labels: ArrayLike, scores: ArrayLike, *, name: str = "scores") -> tuple[IntArray, FloatArray]:
    """Do as `checked_photos` does, and refuse labels that hold one class only.

    Args:
        labels: True labels, shape (n,), happy 0 and sad 1.
        scores: P(sad) or any other finite score that grows with sadness, shape (n,).
        name: What the message calls the scores.

    Returns:
        The labels as int64 and the scores as float64.

    Raises:
        StatisticsError: As `checked_photos`, or happy or sad photos are missing.
    """
    label_array, score_array = checked_photos(labels, scores, name=name)
    n_sad = int(label_array.sum())
    n_happy = len(label_array) - n_sad
    if n_sad == 0 or n_happy == 0:
        raise StatisticsError(
            "One class is missing. Happy (0) and sad (1) photos are both needed to compare them. "
            f"Received: {n_happy} happy, {n_sad} sad. Add photos of the missing class, or take a larger split."
        )
    return label_array, score_array


def check_share(value: float, name: str, example: str) -> None:
    """Refuse a value that is not strictly between 0 and 1.

    Args:
        value: The number to check.
        name: What the message calls it.
        example: A valid value that the message suggests.

    Raises:
        StatisticsError: The value is outside (0, 1) or not a number.
    """
    if not (math.isfinite(value) and 0 < value < 1):
        raise StatisticsError(
            f"{name} is out of range. A number strictly between 0 and 1 was expected. "
            f"Received: {name}={value!r}. Use for example {example}."
        )


def _as_vector(values: ArrayLike, name: str) -> FloatArray:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(
            f"{name} are not numbers. Numbers, shape (n,), were expected. Received: {name}={_short(values)}. "
            "Use 0 for happy, 1 for sad, and P(sad) as score."
        ) from error
    if array.ndim != 1:
        raise StatisticsError(
            f"{name} have the wrong shape. One number for each photo, shape (n,), was expected. "
            f"Received: shape {array.shape}. Flatten them first, for example with `.ravel()`."
        )
    return array


def _check_values(labels: FloatArray, scores: FloatArray, name: str) -> None:
    strange = labels[~np.isin(labels, (0.0, 1.0))]
    if len(strange):
        raise StatisticsError(
            f"labels hold something other than 0 and 1. Happy is 0 and sad is 1. "
            f"Received: {strange[0]:g} among the labels. Translate the labels first."
        )
    broken = int((~np.isfinite(scores)).sum())
    if broken:
        raise StatisticsError(
            f"{name} are not all finite. A finite number for each photo was expected. "
            f"Received: {broken} of {len(scores)} are NaN or infinite. "
            "Look at the training: its loss may have become NaN."
        )


def _short(values: object) -> str:
    text = repr(values)
    return text if len(text) <= 60 else f"{text[:57]}..."
