"""Speed of the pixel cache: ``python -m benchmarks.photo_cache [--photos 2000] [--passes 3]``.

Compares the pixel cache, a file of photos decoded and resized once that all runs map, with
``image_dataset_from_directory``, which decodes every photo in every epoch. JPEGs of about 40 KB, resized to 64 and 256
pixels, in shuffled batches of 32 as float32 tensors. Promised from the second pass on: at least 1.5 times the speed.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.epoch_speed import draw_photo

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
BATCH, PROMISED = 32, 1.5
SIDES_PX = (64, 256)


def main() -> None:
    """Measure both in turns and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--photos", type=int, default=2000)
    options.add_argument("--passes", type=int, default=3)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        _draw_photos(Path(folder) / "photos", asked.photos)
        catalog, snapshot = _taken_in(Path(folder))
        for side in SIDES_PX:
            _compare(catalog, snapshot, Path(folder) / "photos", side, asked.passes)


def _compare(catalog: Any, snapshot: Any, folder: Path, side: int, passes: int) -> None:
    """Print the time to build the cache, and of a pass over the photos in both ways."""
    import keras

    from emotion_core.dataset import snapshot_pixels
    from emotion_core.images import InputSpec

    began = time.perf_counter()
    pixels = snapshot_pixels(catalog, snapshot, InputSpec(side))
    built = time.perf_counter() - began
    data = keras.utils.image_dataset_from_directory(folder, image_size=(side, side), batch_size=BATCH, verbose=False)
    ours, theirs = [], []
    # The first pass of each prepares data that later passes reuse.
    for _ in range(passes + 1):
        ours.append(_seconds(lambda: _batches(pixels)))
        theirs.append(_seconds(lambda: iter(data)))
    mine, other = statistics.median(ours[1:]), statistics.median(theirs[1:])
    print(
        f"{side} px: built once in {built:.1f} s; a pass over {len(pixels)} photos {mine:.2f} s, "
        f"image_dataset_from_directory {other:.2f} s (its first: {theirs[0]:.1f} s): "
        f"{other / mine:.1f} times (promised {PROMISED})"
    )


def _batches(pixels: Any) -> Iterator[Any]:
    """Yield the photos in a random order, in batches for a training step."""
    import tensorflow as tf

    order = np.random.default_rng().permutation(len(pixels))
    for start in range(0, len(order), BATCH):
        yield tf.cast(pixels[order[start : start + BATCH]], tf.float32)


def _seconds(photos: Callable[[], Iterator[Any]]) -> float:
    """Return how long it takes to iterate over all batches."""
    began = time.perf_counter()
    for _ in photos():
        pass
    return time.perf_counter() - began


def _draw_photos(folder: Path, count: int) -> None:
    """Write photos of about 40 KB, half of each class."""
    rng = np.random.default_rng(0)
    for number in range(count):
        draw_photo(folder / ("happy", "sad")[number % 2] / f"{number:05d}.jpg", rng)


def _taken_in(folder: Path) -> tuple[Any, Any]:
    """Return a catalog of the photos, and a snapshot of it."""
    from emotion_core.dataset import Catalog, Origin, freeze
    from emotion_core.settings import open_workspace

    catalog = Catalog(open_workspace(folder / "workspace"))
    for path in sorted((folder / "photos").rglob("*.jpg")):
        catalog.add(path.read_bytes(), label=path.parent.name, origin=Origin(path.name))
    return catalog, freeze(catalog)


if __name__ == "__main__":
    main()
