"""Files that are waited for together."""

from collections.abc import Sequence
from pathlib import Path

from emotion_core.files.disk_sync import folders_made_for, in_threads, sync_file, sync_folder
from emotion_core.files.replacement import move_into_place, temporary_beside


class WriteBatch:
    """Files that are waited for together, also with those of other batches, which takes a fraction of the time.

    The files appear in ``sync``, and are durable once it has returned. Whatever refers to them is written after that.
    """

    def __init__(self) -> None:
        self._written: list[tuple[Path, Path]] = []
        self._folders: list[Path] = []

    def write_bytes(self, path: Path, data: bytes) -> None:
        """Write bytes to a file that appears in ``sync``, and replaces another one then.

        Args:
            path: file to create or replace; its folder is created if needed.
            data: complete new content.
        """
        self._folders += [*folders_made_for(path.parent), path.parent]
        temporary = temporary_beside(path)
        self._written.append((temporary, path))
        temporary.write_bytes(data)

    def sync(self) -> None:
        """Move the files into place, and wait until all are on the disk."""
        sync_batches([self])

    def discard(self) -> None:
        """Remove the files that were written since the last ``sync``."""
        written, self._written, self._folders = self._written, [], []
        for temporary, _ in written:
            temporary.unlink(missing_ok=True)

    @property
    def written(self) -> tuple[tuple[Path, Path], ...]:
        """Where each file is now, and where it will be."""
        return tuple(self._written)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Folders in which names are new or will be."""
        return tuple(self._folders)


def sync_batches(batches: Sequence[WriteBatch]) -> None:
    """Move the files of several batches into place, and wait until all are on the disk.

    Raises:
        OSError: a file cannot be written; those that are not in place yet are removed.
    """
    written = [pair for batch in batches for pair in batch.written]
    try:
        in_threads(sync_file, (temporary for temporary, _ in written))
        for temporary, path in written:
            move_into_place(temporary, path)
        in_threads(sync_folder, (folder for batch in batches for folder in batch.folders))
    finally:
        for batch in batches:
            batch.discard()
