"""The workspace folder and the environment variables."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from emotion_core.errors import SettingsError
from emotion_core.files import make_folder
from emotion_core.permissions import close_folder

WORKSPACE_VARIABLE = "EMOTION_WORKSPACE"
CONTACT_VARIABLE = "EMOTION_CONTACT"
STORED_SIDE_VARIABLE = "EMOTION_STORED_SIDE"
RUNS_AT_ONCE_VARIABLE = "EMOTION_RUNS_AT_ONCE"
WARM_VARIABLE = "EMOTION_WARM"
STARTER_WEIGHTS_VARIABLE = "EMOTION_STARTER_WEIGHTS"
CLUSTER_VARIABLE = "EMOTION_CLUSTER"
CLUSTER_FILES_VARIABLE = "EMOTION_CLUSTER_FILES"
TOKEN_VARIABLE = "EMOTION_TOKEN"
USERS_VARIABLE = "EMOTION_USERS"
CPUS_PER_RUN_VARIABLE = "EMOTION_CPUS_PER_RUN"
GPUS_PER_RUN_VARIABLE = "EMOTION_GPUS_PER_RUN"
MIN_FREE_VARIABLE = "EMOTION_MIN_FREE"
QUOTA_VARIABLE = "EMOTION_QUOTA"
_CLUSTER_ADDRESS = re.compile(r"auto|(?:ray://)?(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):\d{1,5}")
# Folder in the workspace of the server with the workspaces of users who sign in.
USERS_FOLDER = "users"
PACKAGE = Path(__file__).resolve().parent
# Shipped files: the starter network, the scripts of an export, the figures of the source study.
# A wheel carries them inside the package; in a checkout they are beside it.
ASSETS = PACKAGE / "assets" if (PACKAGE / "assets").is_dir() else PACKAGE.parent / "assets"
# At the upper limit, an image of the largest accepted size takes 650 MB of memory.
MIN_STORED_SIDE_PX, MAX_STORED_SIDE_PX = 256, 8192
# Enough to finish a photo, an epoch or a record, and to write down why the job ended.
MIN_FREE_MB = 200


@dataclass(frozen=True)
class Workspace:
    """One user's photos, snapshots, studies and runs, all in one folder.

    Attributes:
        root: workspace folder; everything below it belongs to this project.
    """

    root: Path

    @property
    def catalog(self) -> Path:
        """SQLite file of the photo catalog."""
        return self.root / "catalog.sqlite"

    @property
    def photos(self) -> Path:
        """Stored photos: re-encoded, named by their SHA-256."""
        return self.root / "photos"

    @property
    def journal(self) -> Path:
        """The catalog's rows once more, as text, to rebuild a lost catalog."""
        return self.root / "photos.journal"

    @property
    def thumbnails(self) -> Path:
        """Small JPEGs of the photos, for grids on pages and for the near-copy search."""
        return self.root / "thumbnails"

    @property
    def snapshots(self) -> Path:
        """Frozen data sets, each with its split and pixel caches."""
        return self.root / "snapshots"

    @property
    def studies(self) -> Path:
        """One JSON file per study."""
        return self.root / "studies"

    @property
    def runs(self) -> Path:
        """One folder per training run."""
        return self.root / "runs"

    @property
    def jobs(self) -> Path:
        """One folder per background job that is no training run: scrapes, imports, inspections and others."""
        return self.root / "jobs"


def open_workspace(root: str | Path | None = None) -> Workspace:
    """Return the workspace, creating its folder if needed; other users of the machine cannot enter it.

    Args:
        root: workspace folder. By default the variable ``EMOTION_WORKSPACE``, then ``workspace`` in the user's data
            folder for this app.

    Raises:
        SettingsError: the folder cannot be created or is not writable.
    """
    chosen = root or os.environ.get(WORKSPACE_VARIABLE)
    folder = (
        Path(chosen) if chosen else platformdirs.user_data_path("emotion-classifier", appauthor=False) / "workspace"
    )
    folder = folder.expanduser().absolute()
    is_new = not folder.is_dir()
    try:
        make_folder(folder)
    except OSError as error:
        raise SettingsError(
            f"The workspace folder cannot be created: {error.strerror}. Expected a folder that you may write to. "
            f"Received: workspace={str(folder)!r}. Choose another with --workspace or {WORKSPACE_VARIABLE}."
        ) from error
    if not os.access(folder, os.W_OK):
        raise SettingsError(
            "The workspace folder is read-only. Expected a folder that you may write to. "
            f"Received: workspace={str(folder)!r}. Choose another with --workspace or {WORKSPACE_VARIABLE}."
        )
    workspace = Workspace(folder)
    # A folder that existed and holds no photos yet may be anything, such as the user's home.
    if is_new or workspace.catalog.exists():
        close_folder(folder)
    return workspace


