"""Open what is imported: folders, archives, tables, single pictures and uploads."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from emotion_core.collect.imports.archives import list_archive, looks_like_zip, open_archive
from emotion_core.collect.imports.cifar import cifar_source, looks_like_gzip
from emotion_core.collect.imports.classes import ClassMapping, ImportEntry, sort_into_class
from emotion_core.collect.imports.members import (
    Listing,
    bytes_member,
    file_member,
    is_unwanted,
    list_folder,
    path_of,
)
from emotion_core.collect.imports.parquet_tables import PARQUET_SUFFIX
from emotion_core.collect.imports.sorting import ImportSource, sort_members, sort_table
from emotion_core.collect.imports.tables import TABLE_SUFFIXES
from emotion_core.collect.imports.zip_names import read_names
from emotion_core.errors import CollectError
from emotion_core.jobs import rejection_reason
from emotion_core.sandbox import announce

EXPECTED = (
    "Expected a folder with happy and sad folders in it, a zip of such folders, a table of files and their labels, a "
    "table with the columns emotion and pixels (fer2013), a Parquet file of pictures and classes, "
    "cifar-10-python.tar.gz, or a photo together with its label."
)

# An uploaded file: its name or its path below the uploaded folder, and its content or its path on disk.
Upload = tuple[str, bytes | Path]


def existing_path(path: str | Path) -> Path:
    """Return the path of a file or folder that is there.

    Raises:
        CollectError: there is nothing at this path.
    """
    try:
        existing = Path(path).expanduser()
        existing.stat()
    except (OSError, RuntimeError, ValueError) as error:  # no such file, unknown home folder, invalid file name
        raise CollectError(
            f"There is nothing to import at this path. {EXPECTED} Received: path={str(path)!r}."
        ) from error
    return existing


@contextlib.contextmanager
def open_source(path: Path, classes: ClassMapping, encoding: str | None = None) -> Iterator[ImportSource]:
    """Yield the import source of a path; an archive is open within the context.

    Args:
        path: file or folder to import.
        classes: labels of the classes.
        encoding: encoding of names in archives, and of tables, that do not say theirs; None to guess it.

    Raises:
        CollectError: it cannot be read, or is no photo with a label.
    """
    if path.is_dir():
        yield sort_members(list_folder(path), classes, encoding=encoding)
    elif path.suffix.lower() in TABLE_SUFFIXES:
        yield sort_table(path, classes, encoding)
    elif path.suffix.lower() == PARQUET_SUFFIX:
        yield sort_members(Listing([file_member(path, PurePosixPath(path.name))]), classes)
    elif _is_archive(path):
        with _archive_source(path, path.name, classes, encoding) as source:
            yield source
    else:
        yield _single_picture(path, classes)


@contextlib.contextmanager
def _archive_source(
    archive: Path | bytes, name: str, classes: ClassMapping, encoding: str | None
) -> Iterator[ImportSource]:
    """Yield the import source of a zip or of CIFAR-10's archive; a zip is open within the context."""
    announce(name)
    if looks_like_gzip(_start(archive)):
        yield cifar_source(archive, name, classes)
    else:
        with open_archive(archive, name) as opened:
            names = read_names(opened, encoding)
            listing = list_archive(opened, names)
            listing.notes += [names.note] if names.note else []
            yield replace(sort_members(listing, classes, encoding=encoding), encoding=names.encoding)


def _is_archive(source: bytes | Path) -> bool:
    start = _start(source)
    return looks_like_zip(start) or looks_like_gzip(start)


def _start(source: bytes | Path) -> bytes:
    if isinstance(source, bytes):
        return source[:4]
    with source.open("rb") as stream:
        return stream.read(4)


def _single_picture(path: Path, classes: ClassMapping) -> ImportSource:
    # Only the file's own name: the user chose the file, so its folder is not a class.
    entry = sort_into_class(PurePosixPath(path.name), classes)
    if entry.label is None:
        raise CollectError(f"This file is not a photo with a label. {EXPECTED} Received: path={str(path)!r}.")
    return ImportSource([(entry, file_member(path, PurePosixPath(path.name)))], [], classes)


def upload_sources(
    files: Iterable[Upload], classes: ClassMapping, encoding: str | None = None
) -> Iterator[ImportSource]:
    """Yield all uploaded files but archives as one source, because tables may name any of them; then each archive.

    Args:
        files: the uploads.
        classes: labels of the classes.
        encoding: encoding of names in archives, and of tables, that do not say theirs; None to guess it.
    """
    listing = Listing()
    archives: list[tuple[PurePosixPath, bytes | Path]] = []
    for name, source in files:
        path = path_of(name.replace("\\", "/"))
        if is_unwanted(path.name):
            continue
        if _is_archive(source):
            archives.append((path, source))
        else:
            listing.members.append(
                bytes_member(source, path) if isinstance(source, bytes) else file_member(source, path)
            )
    yield sort_members(listing, classes, chosen_by_user=True, encoding=encoding)
    for path, archive in archives:
        try:
            with _archive_source(archive, str(path), classes, encoding) as content:
                yield content
        except Exception as error:
            problem = rejection_reason(error, str(path))
            yield ImportSource([(ImportEntry(str(path), problem=problem), None)], [], classes)
