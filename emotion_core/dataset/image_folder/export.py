"""Write photos as an ImageFolder: a folder for each part and label, with a table of what is known of each photo."""

import contextlib
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from emotion_core.dataset.catalog import LABELS, SPLITS, Catalog, Photo
from emotion_core.dataset.image_folder.texts import metadata_csv, readme
from emotion_core.dataset.snapshots import Snapshot, load_snapshot
from emotion_core.disk_space import check_free_space, naming_full_disk
from emotion_core.errors import DataError
from emotion_core.files import new_folder, replacing

ZIP_SUFFIX = ".zip"
README_FILE, METADATA_FILE = "README.md", "metadata.csv"
# The free space is looked at after each of so many photos.
CHECKED_PHOTOS = 100

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class PhotoChoice:
    """The photos of an export, and the parts they are sorted into.

    Attributes:
        split: ``none`` for folders by label alone, ``own`` for the split that the photos came with.
        include_new: whether photos that were not reviewed are exported as well as the kept ones.
        snapshot: fingerprint of a snapshot, whose photos, labels and split are exported instead; empty for the catalog.
    """

    split: Literal["none", "own"] = "none"
    include_new: bool = False
    snapshot: str = ""


@dataclass(frozen=True)
class PhotoExport:
    """What was exported.

    Attributes:
        counts: photos by part and label, as in ``counts["test"]["sad"]``; the part is empty without a split.
        without_split: photos that were left out, because they came without a split.
        missing: photos of the snapshot that were deleted since, and photos whose file is missing.
    """

    counts: dict[str, dict[str, int]]
    without_split: int = 0
    missing: int = 0

    @property
    def total(self) -> int:
        """Number of exported photos."""
        return sum(sum(row.values()) for row in self.counts.values())


@dataclass(frozen=True)
class _Item:
    photo: Photo
    label: str
    part: str


class _Target(Protocol):
    @property
    def place(self) -> Path:
        """Where the export is written."""

    def write(self, name: str, data: bytes) -> None:
        """Write a file of the export."""


def export_photos(
    catalog: Catalog,
    destination: Path,
    choice: PhotoChoice | None = None,
    on_progress: OnProgress = lambda done, total: None,
) -> PhotoExport:
    """Write photos to a folder or a zip: ``train/happy/ID.jpg``, or ``happy/ID.jpg`` without a split.

    Beside the folders of the labels, ``metadata.csv`` holds each photo's file, label, own split and source.

    Args:
        catalog: catalog of the photos.
        destination: a new or empty folder, or a new file whose name ends in ``.zip``.
        choice: the photos, and their parts; all kept photos without a split by default.
        on_progress: called with the number of photos written and their total; may raise to cancel.

    Returns:
        What was exported.

    Raises:
        DiskFull: the disk is full, or nearly.
        DataError: there is no such photo or snapshot, a photo was deleted meanwhile, or the destination is not empty or
            cannot be written.
    """
    items, without_split, missing = _items(catalog, choice or PhotoChoice())
    check_free_space(destination)
    try:
        with naming_full_disk(destination), _target(destination) as target:
            written = list(_written(catalog, items, target, on_progress))
            _write_texts(target, written)
            _check_still_there(catalog, written)
    except OSError as error:
        raise DataError(
            f"The photos cannot be exported: {error.strerror or error}. Received: path={str(destination)!r}. "
            "Choose another place."
        ) from error
    return PhotoExport(_counts(written), without_split, missing + len(items) - len(written))


def _items(catalog: Catalog, choice: PhotoChoice) -> tuple[list[_Item], int, int]:
    """Return the photos, how many lack a split, and how many are missing."""
    if choice.snapshot:
        snapshot = load_snapshot(catalog.workspace, choice.snapshot)
        items = _items_of(catalog, snapshot)
        return items, 0, len(snapshot.items) - len(items)
    statuses = ("kept", "new") if choice.include_new else ("kept",)
    photos = [photo for photo in catalog.photos() if photo.status in statuses]
    if not photos:
        new = sum(row["new"] for row in catalog.counts().values())
        raise DataError(
            f"There is no photo to export. Expected photos that are kept. Received: 0 kept, {new} not reviewed. Keep "
            "some on Review, or export photos that were not reviewed too."
        )
    items = [_Item(photo, photo.label, photo.split or "" if choice.split == "own" else "") for photo in photos]
    if choice.split == "none":
        return items, 0, 0
    sorted_items = [item for item in items if item.part]
    if not sorted_items:
        raise DataError(
            "None of these photos came with a split. Expected photos from folders such as train and test. "
            f"Received: {len(photos)} photos without one. Export them without a split."
        )
    return sorted_items, len(items) - len(sorted_items), 0


