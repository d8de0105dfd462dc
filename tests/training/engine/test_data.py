"""Fixed splits are the snapshot's; reshuffled ones are redrawn in each pass, as in the source study's notebook."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emotion_core.dataset import Snapshot, SnapshotItem
from emotion_core.training import RunConfig
from emotion_core.training.engine import scored_splits, training_data

COUNT = 50
SPLIT_OF = ["train"] * 30 + ["validation"] * 10 + ["test"] * 10
SNAPSHOT = Snapshot(
    "f", tuple(SnapshotItem(f"{n:02d}", ("happy", "sad")[n % 2], split) for n, split in enumerate(SPLIT_OF)), 0, 0.0
)
# Each photo is told by its pixels.
PIXELS = np.tile(np.arange(COUNT, dtype=np.uint8)[:, None, None, None], (1, 4, 4, 3))


def met(config: RunConfig, epoch: int) -> tuple[list[int], list[int]]:
    """Return which photos an epoch trains on and which it is checked with."""
    train, validation = (part.for_epoch(epoch) for part in training_data(config, SNAPSHOT, PIXELS))
    for part in (train, validation):
        assert (part.labels == SNAPSHOT.labels[part.pixels()[:, 0, 0, 0]]).all()
    return train.pixels()[:, 0, 0, 0].tolist(), validation.pixels()[:, 0, 0, 0].tolist()


@pytest.mark.parametrize("epoch", [1, 2, 45])
def test_fixed_parts_are_those_of_the_snapshot_in_every_epoch(epoch: int) -> None:
    """Nothing but training photos is trained on, and scores name the snapshot's splits."""
    assert met(RunConfig(), epoch) == (list(range(30)), list(range(30, 40)))
    assert scored_splits(RunConfig(), SNAPSHOT) == SPLIT_OF


def test_reshuffled_parts_leak_sooner_or_later_every_photo_is_trained_on() -> None:
    """Parts keep their sizes, differ from epoch to epoch, and share photos with each other and with the test."""
    config = RunConfig(split="reshuffled", epochs=10)
    epochs = [met(config, epoch) for epoch in range(1, 11)]
    assert {(len(set(train)), len(set(validation))) for train, validation in epochs} == {(30, 10)}
    assert len({tuple(train) for train, _ in epochs}) == 10
    assert set().union(*(train for train, _ in epochs)) == set(range(COUNT))
    assert any(set(train) & set(validation) for train, validation in epochs)
    splits = scored_splits(config, SNAPSHOT)
    assert {split: splits.count(split) for split in set(splits)} == {"train": 30, "validation": 10, "test": 10}
    assert splits != SPLIT_OF


def test_reshuffling_follows_the_seed() -> None:
    """The same seed draws the same passes, another seed others."""
    first, same, other = (RunConfig(split="reshuffled", seed=seed) for seed in (3, 3, 4))
    assert met(first, 7) == met(same, 7) != met(other, 7)
    assert scored_splits(first, SNAPSHOT) == scored_splits(same, SNAPSHOT) != scored_splits(other, SNAPSHOT)


def test_parts_copy_no_photos() -> None:
    """However many photos there are, a part has them by their rows; only a batch is copied."""
    train, _ = (part.for_epoch(1) for part in training_data(RunConfig(), SNAPSHOT, PIXELS))
    assert train.source is PIXELS
    assert train.subset(np.array([4, 2])).subset(np.array([1])).pixels()[:, 0, 0, 0].tolist() == [2]


def test_faces_of_neither_label_join_the_training_photos_alone() -> None:
    """They come after the others, with a code of their own; validation and snapshot stay binary."""
    config = RunConfig(output_activation="softmax", neither=True)
    neither = np.full((4, 4, 4, 3), 200, dtype=np.uint8)
    train, validation = (part.for_epoch(1) for part in training_data(config, SNAPSHOT, PIXELS, neither))
    assert train.labels.tolist() == [*SNAPSHOT.labels[:30], 2, 2, 2, 2]
    assert train.pixels()[:, 0, 0, 0].tolist() == [*range(30), 200, 200, 200, 200]
    assert validation.pixels()[:, 0, 0, 0].tolist() == list(range(30, 40))
    with pytest.raises(ValueError, match="expected fixed with neither"):
        RunConfig(output_activation="softmax", neither=True, split="reshuffled")


@pytest.mark.slow
def test_reading_a_large_mapped_file_takes_no_memory_for_it(tmp_path: Path) -> None:
    """After an epoch in a new order, and one look at all of them, a file of 300 MB has cost less than 60 MB."""
    pytest.importorskip("resource")
    program = """if True:
        import resource, sys
        from pathlib import Path
        import numpy as np
        from emotion_core.dataset.snapshots.pixel_cache import cached_pixels
        from emotion_core.training.engine.data import PhotoDataset

        shape = (25_000, 64, 64, 3)
        def decode(rows):
            return np.full((rows.stop - rows.start, *shape[1:]), rows.start % 251, np.uint8)

        def total(photos, size, order):
            starts = range(0, len(photos.labels), size)
            return sum(int(photos.pixels(order(start, start + size)).sum(dtype=np.int64)) for start in starts)

        pixels = cached_pixels(Path(sys.argv[1]), shape, decode, lambda done, total: None)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        photos = PhotoDataset(pixels, np.zeros(len(pixels), np.int64))
        order = np.random.default_rng(0).permutation(len(pixels))
        shuffled = total(photos.subset(np.arange(len(pixels))), 32, lambda start, stop: order[start:stop])
        print(total(photos, 64, slice) == shuffled, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    command = [sys.executable, "-c", program, str(tmp_path / "pixels-64.npy")]
    same, grown_kb = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert same == "True"
    assert int(grown_kb) < 60_000
