"""Photos as the numbers that shortcuts are made of."""

from collections.abc import Callable

import numpy as np

from emotion_core.dataset import PhotoNumbers

PLAIN = PhotoNumbers(
    photo_id="", label="happy", name="a.jpg", source="files", content_type=None, width=100, height=100,
    original_bytes=5000, original_width=None, original_height=None, brightness=None, colourfulness=None,
    saturation=None, sharpness=None, faces=None,
)  # fmt: skip


def photos(count: int = 60, **values: Callable[[bool, int], object]) -> list[PhotoNumbers]:
    """Return as many happy as sad photos, whose fields are given by being sad and by number."""
    return [
        PLAIN._replace(
            photo_id=f"{number}",
            label="sad" if number % 2 else "happy",
            **{field: value(bool(number % 2), number) for field, value in values.items()},
        )
        for number in range(count)
    ]


def drawn(seed: int) -> Callable[[bool, int], float]:
    """Return a number for each photo that has nothing to do with its label."""
    values = np.random.default_rng(seed).normal(100, 20, 10_000)
    return lambda _, number: float(values[number])