def stored_side_px(default: int) -> int:
    """Return the longest side that a stored photo may have, in pixels; larger photos are shrunk to it.

    Args:
        default: used if the variable ``EMOTION_STORED_SIDE`` is unset or empty.

    Raises:
        SettingsError: the variable is not a whole number from 256 to 8192.
    """
    text = os.environ.get(STORED_SIDE_VARIABLE, "").strip()
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) <= 4 and MIN_STORED_SIDE_PX <= int(text) <= MAX_STORED_SIDE_PX:
        return int(text)
    raise SettingsError(
        f"The size of stored photos is out of range. Expected {MIN_STORED_SIDE_PX} to {MAX_STORED_SIDE_PX} pixels. "
        f"Received: {STORED_SIDE_VARIABLE}={text[:40]!r}. Change the variable, or unset it for {default}."
    )


def min_free_mb() -> int:
    """Return how many megabytes jobs leave free on the disk: ``EMOTION_MIN_FREE``, or 200; 0 is no limit.

    Raises:
        SettingsError: the variable is no whole number of megabytes.
    """
    megabytes = _megabytes(MIN_FREE_VARIABLE, "The space that jobs leave free", f"unset it for {MIN_FREE_MB}")
    return MIN_FREE_MB if megabytes is None else megabytes


def quota_mb() -> int | None:
    """Return how many megabytes a workspace may hold: ``EMOTION_QUOTA``; None, as by default and for 0, is no limit.

    Raises:
        SettingsError: the variable is no whole number of megabytes.
    """
    return _megabytes(QUOTA_VARIABLE, "The limit of a workspace", "unset it for no limit") or None


def _megabytes(variable: str, what: str, default: str) -> int | None:
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise SettingsError(
        f"{what} is no number of megabytes. Expected a whole number, 0 for no limit. "
        f"Received: {variable}={text[:40]!r}. Change the variable, or {default}."
    )


def checked_address(text: str, name: str) -> str | None:
    """Return the address of a Ray cluster, or None if the text is empty: then this machine trains.

    Args:
        text: ``auto``, ``host:port`` or ``ray://host:port``, as the user entered it.
        name: name of the setting or variable, for the error message.

    Raises:
        SettingsError: the text is not an address.
    """
    text = text.strip()
    if not text or _CLUSTER_ADDRESS.fullmatch(text):
        return text or None
    raise SettingsError(
        "This is not the address of a Ray cluster. Expected auto, host:port or ray://host:port. "
        f"Received: {name}={text[:100]!r}. Change it, or leave it empty to train on this machine."
    )


def whole_number(variable: str, low: int, high: int) -> int | None:
    """Return the whole number in an environment variable, or None if it is unset or empty.

    Args:
        variable: name of the variable.
        low: smallest number allowed.
        high: largest number allowed, below 10,000.

    Raises:
        SettingsError: the value is not a whole number in the range.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 5:
        return checked_number(int(text), variable, low, high)
    raise _out_of_range(text, variable, low, high)


def checked_number(number: int, name: str, low: int, high: int) -> int:
    """Return the number unchanged if it is in the range.

    Args:
        number: value to check.
        name: name of the setting or variable, for the error message.
        low: smallest number allowed.
        high: largest number allowed.

    Raises:
        SettingsError: the number is out of the range.
    """
    if low <= number <= high:
        return number
    raise _out_of_range(str(number), name, low, high)


def _out_of_range(received: str, name: str, low: int, high: int) -> SettingsError:
    return SettingsError(
        f"This is no whole number in the allowed range. Expected {low} to {high}. "
        f"Received: {name}={received[:40]!r}. Change it, or leave it empty."
    )
