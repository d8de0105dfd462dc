"""Import folders, single pictures, archives, and tables of labels or pixels into the catalog."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from emotion_core.collect.import_summary import ImportSummary, add_to_catalog
from emotion_core.collect.imports.archives import archive_members, looks_like_zip, open_archive
from emotion_core.collect.imports.cifar import cifar_source, looks_like_gzip
from emotion_core.collect.imports.classes import ClassMapping, ImportEntry, is_hidden, sort_into_class
from emotion_core.collect.imports.members import Member, bytes_member, file_member, folder_members
from emotion_core.collect.imports.sorting import ImportSource, sort_members, sort_table
from emotion_core.dataset import LABELS, Catalog, Origin
from emotion_core.errors import CollectError

_EXPECTED = (
    "Expected a folder with happy and sad folders in it, a zip of such folders, a table of files and their labels, a "
    "table with the columns emotion and pixels (fer2013), cifar-10-python.tar.gz, or a photo together with its label."
)

# An uploaded file: its name or its path below the uploaded folder, and its content or its path on disk.
Upload = tuple[str, bytes | Path]


@dataclass(frozen=True)
class ImportProgress:
    """Progress of an import.

    Attributes:
        done: files processed so far.
        total: files in the sources opened so far; None if the number is known only at the end.
        added: photos that are new in the catalog.
        duplicates: pictures that the catalog held already.
        rejected: files that could not be used.
    """

    done: int = 0
    total: int | None = None
    added: int = 0
    duplicates: int = 0
    rejected: int = 0


def _ignore(_progress: ImportProgress) -> None:
    """Report nothing."""


def _never() -> None:
    """Never stop."""


def import_path(
    catalog: Catalog,
    path: str | Path,
    *,
    label: str | None = None,
    mapping: Mapping[str, str] | None = None,
    on_progress: Callable[[ImportProgress], None] = _ignore,
    stop: Callable[[], None] = _never,
    summary: ImportSummary | None = None,
    limit: int | None = None,
) -> ImportSummary:
    """Import a folder, a zip, a table, CIFAR-10's archive or one picture.

    Without ``label``, the class of a picture is that in a table of the same folder, else the nearest folder above it
    called happy or sad, else its own folder. Pictures of classes that are not mapped to happy or sad are counted as
    skipped.

    Args:
        catalog: catalog that the photos are added to.
        path: file or folder to import; symbolic links that lead out of a folder are not followed.
        label: label of every picture, whatever its folder; None to use the classes.
        mapping: ``happy`` or ``sad`` by the name of a further class, as ``survey`` returns it.
        on_progress: called after each picture.
        stop: called before each picture; raises to end the import, which keeps what it has imported.
        summary: summary that counts the outcomes, also if the import ends early; None for a new one.
        limit: most photos, half of them happy and half sad; None for all, or 10,000 of CIFAR-10.

    Returns:
        The import summary.

    Raises:
        CollectError: nothing is at ``path``, nothing in it can be imported, or an archive is too large.
    """
    classes, summary = ClassMapping.from_choices(label, mapping), summary or ImportSummary()
    try:
        with _source(_existing(path), classes) as source:
            _import_all(catalog, [source], summary, on_progress, stop, limit)
    except OSError as error:
        raise CollectError(
            f"The import was interrupted: {error.strerror}. Received: path={str(path)!r}. "
            "The photos imported so far are kept."
        ) from error
    if not summary.offered:
        raise CollectError(_nothing_usable(str(path), summary))
    return summary


def import_files(
    catalog: Catalog,
    files: Iterable[Upload],
    *,
    label: str | None = None,
    mapping: Mapping[str, str] | None = None,
    on_progress: Callable[[ImportProgress], None] = _ignore,
    stop: Callable[[], None] = _never,
    summary: ImportSummary | None = None,
) -> ImportSummary:
    """Import uploaded files.

    Args:
        catalog: catalog that the photos are added to.
        files: the uploads; zips are opened, and tables label the other files.
        label: label of every picture that no table names; None to use the folders in names and zips.
        mapping: ``happy`` or ``sad`` by the name of a further class, as ``survey_files`` returns it.
        on_progress: called after each picture.
        stop: called before each picture; raises to end the import, which keeps what it has imported.
        summary: summary that counts the outcomes, also if the import ends early; None for a new one.

    Returns:
        The import summary; files that cannot be used are among the rejected.

    Raises:
        CollectError: a label is neither happy nor sad.
    """
    summary = summary or ImportSummary()
    sources = _upload_sources(files, ClassMapping.from_choices(label, mapping))
    _import_all(catalog, sources, summary, on_progress, stop)
    return summary


def survey(path: str | Path, label: str | None = None) -> dict[str, int]:
    """Return the number of pictures of each class that an import would find, without decoding any.

    Args:
        path: file or folder that would be imported.
        label: label of every picture; None to use the classes.

    Raises:
        CollectError: nothing is at ``path``, or it is an archive or table that cannot be read.
    """
    try:
        with _source(_existing(path), ClassMapping.from_choices(label, None)) as source:
            return dict(source.counts())
    except OSError as error:
        raise CollectError(f"The path cannot be read: {error.strerror}. Received: path={str(path)!r}.") from error


def survey_files(files: Iterable[Upload], label: str | None = None) -> dict[str, int]:
    """Return the number of pictures of each class among uploaded files, without decoding any.

    Args:
        files: the uploads.
        label: label of every picture that no table names; None to use the classes.

    Raises:
        CollectError: the label is neither happy nor sad.
    """
    sources = _upload_sources(files, ClassMapping.from_choices(label, None))
    return dict(sum((source.counts() for source in sources), Counter[str]()))


def _existing(path: str | Path) -> Path:
    try:
        existing = Path(path).expanduser()
        existing.stat()
    except (OSError, RuntimeError, ValueError) as error:  # no such file, unknown home folder, invalid file name
        raise CollectError(
            f"There is nothing to import at this path. {_EXPECTED} Received: path={str(path)!r}."
        ) from error
    return existing


def _import_all(
    catalog: Catalog,
    sources: Iterable[ImportSource],
    summary: ImportSummary,
    on_progress: Callable[[ImportProgress], None],
    stop: Callable[[], None],
    limit: int | None = None,
) -> None:
    done = 0
    total: int | None = 0
    with catalog.kept_open():
        for source in sources:
            total = None if total is None or source.total is None else total + source.total
            for entry in _limit_each_label(source.entries(), source.default_limit if limit is None else limit):
                stop()
                _import_entry(catalog, entry, summary)
                done += 1
                on_progress(ImportProgress(done, total, summary.added, summary.duplicates, len(summary.rejected)))


def _limit_each_label(entries: Iterator[ImportEntry], limit: int | None) -> Iterator[ImportEntry]:
    """Yield entries until each label has half of ``limit`` photos; further photos of a full label are dropped."""
    if limit is None:
        yield from entries
        return
    left = dict.fromkeys(LABELS, limit // 2)
    for entry in entries:
        if entry.label is None or entry.problem:
            yield entry
        elif left[entry.label]:
            left[entry.label] -= 1
            yield entry
        if not any(left.values()):
            return


def _import_entry(catalog: Catalog, entry: ImportEntry, summary: ImportSummary) -> None:
    if entry.problem:
        summary.reject(entry.name, entry.problem)
    elif entry.label is None:
        summary.skip(entry.kind)
    else:
        add_to_catalog(catalog, entry.data, entry.label, Origin(entry.name), summary)


@contextlib.contextmanager
def _source(path: Path, classes: ClassMapping) -> Iterator[ImportSource]:
    """Yield the import source of a path; an archive is open within the context."""
    if path.is_dir():
        yield sort_members(folder_members(path), classes)
    elif path.suffix.lower() == ".csv":
        yield sort_table(path, classes)
    elif _is_archive(path):
        with _archive_source(path, path.name, classes) as source:
            yield source
    else:
        yield _single_picture(path, classes)


@contextlib.contextmanager
def _archive_source(archive: Path | bytes, name: str, classes: ClassMapping) -> Iterator[ImportSource]:
    """Yield the import source of a zip or of CIFAR-10's archive; a zip is open within the context."""
    if looks_like_gzip(_start(archive)):
        yield cifar_source(archive, name, classes)
    else:
        with open_archive(archive, name) as opened:
            yield sort_members(archive_members(opened), classes)


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
    entry = sort_into_class(PurePosixPath(path.name), classes, assume_picture=True)
    if entry is None or entry.label is None:
        raise CollectError(f"This file is not a photo with a label. {_EXPECTED} Received: path={str(path)!r}.")
    return ImportSource([(entry, file_member(path, PurePosixPath(path.name)))], [], classes)


