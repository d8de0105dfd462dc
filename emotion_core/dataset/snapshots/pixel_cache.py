"""Pixel cache: network inputs, decoded once into a file that all runs on a machine map into memory.

The file is a NumPy array (``.npy``) followed by a CRC-32 of each block of photos. All blocks are checked whenever the
file is opened. That takes .2 s per gigabyte, and there is no record of an earlier check that could itself be wrong.
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
CHECKSUM_DTYPE = np.dtype("<u4")
# Between two progress reports while another process builds the file.
WAIT_SECONDS = 0.5
# Each thread holds a photo and, when photos are cropped to faces, a detector.
MAX_THREADS = 8
# A mapped file up to this size may stay in this process's resident memory.
KEPT_BYTES = 2**25
# Linux may map 2 MB around each row that is read; releasing after a few rows bounds the resident memory.
ROWS_AT_ONCE = 8

Shape = tuple[int, int, int, int]
Decode = Callable[[slice], Pixels]
OnProgress = Callable[[int, int], None]


def cached_pixels(path: Path, shape: Shape, decode: Decode, on_progress: OnProgress) -> Pixels:
    """Return the pixels in a cache file, building the file first if it is missing, damaged or of another shape.

    If another process is building the file, this one waits.

    Args:
        path: cache file, whose name ends in ``.npy``.
        shape: shape of the pixels, ``(n, height, width, channels)``.
        decode: returns the pixels of a slice of rows; called from several threads at once.
        on_progress: called with the number of photos done and n while the file is built, by this process or another;
            may raise to cancel.

    Returns:
        uint8 of the given shape, mapped from disk.

    Raises:
        DataError: a photo was deleted meanwhile.
    """
    # The end of the name matters: deletion of photos looks for it, to stop a build that contains them.
    building = path.with_name(f".building.{path.name}")
    pixels = _opened(path, shape)
    while pixels is None:
        # The timeout lets a waiting process report progress and be canceled. A builder that was killed releases its
        # lock, and the next process starts over.
        with contextlib.suppress(Timeout), FileLock(path.with_suffix(".lock"), timeout=WAIT_SECONDS):
            # The process that held the lock may have finished the file.
            pixels = _opened(path, shape)
            return _built(building, path, shape, decode, on_progress) if pixels is None else pixels
        on_progress(_rows_in(building, shape), shape[0])
    return pixels


def is_intact(path: Path, photos: int) -> bool:
    """Return whether a cache file holds the pixels of this many photos as they were written.

    Args:
        path: cache file.
        photos: number of photos in its snapshot.
    """
    try:
        shape = _mapped(path).shape
    except (OSError, ValueError):
        return False
    return len(shape) == 4 and shape[0] == photos and _opened(path, (photos, *shape[1:])) is not None


def rows_of(pixels: Pixels, rows: npt.NDArray[np.intp]) -> Pixels:
    """Return a copy of some rows without holding the mapped file in memory.

    Args:
        pixels: uint8 of shape ``(n, height, width, channels)``, mapped or not.
        rows: positions of the rows, shape ``(m,)``.

    Returns:
        uint8 of shape ``(m, height, width, channels)``.
    """
    copy = np.empty((len(rows), *pixels.shape[1:]), pixels.dtype)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        batch = slice(start, start + ROWS_AT_ONCE)
        copy[batch] = pixels[rows[batch]]
        release(pixels)
    return copy


def decoding_threads() -> int:
    """Return the number of threads that decode photos on this machine."""
    return min(os.cpu_count() or 1, MAX_THREADS)


def release(pixels: Pixels) -> None:
    """Drop what was read of a large mapped file from this process's memory; it is read again when needed.

    Args:
        pixels: mapped array or a view of one; other arrays are left alone.
    """
    source = pixels.base
    while isinstance(source, np.ndarray):
        source = source.base
    # Windows has no such call; it reclaims the pages by itself.
    if isinstance(source, mmap.mmap) and len(source) > KEPT_BYTES and hasattr(source, "madvise"):
        source.madvise(mmap.MADV_DONTNEED)


def _opened(path: Path, shape: Shape) -> Pixels | None:
    """Return the pixels in a file, or None if it is missing, of another shape, or fails its checksums."""
    try:
        pixels = _mapped(path)
        if pixels.shape != shape or pixels.dtype != np.uint8:
            return None
        with path.open("rb") as stream:
            stream.seek(pixels.offset)
            checksums = [zlib.crc32(stream.read(_bytes_of(rows, shape))) for rows in _blocks(shape)]
            is_intact = stream.read() == _packed(checksums)
    except (OSError, ValueError):
        return None
    return pixels if is_intact else None


def _mapped(path: Path) -> "np.memmap[tuple[int, ...], np.dtype[np.uint8]]":
    # `np.load` would also try archives and pickles, each with error types of its own.
    return np.lib.format.open_memmap(path, mode="r")


def _built(building: Path, path: Path, shape: Shape, decode: Decode, on_progress: OnProgress) -> Pixels:
    """Build the file under another name and move it into place, so that no reader sees a partial one."""
    try:
        _write(building, shape, decode, on_progress)
        move_into_place(building, path)
    except FileNotFoundError:
        # Deleting a photo removes the unfinished file, too (see `deletion`).
        raise DataError(
            "A photo was deleted while the photos were prepared for training. Expected all photos of the snapshot. "
            f"Received: file={path.name!r}, which was removed. Start the run again."
        ) from None
    finally:
        building.unlink(missing_ok=True)
    return _mapped(path)


def _write(building: Path, shape: Shape, decode: Decode, on_progress: OnProgress) -> None:
    checksums = []
    with building.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})
        for rows, pixels in _decoded(shape, decode):
            data = pixels.tobytes()
            checksums.append(zlib.crc32(data))
            stream.write(data)
            on_progress(rows.stop, shape[0])
        stream.write(_packed(checksums))


def _decoded(shape: Shape, decode: Decode) -> Iterator[tuple[slice, Pixels]]:
    """Yield each block's rows and pixels in order, decoded in several threads a few blocks ahead."""
    threads = decoding_threads()
    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[tuple[slice, Future[Pixels]]] = deque()
        for rows in _blocks(shape):
            ahead.append((rows, pool.submit(decode, rows)))
            # A bounded queue: decoding may be faster than the disk, and the whole data set need not fit in memory.
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


def _packed(checksums: list[int]) -> bytes:
    return np.array(checksums, dtype=CHECKSUM_DTYPE).tobytes()


def _rows_in(building: Path, shape: Shape) -> int:
    """Return the number of photos that the building process has written so far."""
    try:
        return min(building.stat().st_size // _bytes_of(slice(0, 1), shape), shape[0])
    except FileNotFoundError:
        return 0
