"""From files to photos in the catalog: folders, single pictures, zip archives and fer2013-style tables."""

import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from emotion_core import images
from emotion_core.collect.archives import list_archive, looks_like_zip, open_archive, read_archive
from emotion_core.collect.classes import Offered, is_hidden, sort_into_class
from emotion_core.collect.pixel_tables import read_pixel_table
from emotion_core.collect.tally import Tally, offer
from emotion_core.dataset import LABELS, Catalog, Origin
from emotion_core.errors import CollectError

_EXPECTED = (
    "Expected a folder with happy and sad folders in it, a zip of such folders, a table with the columns emotion and "
    "pixels (fer2013), or a photo together with its label."
)


@dataclass(frozen=True)
class ImportProgress:
    """How far an import has come.

    Attributes:
        done: files that were looked at.
        total: files there are, or None where only the end will tell.
        added: photos that are new in the catalog.
        duplicates: pictures that were there already.
        rejected: files that could not be used.
    """

    done: int
    total: int | None
    added: int
    duplicates: int
    rejected: int


def _ignore(_progress: ImportProgress) -> None:
    """Watch nothing."""


def import_path(
    catalog: Catalog,
    path: str | Path,
    *,
    label: str | None = None,
    on_progress: Callable[[ImportProgress], None] = _ignore,
) -> Tally:
    """Import a folder, a zip, a fer2013-style table or one picture.

    Without a label, a picture belongs to the class of the nearest folder above it that is called happy or sad; pictures
    below other folders are left alone and counted as skipped.

    Args:
        catalog: where the photos go.
        path: what to import; symbolic links that lead out of a folder are not followed.
        label: the class of every picture, whatever folder it is in.
        on_progress: called after each picture.

    Raises:
        CollectError: there is nothing at ``path``, nothing in it to import, or an archive beyond our limits.
    """
    _check_label(label)
    try:
        entries, total = _entries(_existing(path), label)
        tally = _offer_all(catalog, entries, on_progress, total)
    except OSError as error:
        raise CollectError(
            f"The import could not go on: {error.strerror}. Received: path={str(path)!r}. What came before is kept."
        ) from error
    if not tally.offered:
        raise CollectError(_nothing_usable(str(path), tally))
    return tally


def _existing(path: str | Path) -> Path:
    try:
        place = Path(path).expanduser()
        place.stat()
    except (OSError, RuntimeError, ValueError) as error:  # no such file, no such home folder, no name for a file
        raise CollectError(
            f"There is nothing to import at this path. {_EXPECTED} Received: path={str(path)!r}."
        ) from error
    return place


def import_files(catalog: Catalog, files: Iterable[tuple[str, bytes]], *, label: str | None = None) -> Tally:
    """Import uploaded files.

    Args:
        catalog: where the photos go.
        files: name (or path below the uploaded folder) and bytes of each; a zip among them counts as its content.
        label: the class of every picture; without it the folders in names and zips tell.

    Returns:
        What became of each picture; a file that cannot be used at all is among the rejected.
    """
    _check_label(label)
    return _offer_all(catalog, _uploaded(files, label), _ignore, None)


def _check_label(label: str | None) -> None:
    if label is not None and label not in LABELS:
        raise CollectError(f"The label is unknown. Expected one of {', '.join(LABELS)}. Received: label={label!r}.")


def _offer_all(
    catalog: Catalog, entries: Iterable[Offered], on_progress: Callable[[ImportProgress], None], total: int | None
) -> Tally:
    tally = Tally()
    for done, entry in enumerate(entries, 1):
        if entry.problem:
            tally.reject(entry.name, entry.problem)
        elif entry.label is None:
            tally.skip(entry.kind)
        else:
            offer(catalog, entry.data, entry.label, Origin(entry.name), tally)
        on_progress(ImportProgress(done, total, tally.added, tally.duplicates, len(tally.rejected)))
    return tally


def _entries(place: Path, label: str | None) -> tuple[Iterator[Offered], int | None]:
    """Return the files to offer, read one by one, and how many there are."""
    if place.is_dir():
        counted = _list_folder(place, label)
        return (_file_entry(path, entry) for path, entry in counted), len(counted)
    if place.suffix.lower() == ".csv":
        return _table_entries(place, label), None
    with place.open("rb") as stream:
        start = stream.read(4)
    if looks_like_zip(start):
        return _archive_entries(place, place.name, label)
    entry = sort_into_class(PurePosixPath(place.name), label, assume_picture=True)
    if entry is None or entry.label is None:
        raise CollectError(f"This file is not a photo with a label. {_EXPECTED} Received: path={str(place)!r}.")
    return iter([_file_entry(place, entry)]), 1


def _archive_entries(source: Path | bytes, name: str, label: str | None) -> tuple[Iterator[Offered], int]:
    archive = open_archive(source, name)
    members = list_archive(archive, label)
    return read_archive(archive, members), len(members)


def _table_entries(place: Path, label: str | None) -> Iterator[Offered]:
    if label is not None:
        raise CollectError(
            "A table of pixels states the label of each photo itself. Expected no label. "
            f"Received: label={label!r}, path={str(place)!r}. Leave the label out."
        )
    with place.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        yield from read_pixel_table(lines, place.name)


def _list_folder(root: Path, label: str | None) -> list[tuple[Path, Offered]]:
    counted = []
    for path in _files_below(root):
        # The folder's own name counts: somebody may import .../happy by itself.
        below = PurePosixPath(root.absolute().name, *path.relative_to(root).parts)
        entry = sort_into_class(below, label)
        if entry is not None:
            counted.append((path, entry))
    return counted


def _files_below(root: Path) -> Iterator[Path]:
    inside = root.resolve()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in sorted(names):
            path = Path(folder, name)
            # is_file is false for pipes and devices, which would block or never end.
            if not is_hidden(name) and path.is_file() and path.resolve().is_relative_to(inside):
                yield path


def _file_entry(path: Path, entry: Offered) -> Offered:
    if entry.label is None or entry.problem:
        return entry
    try:
        if path.stat().st_size > images.MAX_BYTES:
            return entry.rejected(f"The file is too large. Expected at most {images.MAX_BYTES:,} bytes.")
        return entry.with_data(path.read_bytes())
    except OSError as error:
        return entry.rejected(f"The file cannot be opened: {error.strerror}.")


def _uploaded(files: Iterable[tuple[str, bytes]], label: str | None) -> Iterator[Offered]:
    for name, data in files:
        path = PurePosixPath(name.replace("\\", "/"))
        if is_hidden(path.name):
            continue
        try:
            yield from _uploaded_file(path, data, label)
        except CollectError as error:
            yield Offered(str(path), problem=str(error))


def _uploaded_file(path: PurePosixPath, data: bytes, label: str | None) -> Iterator[Offered]:
    if looks_like_zip(data):
        yield from _archive_entries(data, str(path), label)[0]
    elif path.suffix.lower() == ".csv":
        lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", errors="replace", newline="")
        yield from read_pixel_table(lines, str(path))
    else:
        entry = sort_into_class(path, label, assume_picture=True)
        if entry is not None and entry.label is not None:
            yield entry.with_data(data)
        else:
            yield Offered(str(path), problem="No label was given for this photo. Expected happy or sad. Choose one.")


def _nothing_usable(path: str, tally: Tally) -> str:
    met = ", ".join(f"{count} in {kind!r}" for kind, count in tally.skipped.most_common(3))
    found = f" It holds pictures that are in neither folder: {met}." if met else ""
    return (
        f"There is no photo to import here.{found} {_EXPECTED} Received: path={path!r}. "
        "Name the folders happy and sad, or give the label of all its photos."
    )
