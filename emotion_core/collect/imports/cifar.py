"""CIFAR-10 as its makers hand it out for Python: ``cifar-10-python.tar.gz``, a tar of pickled batches.

A pickle is a program. This reader lets it make lists, dicts, texts, bytes and numbers, and of NumPy only something that
holds the bytes of an array: whatever else it names, nothing of it is imported or called.
"""

import io
import pickle
import tarfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

from emotion_core.collect.imports.classes import Classes, Offered
from emotion_core.collect.imports.sorting import Source
from emotion_core.errors import CollectError

SIDE_PX = 32
PHOTO_BYTES = 3 * SIDE_PX * SIDE_PX
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
# More only make every study longer.
MOST_PHOTOS = 10_000
# The standard archive has five batches and a test batch of 31 MB each.
MAX_BATCH_BYTES = 64_000_000
MAX_TOTAL_BYTES = 1_000_000_000
_DAMAGE = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError)


@dataclass(frozen=True)
class CifarSource(Source):
    """The photos of an archive, batch by batch.

    Attributes:
        archive: the file, or its bytes.
        name: of the archive; photos are called by it, their batch and their place there.
    """

    archive: Path | bytes = b""
    name: str = ""

    @property
    def total(self) -> int | None:
        """None: how many there are, only reading them tells."""
        return None

    def entries(self) -> Iterator[Offered]:
        """Give the photos of the classes that count as happy or sad, encoded as PNG, and the others without pixels.

        Where a batch turns out to be damaged, that is the last that is given.
        """
        try:
            for batch, kinds, pixels in self.batches():
                for number, kind in enumerate(kinds):
                    entry = Offered(f"{self.name}/{batch}/{number}", self.classes.label_of(kind), kind=kind)
                    yield entry if entry.label is None else entry.with_data(_png(pixels[number]))
        except CollectError as error:
            yield Offered(self.name, problem=str(error))

    def counts(self) -> Counter[str]:
        """Return how many pictures each class has."""
        return Counter(kind for _, kinds, _ in self.batches() for kind in kinds)

    def batches(self) -> Iterator[tuple[str, list[str], Any]]:
        """Give each batch: its name, the classes of its photos, and their pixels of shape ``(n, 3, 32, 32)``.

        Raises:
            CollectError: the archive is damaged, too large, or something else than CIFAR-10.
        """
        found = False
        for name, data in _members(self.archive, self.name):
            found = True
            yield (name, *_read_batch(data, f"{self.name}/{name}"))
        if not found:
            raise _not_cifar(self.name)


def cifar_source(archive: Path | bytes, name: str, classes: Classes) -> CifarSource:
    """Return what is in ``cifar-10-python.tar.gz``.

    Args:
        archive: the file, or its bytes.
        name: of the archive.
        classes: what the person said of CIFAR-10's ten classes.

    Raises:
        CollectError: its first batch cannot be read.
    """
    source = CifarSource([], [], classes, MOST_PHOTOS, archive, name)
    next(source.batches())
    return source


def looks_like_gzip(start: bytes) -> bool:
    """Whether a file that begins like this is compressed by gzip."""
    return start.startswith(b"\x1f\x8b")


def _members(archive: Path | bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """Give name and bytes of each batch; nothing is written to the disk."""
    total = 0
    try:
        with _stream(archive) as stream, tarfile.open(fileobj=stream, mode="r|gz") as tar:
            for member in tar:
                total += member.size
                if total > MAX_TOTAL_BYTES or (_is_batch(member) and member.size > MAX_BATCH_BYTES):
                    raise CollectError(
                        f"The archive is too large. Expected at most {MAX_TOTAL_BYTES:,} bytes in batches of "
                        f"{MAX_BATCH_BYTES:,}. Received: {name!r}. Download it again from its makers."
                    )
                batch = tar.extractfile(member) if _is_batch(member) else None
                if batch is not None:
                    yield member.name.rpartition("/")[2], batch.read()
    except _DAMAGE as error:
        raise CollectError(
            f"The archive is damaged. Expected cifar-10-python.tar.gz. Received: {name!r}. Download it again."
        ) from error


def _stream(archive: Path | bytes) -> IO[bytes]:
    return io.BytesIO(archive) if isinstance(archive, bytes) else archive.open("rb")


def _is_batch(member: tarfile.TarInfo) -> bool:
    name = member.name.rpartition("/")[2]
    return member.isreg() and (name.startswith("data_batch_") or name == "test_batch")


def _read_batch(data: bytes, name: str) -> tuple[list[str], Any]:
    """Return the classes of a batch's photos, and their pixels: uint8 of shape ``(n, 3, 32, 32)``."""
    try:
        batch = _Reader(data).load()
        numbers, kept = batch[b"labels"], batch[b"data"].content
        pixels = np.frombuffer(kept, dtype=np.uint8).reshape(-1, 3, SIDE_PX, SIDE_PX)
        kinds = [CLASSES[number] for number in numbers]
    except CollectError:
        raise
    # Whatever a damaged pickle comes to: no error of its own leaves here.
    except Exception as error:
        raise _not_cifar(name) from error
    if len(kinds) != len(pixels):
        raise _not_cifar(name)
    return kinds, pixels


def _not_cifar(name: str) -> CollectError:
    return CollectError(
        "This is not CIFAR-10 for Python. Expected cifar-10-python.tar.gz with pickled batches of labels and data. "
        f"Received: {name!r}. Download it from its makers; other tar archives have to be unpacked first."
    )


class _Kept:
    """Stands for an array or its type: takes what the pickle says of it, and keeps the bytes."""

    content = b""

    def __init__(self, *_arguments: object) -> None:
        """Ignore what it is to be."""

    def __setstate__(self, state: tuple[object, ...]) -> None:
        # Version, shape, type, order, bytes; of a type, the last is a number.
        self.content = state[-1] if isinstance(state[-1], bytes) else b""


def _encoded(text: str, encoding: str) -> bytes:
    """Return the bytes that Python 3 writes into an old kind of pickle as text."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(encoding)
    return text.encode("latin1")


_ALLOWED: dict[tuple[str, str], Callable[..., object]] = {
    ("numpy.core.multiarray", "_reconstruct"): _Kept,
    ("numpy._core.multiarray", "_reconstruct"): _Kept,
    ("numpy", "ndarray"): _Kept,
    ("numpy", "dtype"): _Kept,
    ("_codecs", "encode"): _encoded,
}


class _Reader(pickle.Unpickler):
    def __init__(self, data: bytes) -> None:
        # The texts of Python 2 are bytes.
        super().__init__(io.BytesIO(data), encoding="bytes")

    def find_class(self, module: str, name: str) -> Callable[..., object]:
        """Return what stands for one of NumPy's names, and refuse all others."""
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise CollectError(
                "The archive asks for more than numbers and texts, so it is not read. Expected the batches of "
                f"CIFAR-10. Received: {module}.{name}. Download the archive from its makers."
            ) from None


def _png(pixels: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels.transpose(1, 2, 0)).save(out, "PNG", compress_level=1)
    return out.getvalue()
