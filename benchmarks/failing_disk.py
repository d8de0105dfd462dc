"""A disk that loses its power: an ext4 image, copied as the block device has it, and the processes that stand still."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

IMAGE_MB = 1500


class Disk:
    """An ext4 file system in an image file, mounted.

    Args:
        folder: for the image, its copy and the places where they are mounted.
    """

    def __init__(self, folder: Path) -> None:
        self._image, self._copy = folder / "disk.img", folder / "copy.img"
        self.root, self._copy_root = folder / "disk", folder / "copy"
        self.root.mkdir()
        self._copy_root.mkdir()
        with self._image.open("wb") as stream:
            stream.truncate(IMAGE_MB * 2**20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self._image)], check=True)
        mount(self._image, self.root)
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
        device = next(device for device, place, *_ in mounts if place == str(self.root))
        self._statistics = Path("/sys/block") / Path(device).name / "stat"

    def close(self) -> None:
        """Unmount."""
        unmount(self.root)

    @contextlib.contextmanager
    def after_power_failure(self) -> Iterator[Path]:
        """Yield the mounted copy of the file system as it would be if the power had failed now."""
        while True:
            before = self._written()
            subprocess.run(["cp", "--sparse=always", str(self._image), str(self._copy)], check=True)
            # Another write during the copy would mix two instants.
            if self._written() == before:
                break
        mount(self._copy, self._copy_root)
        try:
            yield self._copy_root
        finally:
            unmount(self._copy_root)
            self._copy.unlink()

    def _written(self) -> list[str]:
        # Completed writes and sectors, and requests in flight (Documentation/block/stat.rst).
        fields = self._statistics.read_text().split()
        return [fields[4], fields[6], fields[8]]


def mount(image: Path, folder: Path) -> None:
    """Mount an image file on a folder."""
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)


def unmount(folder: Path) -> None:
    """Unmount a folder; processes that have just been killed may hold it for a moment."""
    for _ in range(50):
        if subprocess.run(["umount", str(folder)], stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.2)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def standing_still(root: Path) -> Iterator[None]:
    """Stop the processes that work in a folder for a moment, as a power failure would, and let them go on."""
    import psutil

    found = [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.pid != os.getpid() and any(str(root) in word for word in process.info["cmdline"] or ())
    ]
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)


def end_processes(root: Path) -> None:
    """Kill what still works in a folder, such as a standby worker."""
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        if process.pid != os.getpid() and any(str(root) in word for word in process.info["cmdline"] or ()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
