"""A real file system that is soon full."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

SIZE_MB = 6


@contextlib.contextmanager
def small_disk(folder: Path, size_mb: int = SIZE_MB) -> Iterator[Path]:
    """Mount a small file system on a folder, or skip the test where that is not allowed.

    Args:
        folder: an empty folder.
        size_mb: size of the file system.
    """
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small file system needs root on Linux")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, left_bytes: int = 0) -> None:
    """Fill the file system of a folder.

    Args:
        folder: gets the file ``filler``.
        left_bytes: space that is left free.
    """
    with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as stream:
        while True:
            stream.write(bytes(4096))
    with (folder / "filler").open("rb+") as stream:
        stream.truncate(max((folder / "filler").stat().st_size - left_bytes, 0))


def leftovers(folder: Path) -> list[Path]:
    """Return files and folders whose names say that they are not complete."""
    return [path for path in folder.rglob(".*") if not path.name.endswith(".lock")]
