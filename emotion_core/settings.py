"""Where things live and how large photos are kept: the workspace folder, and the environment variables."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from emotion_core.errors import SettingsError

WORKSPACE_VARIABLE = "EMOTION_WORKSPACE"
CONTACT_VARIABLE = "EMOTION_CONTACT"
STORED_SIDE_VARIABLE = "EMOTION_STORED_SIDE"
RUNS_AT_ONCE_VARIABLE = "EMOTION_RUNS_AT_ONCE"
WARM_VARIABLE = "EMOTION_WARM"
STARTER_WEIGHTS_VARIABLE = "EMOTION_STARTER_WEIGHTS"
CLUSTER_VARIABLE = "EMOTION_CLUSTER"
CLUSTER_FILES_VARIABLE = "EMOTION_CLUSTER_FILES"
CPUS_PER_RUN_VARIABLE = "EMOTION_CPUS_PER_RUN"
GPUS_PER_RUN_VARIABLE = "EMOTION_GPUS_PER_RUN"
_CLUSTER_ADDRESS = re.compile(r"auto|(?:ray://)?(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):\d{1,5}")
# What comes with the program: the starter, the scripts of an export, the figures of the source study.
PACKAGE = Path(__file__).resolve().parent
# A wheel carries them inside the package; in a checkout they are beside it.
ASSETS = PACKAGE / "assets" if (PACKAGE / "assets").is_dir() else PACKAGE.parent / "assets"
# With the largest, a picture of as many pixels as are read takes 650 MB of memory.
MIN_STORED_SIDE_PX, MAX_STORED_SIDE_PX = 256, 8192


@dataclass(frozen=True)
class Workspace:
    """One person's photos, snapshots, studies and runs, all under one folder.

    Attributes:
        root: the folder; everything below it belongs to this project.
    """

    root: Path

    @property
    def catalog(self) -> Path:
        """SQLite file that lists the photos."""
        return self.root / "catalog.sqlite"

    @property
    def photos(self) -> Path:
        """Photos as they are kept: re-encoded, named by their SHA-256."""
        return self.root / "photos"

    @property
    def thumbnails(self) -> Path:
        """Small JPEGs of the photos, the only pictures that pages show in a grid."""
        return self.root / "thumbnails"

    @property
    def snapshots(self) -> Path:
        """Frozen data sets with their splits and pixel caches."""
        return self.root / "snapshots"

    @property
    def studies(self) -> Path:
        """One JSON file for each study."""
        return self.root / "studies"

    @property
    def runs(self) -> Path:
        """One folder for each training run."""
        return self.root / "runs"

    @property
    def jobs(self) -> Path:
        """One folder for each scrape, import, guided study or look at the photos."""
        return self.root / "jobs"


def open_workspace(root: str | Path | None = None) -> Workspace:
    """Return the workspace, making its folder where it does not exist yet.

    Args:
        root: the folder; without it the variable ``EMOTION_WORKSPACE``, then ``workspace`` under the user's data
            folder.

    Raises:
        SettingsError: the folder cannot be made or written to.
    """
    chosen = root or os.environ.get(WORKSPACE_VARIABLE)
    folder = (
        Path(chosen) if chosen else platformdirs.user_data_path("emotion-classifier", appauthor=False) / "workspace"
    )
    folder = folder.expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The workspace folder cannot be made: {error.strerror}. Expected a folder that you may write to. "
            f"Received: workspace={str(folder)!r}. Name another with --workspace or {WORKSPACE_VARIABLE}."
        ) from error
    if not os.access(folder, os.W_OK):
        raise SettingsError(
            f"The workspace folder cannot be written to. Received: workspace={str(folder)!r}. "
            f"Name another with --workspace or {WORKSPACE_VARIABLE}."
        )
    return Workspace(folder)


def stored_side_px(default: int) -> int:
    """Return what the longer side of a photo shrinks to before it is kept, in pixels.

    Args:
        default: without the variable ``EMOTION_STORED_SIDE``.

    Raises:
        SettingsError: the variable holds no whole number from 256 to 8192.
    """
    text = os.environ.get(STORED_SIDE_VARIABLE, "").strip()
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) <= 4 and MIN_STORED_SIDE_PX <= int(text) <= MAX_STORED_SIDE_PX:
        return int(text)
    raise SettingsError(
        f"The size that photos are kept in cannot be used. Expected {MIN_STORED_SIDE_PX} to {MAX_STORED_SIDE_PX} "
        f"pixels. Received: {STORED_SIDE_VARIABLE}={text[:40]!r}. Change the variable, or leave it out for {default}."
    )


def checked_address(text: str, name: str) -> str | None:
    """Return the address of a Ray cluster, None where the text is empty: this machine trains.

    Args:
        text: what somebody wrote.
        name: where it was written, for the error message.

    Raises:
        SettingsError: it is no address.
    """
    text = text.strip()
    if not text or _CLUSTER_ADDRESS.fullmatch(text):
        return text or None
    raise SettingsError(
        "This is no address of a Ray cluster. Expected auto, host:port, or ray://host:port. "
        f"Received: {name}={text[:100]!r}. Change it, or leave it out to train on this machine."
    )


def whole_number(variable: str, low: int, high: int) -> int | None:
    """Return the number that an environment variable holds, None where it is unset or empty.

    Args:
        variable: its name.
        low: the smallest number it may hold.
        high: the largest.

    Raises:
        SettingsError: it holds something else.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 5:
        return checked_number(int(text), variable, low, high)
    raise _out_of_range(text, variable, low, high)


def checked_number(number: int, name: str, low: int, high: int) -> int:
    """Return the number.

    Raises:
        SettingsError: it is smaller than ``low`` or larger than ``high``.
    """
    if low <= number <= high:
        return number
    raise _out_of_range(str(number), name, low, high)


def _out_of_range(received: str, name: str, low: int, high: int) -> SettingsError:
    return SettingsError(
        f"This number cannot be used. Expected {low} to {high}. Received: {name}={received[:40]!r}. "
        "Change it, or leave it out."
    )
