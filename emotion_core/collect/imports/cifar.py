"""Read CIFAR-10 in its Python form: ``cifar-10-python.tar.gz``, a tar of pickled batches."""

import io
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

from emotion_core.collect.imports.batch_pickles import read_batch
from emotion_core.collect.imports.classes import ClassMapping, ImportEntry
from emotion_core.collect.imports.sorting import ImportSource
from emotion_core.collect.imports.tar_members import TarLimits, TarTooLarge, tar_files
from emotion_core.errors import CollectError
from emotion_core.jobs import rejection_reason

SIDE_PX = 32
PHOTO_BYTES = 3 * SIDE_PX * SIDE_PX
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
# More photos only make every study take longer.
DEFAULT_LIMIT = 10_000
# The standard archive has five batches and a test batch of 31 MB each, and two more files.
MAX_BATCH_BYTES = 64_000_000
MAX_TOTAL_BYTES = 400_000_000
MAX_MEMBERS, MAX_BATCHES = 100, 20
_DAMAGE = (zlib.error, EOFError, OSError, ValueError, TypeError)


@dataclass(frozen=True)
class CifarSource(ImportSource):
    """The photos of the archive, batch by batch.

    Attributes:
        archive: path of the archive, or its bytes.
        name: name of the archive; photos are named by it, their batch and their index there.
    """

    archive: Path | bytes = b""
    name: str = ""

    @property
    def total(self) -> int | None:
        """None, because the number of photos is known only after reading them."""
        return None

    def entries(self) -> Iterator[ImportEntry]:
        """Yield the photos with a label, encoded as PNG, and the others without pixels.

        A damaged batch is yielded as the last entry, with its problem.
        """
        try:
            for batch, kinds, pixels in self.batches():
                for index, kind in enumerate(kinds):
                    entry = ImportEntry(f"{self.name}/{batch}/{index}", self.classes.label_of(kind), kind=kind)
                    yield entry if entry.label is None else entry.with_data(_png(pixels[index]))
        except Exception as error:
            yield ImportEntry(self.name, problem=rejection_reason(error, self.name))

    def counts(self) -> Counter[str]:
        """Return the number of photos of each class."""
        return Counter(kind for _, kinds, _ in self.batches() for kind in kinds)

    def batches(self) -> Iterator[tuple[str, list[str], Any]]:
        """Yield the name of each batch, the classes of its photos, and their pixels: uint8 of shape ``(n, 3, 32, 32)``.

        Raises:
            CollectError: the archive is damaged, too large, or not CIFAR-10.
        """
        is_empty = True
        for name, data in _members(self.archive, self.name):
            is_empty = False
            yield (name, *_read_batch(data, f"{self.name}/{name}"))
        if is_empty:
            raise _not_cifar(self.name)


def cifar_source(archive: Path | bytes, name: str, classes: ClassMapping) -> CifarSource:
    """Return the photos of ``cifar-10-python.tar.gz`` as an import source.

    Args:
        archive: path of the archive, or its bytes.
        name: name of the archive.
        classes: labels of CIFAR-10's ten classes.

    Raises:
        CollectError: the first batch cannot be read.
    """
    source = CifarSource([], [], classes, DEFAULT_LIMIT, archive=archive, name=name)
    next(source.batches())
    return source


def looks_like_gzip(start: bytes) -> bool:
    """Whether a file with these first bytes is gzip-compressed."""
    return start.startswith(b"\x1f\x8b")


def _members(archive: Path | bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each batch, without writing to disk."""
    limits, count = TarLimits(MAX_MEMBERS, MAX_TOTAL_BYTES), 0
    try:
        with _stream(archive) as stream:
            for member, content in tar_files(stream, limits):
                batch = member.name.rpartition("/")[2]
                if batch.startswith("data_batch_") or batch == "test_batch":
                    count += 1
                    if count > MAX_BATCHES or member.size > MAX_BATCH_BYTES:
                        raise TarTooLarge
                    yield batch, _exactly(content, member.size)
    except TarTooLarge as error:
        raise CollectError(
            f"The archive is too large. Expected at most {MAX_TOTAL_BYTES:,} bytes in {MAX_MEMBERS} files, and "
            f"{MAX_BATCHES} batches of {MAX_BATCH_BYTES:,}. Received: {name!r}. Download it again from its official "
            "site."
        ) from error
    except _DAMAGE as error:
        raise CollectError(
            f"The archive is damaged. Expected cifar-10-python.tar.gz. Received: {name!r}. Download it again."
        ) from error


def _exactly(content: IO[bytes], size: int) -> bytes:
    data = content.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _stream(archive: Path | bytes) -> IO[bytes]:
    return io.BytesIO(archive) if isinstance(archive, bytes) else archive.open("rb")


def _read_batch(data: bytes, name: str) -> tuple[list[str], Any]:
    """Return the classes of a batch's photos, and their pixels: uint8 of shape ``(n, 3, 32, 32)``."""
    try:
        batch = read_batch(data)
        numbers, content = batch[b"labels"], batch[b"data"].content
        pixels = np.frombuffer(content, dtype=np.uint8).reshape(-1, 3, SIDE_PX, SIDE_PX)
        kinds = [CLASSES[number] for number in numbers]
    except CollectError:
        raise
    except Exception as error:  # A damaged pickle can raise anything, and be any value.
        raise _not_cifar(name) from error
    if len(kinds) != len(pixels):
        raise _not_cifar(name)
    return kinds, pixels


def _not_cifar(name: str) -> CollectError:
    return CollectError(
        "This is not CIFAR-10 for Python. Expected cifar-10-python.tar.gz with pickled batches of labels and data. "
        f"Received: {name!r}. Download it from its official site; unpack other tar archives first."
    )


def _png(pixels: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels.transpose(1, 2, 0)).save(out, "PNG", compress_level=1)
    return out.getvalue()
