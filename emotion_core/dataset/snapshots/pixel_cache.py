"""Photos as a network sees them, decoded once into a file that all runs on a machine map.

It is NumPy's file (``.npy``) with a CRC-32 of each block of photos behind it. All of them are checked whenever it is
opened: that takes .2 s per gigabyte, and leaves no note of having been checked that could itself be wrong.
"""

import contextlib
import math
import mmap
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from emotion_core.errors import DataError
from emotion_core.files import move_into_place
from emotion_core.images import Pixels

BLOCK_BYTES = 2**20
SUMS = np.dtype("<u4")
WAIT_SECONDS = 0.5
# Each holds a photo, and where faces are looked for a detector.
MOST_THREADS = 8
# A mapped file that is smaller may stay in the memory that counts as this process's.
KEPT_BYTES = 2**25
# With each, Linux may map 2 MB around it.
ROWS_AT_ONCE = 8

Shape = tuple[int, int, int, int]
Decode = Callable[[slice], Pixels]
OnProgress = Callable[[int, int], None]


def cached_pixels(path: Path, shape: Shape, decode: Decode, on_progress: OnProgress) -> Pixels:
    """Return the pixels in a file, which is made first where it is missing, damaged or of another shape.

    While another process makes it, this one waits.

    Args:
        path: the file, whose name ends in ``.npy``.
        shape: that the pixels must have, ``(n, height, width, channels)``.
        decode: returns the pixels of some rows; called by several threads at once.
        on_progress: called with photos done and n while the file is made, here or elsewhere; may raise to give up.

    Returns:
        uint8 of that shape, mapped from disk.

    Raises:
        DataError: a photo was deleted meanwhile.
    """
    # Deletion looks for names that end like this one.
    building = path.with_name(f".building.{path.name}")
    pixels = _opened(path, shape)
    while pixels is None:
        with contextlib.suppress(Timeout), FileLock(path.with_suffix(".lock"), timeout=WAIT_SECONDS):
            pixels = _opened(path, shape)
            return _built(building, path, shape, decode, on_progress) if pixels is None else pixels
        on_progress(_rows_in(building, shape), shape[0])
    return pixels


def rows_of(pixels: Pixels, rows: npt.NDArray[np.intp]) -> Pixels:
    """Return a copy of some rows, of which few at a time count as memory of this process where they are mapped."""
    found = np.empty((len(rows), *pixels.shape[1:]), pixels.dtype)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = slice(start, start + ROWS_AT_ONCE)
        found[some] = pixels[rows[some]]
        release(pixels)
    return found


def decoding_threads() -> int:
    """Return how many threads of this machine decode photos."""
    return min(os.cpu_count() or 1, MOST_THREADS)


def release(pixels: Pixels) -> None:
    """Stop counting what was read of a large mapped file as memory of this process; it can be read again.

    Args:
        pixels: all or some of those in a file, or others, to which nothing happens.
    """
    source = pixels.base
    while isinstance(source, np.ndarray):
        source = source.base
    # Windows has no such call, and takes pages back by itself.
    if isinstance(source, mmap.mmap) and len(source) > KEPT_BYTES and hasattr(source, "madvise"):
        source.madvise(mmap.MADV_DONTNEED)


def _opened(path: Path, shape: Shape) -> Pixels | None:
    """Return the pixels in a file, or None where they are not those that were written."""
    try:
        pixels = _mapped(path)
        if pixels.shape != shape or pixels.dtype != np.uint8:
            return None
        with path.open("rb") as stream:
            stream.seek(pixels.offset)
            sums = [zlib.crc32(stream.read(_bytes_of(rows, shape))) for rows in _blocks(shape)]
            whole = stream.read() == _packed(sums)
    except (OSError, ValueError):
        return None
    return pixels if whole else None


def _mapped(path: Path) -> "np.memmap[tuple[int, ...], np.dtype[np.uint8]]":
    # np.load would also try archives and pickles, each with errors of its own.
    return np.lib.format.open_memmap(path, mode="r")


def _built(building: Path, path: Path, shape: Shape, decode: Decode, on_progress: OnProgress) -> Pixels:
    """Make the file aside and move it into place, so that no reader sees half of it."""
    try:
        _write(building, shape, decode, on_progress)
        move_into_place(building, path)
    except FileNotFoundError:
        raise DataError(
            "A photo was deleted while the photos were prepared for training. Expected those of the snapshot. "
            f"Received: file={path.name!r}, which is gone. Start the run again."
        ) from None
    finally:
        building.unlink(missing_ok=True)
    return _mapped(path)


def _write(building: Path, shape: Shape, decode: Decode, on_progress: OnProgress) -> None:
    sums = []
    with building.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})
        for rows, pixels in _decoded(shape, decode):
            data = pixels.tobytes()
            sums.append(zlib.crc32(data))
            stream.write(data)
            on_progress(rows.stop, shape[0])
        stream.write(_packed(sums))


def _decoded(shape: Shape, decode: Decode) -> Iterator[tuple[slice, Pixels]]:
    """Give each block's rows and pixels in order, decoded by as many threads as there are cores, a few blocks ahead."""
    threads = decoding_threads()
    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[tuple[slice, Future[Pixels]]] = deque()
        for rows in _blocks(shape):
            ahead.append((rows, pool.submit(decode, rows)))
            if len(ahead) > 2 * threads:
                first, pixels = ahead.popleft()
                yield first, pixels.result()
        for last, pixels in ahead:
            yield last, pixels.result()


def _blocks(shape: Shape) -> Iterator[slice]:
    rows, size = shape[0], max(1, BLOCK_BYTES // _bytes_of(slice(0, 1), shape))
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))


def _bytes_of(rows: slice, shape: Shape) -> int:
    return len(range(rows.start, rows.stop)) * math.prod(shape[1:])


def _packed(sums: list[int]) -> bytes:
    return np.array(sums, dtype=SUMS).tobytes()


def _rows_in(building: Path, shape: Shape) -> int:
    """Return how many photos another process has written so far."""
    try:
        return min(building.stat().st_size // _bytes_of(slice(0, 1), shape), shape[0])
    except FileNotFoundError:
        return 0