def _items_of(catalog: Catalog, snapshot: Snapshot) -> list[_Item]:
    photos = {photo.photo_id: photo for photo in catalog.photos_of([item.photo_id for item in snapshot.items])}
    # Each fold of a cross-validation has another split, so there is none to sort by.
    return [
        _Item(photos[item.photo_id], item.label, "" if snapshot.folds else item.split)
        for item in snapshot.items
        if item.photo_id in photos
    ]


def _written(
    catalog: Catalog, items: list[_Item], target: _Target, on_progress: OnProgress
) -> Iterator[tuple[_Item, str]]:
    """Write the photos, and yield each with its path below its part; photos without a file are left out."""
    for done, item in enumerate(items, start=1):
        path = f"{item.label}/{item.photo.photo_id}{item.photo.suffix}"
        with contextlib.suppress(FileNotFoundError):
            data = catalog.photo_path(item.photo).read_bytes()
            target.write(_below(item.part, path), data)
            yield item, path
        if done % CHECKED_PHOTOS == 0:
            check_free_space(target.place)
        on_progress(done, len(items))


def _below(part: str, path: str) -> str:
    return f"{part}/{path}" if part else path


def _write_texts(target: _Target, written: list[tuple[_Item, str]]) -> None:
    # One table for each part: Hugging Face takes a table at the top for the files of every part.
    for part in {item.part for item, _ in written}:
        rows = [
            (item.photo, item.label, item.part or item.photo.split or "", path)
            for item, path in written
            if item.part == part
        ]
        target.write(_below(part, METADATA_FILE), metadata_csv(rows).encode())
    target.write(README_FILE, readme(_counts(written)).encode())


def _counts(written: list[tuple[_Item, str]]) -> dict[str, dict[str, int]]:
    numbers = Counter((item.part, item.label) for item, _ in written)
    parts = [part for part in ("", *SPLITS) if any(numbers[part, label] for label in LABELS)]
    return {part: {label: numbers[part, label] for label in LABELS} for part in parts}


def _check_still_there(catalog: Catalog, written: list[tuple[_Item, str]]) -> None:
    missing = catalog.missing([item.photo.photo_id for item, _ in written])
    if missing:
        raise DataError(
            f"{len(missing)} photos were deleted while they were exported. Expected all of them until the end. "
            f"Received: photo_id={missing[0]!r}. Export again."
        )


@contextlib.contextmanager
def _target(destination: Path) -> Iterator[_Target]:
    """Yield where the files are written; they appear at the destination together at the end, or not at all."""
    is_zip = destination.suffix.lower() == ZIP_SUFFIX
    _check_free(destination, is_zip=is_zip)
    if not is_zip:
        with new_folder(destination) as folder:
            yield _FolderTarget(folder)
        return
    # Photos are compressed already.
    with (
        replacing(destination.absolute()) as temporary,
        zipfile.ZipFile(temporary, "x", zipfile.ZIP_STORED) as packed,
    ):
        yield _ZipTarget(packed, destination.stem)


def _check_free(destination: Path, *, is_zip: bool) -> None:
    if not destination.exists():
        return
    if is_zip or not destination.is_dir() or any(destination.iterdir()):
        raise DataError(
            "There is something at the place of the export already. Expected a new or an empty folder, or a new zip. "
            f"Received: path={str(destination)!r}. Choose another."
        )


@dataclass(frozen=True)
class _FolderTarget:
    place: Path

    def write(self, name: str, data: bytes) -> None:
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@dataclass(frozen=True)
class _ZipTarget:
    packed: zipfile.ZipFile
    root: str

    @property
    def place(self) -> Path:
        return Path(self.packed.filename or ".")

    def write(self, name: str, data: bytes) -> None:
        self.packed.writestr(f"{self.root}/{name}", data)