def _upload_sources(files: Iterable[Upload], classes: ClassMapping) -> Iterator[ImportSource]:
    """Yield all uploaded files but archives as one source, because tables may name any of them; then each archive."""
    members: list[Member] = []
    archives: list[tuple[PurePosixPath, bytes | Path]] = []
    for name, source in files:
        path = PurePosixPath(name.replace("\\", "/"))
        if is_hidden(path.name):
            continue
        if _is_archive(source):
            archives.append((path, source))
        else:
            members.append(bytes_member(source, path) if isinstance(source, bytes) else file_member(source, path))
    yield sort_members(members, classes, chosen_by_user=True)
    for path, archive in archives:
        try:
            with _archive_source(archive, str(path), classes) as content:
                yield content
        except CollectError as error:
            yield ImportSource([(ImportEntry(str(path), problem=str(error)), None)], [], classes)


def _nothing_usable(path: str, summary: ImportSummary) -> str:
    others = ", ".join(f"{count} in {kind!r}" for kind, count in summary.skipped.most_common(3))
    hint = f" Its pictures belong to other classes: {others}." if others else ""
    return (
        f"There is no photo to import here.{hint} {_EXPECTED} Received: path={path!r}. "
        "Name the folders happy and sad, map its classes to happy and sad, or choose one label for all photos."
    )
