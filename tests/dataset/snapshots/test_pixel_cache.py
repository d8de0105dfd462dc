"""The pixel cache: intact or rebuilt, by one process while others wait, with progress reports."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emotion_core.dataset.snapshots import cached_pixels, pixel_cache
from emotion_core.errors import DataError

# 85 photos of this size are a block.
SHAPE = (300, 64, 64, 3)
Pixels = np.ndarray


def decode(rows: slice) -> Pixels:
    """Return noise that differs for each row."""
    return np.stack([np.random.default_rng(row).integers(0, 256, SHAPE[1:], np.uint8) for row in range(SHAPE[0])[rows]])


def forbidden(rows: slice) -> Pixels:
    """Fail if photos are decoded again."""
    raise AssertionError(rows)


def _ignore(done: int, total: int) -> None:
    """Ignore the progress."""


@pytest.fixture(scope="module")
def wanted() -> Pixels:
    """Return the pixels of all rows."""
    return decode(slice(None))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with the pixels in it."""
    cached_pixels(tmp_path / "pixels-64.npy", SHAPE, decode, _ignore)
    return tmp_path / "pixels-64.npy"


def test_pixels_are_built_in_order_with_progress_and_kept(tmp_path: Path, wanted: Pixels) -> None:
    """All rows are in order, other programs can read the file, and the second call decodes nothing."""
    reports: list[tuple[int, int]] = []
    path = tmp_path / "pixels-64.npy"
    made = cached_pixels(path, SHAPE, decode, lambda done, total: reports.append((done, total)))
    assert np.array_equal(made, wanted)
    assert reports == [(85, 300), (170, 300), (255, 300), (300, 300)]
    assert np.array_equal(np.load(path, mmap_mode="r"), wanted)
    assert np.array_equal(cached_pixels(path, SHAPE, forbidden, _ignore), wanted)


@pytest.mark.parametrize("position", [5, 128, 128 + 200 * 64 * 64 * 3, -17, -1])
def test_a_flipped_bit_is_noticed_and_mended(path: Path, wanted: Pixels, position: int) -> None:
    """A flipped bit in the header, in any photo or in the checksums leads to a rebuild."""
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    assert np.array_equal(cached_pixels(path, SHAPE, decode, _ignore), wanted)
    content[position] ^= 1
    assert path.read_bytes() == content


@pytest.mark.parametrize("cut", [1, 4 * 4, 4 * 4 + 1, 2_000_000])
def test_a_file_that_is_cut_short_or_too_long_is_mended(path: Path, wanted: Pixels, cut: int) -> None:
    """Missing pixels, missing checksums, or extra bytes after them."""
    content = path.read_bytes()
    for damaged in (content[:-cut], content + b"x" * cut):
        path.write_bytes(damaged)
        assert np.array_equal(cached_pixels(path, SHAPE, decode, _ignore), wanted)
        assert path.read_bytes() == content


def test_processes_that_begin_at_the_same_moment_make_it_once(tmp_path: Path, wanted: Pixels) -> None:
    """Each row is decoded by one process; the others wait, report progress, and get the same pixels."""
    program = """if True:
        import os, sys, time
        from pathlib import Path
        from tests.dataset.snapshots.test_pixel_cache import SHAPE, decode
        from emotion_core.dataset.snapshots.pixel_cache import cached_pixels
        path = Path(sys.argv[1])

        def when_both_wait(rows):
            with path.with_name("decoded.txt").open("a") as stream:
                stream.write(f"{rows.start}\\n")
            while len(list(path.parent.glob("report-*"))) < 2:
                time.sleep(0.01)
            return decode(rows)

        pixels = cached_pixels(path, SHAPE, when_both_wait, lambda *_: path.with_name(f"report-{os.getpid()}").touch())
        print(pixels.sum())
    """
    command = [sys.executable, "-c", program, str(tmp_path / "pixels-64.npy")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = {process.communicate(timeout=300)[0].strip() for process in started}
    assert answers == {str(wanted.sum())}
    assert sorted((tmp_path / "decoded.txt").read_text().split(), key=int) == ["0", "85", "170", "255"]


def test_a_cancelled_build_ends_soon_and_leaves_nothing_behind(tmp_path: Path, wanted: Pixels) -> None:
    """A cancellation ends the build after a few blocks, and the next caller builds from the beginning."""
    decoded: list[int] = []

    def counted(rows: slice) -> Pixels:
        decoded.append(rows.start)
        return np.zeros((len(range(rows.start, rows.stop)), *SHAPE[1:]), np.uint8)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "pixels-64.npy"
    with pytest.raises(KeyboardInterrupt):
        cached_pixels(path, (100 * 85, *SHAPE[1:]), counted, stop)
    assert len(decoded) <= 2 * pixel_cache.MAX_THREADS + 1
    assert [file.name for file in tmp_path.glob("*.npy")] == []
    assert np.array_equal(cached_pixels(path, SHAPE, decode, _ignore), wanted)


def test_a_photo_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """The error is raised, and no partial file stays."""

    def broken(rows: slice) -> Pixels:
        if rows.start:
            raise DataError("The photo cannot be opened.")
        return decode(rows)

    with pytest.raises(DataError, match="cannot be opened"):
        cached_pixels(tmp_path / "pixels-64.npy", SHAPE, broken, _ignore)
    assert [file.name for file in tmp_path.glob("*.npy")] == []


def test_photos_that_are_deleted_meanwhile_are_not_kept(tmp_path: Path) -> None:
    """Deletion also removes a file that is being built; the builder raises an error and keeps nothing."""

    def delete(done: int, total: int) -> None:
        for file in tmp_path.glob("*pixels-*.npy"):
            file.unlink()

    with pytest.raises(DataError, match=r"deleted while.*pixels-64\.npy.*Start the run again"):
        cached_pixels(tmp_path / "pixels-64.npy", SHAPE, decode, delete)
    assert [file.name for file in tmp_path.glob("*.npy")] == []
