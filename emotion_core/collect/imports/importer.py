"""From files to photos in the catalog: folders, single pictures, archives, and tables of labels or pixels."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from emotion_core.collect.import_summary import ImportSummary, add_and_count
from emotion_core.collect.imports.archives import archive_members, looks_like_zip, open_archive
from emotion_core.collect.imports.cifar import cifar_source, looks_like_gzip
from emotion_core.collect.imports.classes import Classes, Offered, is_hidden, sort_into_class
from emotion_core.collect.imports.members import Member, bytes_member, file_member, folder_members
from emotion_core.collect.imports.sorting import Source, sort_members, sort_table
from emotion_core.dataset import LABELS, Catalog, Origin
from emotion_core.errors import CollectError

_EXPECTED = (
    "Expected a folder with happy and sad folders in it, a zip of such folders, a table of files and their labels, a "
    "table with the columns emotion and pixels (fer2013), cifar-10-python.tar.gz, or a photo together with its label."
)

# An uploaded file: its name, or its path below the uploaded folder, and its bytes or where they lie on the disk.
Upload = tuple[str, bytes | Path]


@dataclass(frozen=True)
class ImportProgress:
    """How far an import has come.

    Attributes:
        done: files that were looked at.
        total: files there are, in what was opened so far; None where only the end will tell.
        added: photos that are new in the catalog.
        duplicates: pictures that were there already.
        rejected: files that could not be used.
    """

    done: int = 0
    total: int | None = None
    added: int = 0
    duplicates: int = 0
    rejected: int = 0


def _ignore(_progress: ImportProgress) -> None:
    """Watch nothing."""


def _never() -> None:
    """Stop never."""


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

    Without a label, a picture belongs to the class that a table in the same place tells, or else to that of the nearest
    folder above it that is called happy or sad, or else to that of its own folder. Pictures of classes that are not
    mapped to happy or sad are left alone and counted as skipped.

    Args:
        catalog: where the photos go.
        path: what to import; symbolic links that lead out of a folder are not followed.
        label: the class of every picture, whatever folder it is in.
        mapping: ``happy`` or ``sad`` for other classes, by the names that ``survey`` gives.
        on_progress: called after each picture.
        stop: called before each picture; raises to end the import, keeping what came before.
        summary: counts what becomes of the pictures, also where the import ends early; by default a new one.
        limit: how many photos at most, half of them happy and half sad; by default all, of CIFAR-10 10,000.

    Raises:
        CollectError: there is nothing at ``path``, nothing in it to import, or an archive beyond our limits.
    """
    classes, summary = Classes.chosen(label, mapping), summary or ImportSummary()
    try:
        with _source(_existing(path), classes) as source:
            _offer_all(catalog, [source], summary, on_progress, stop, limit)
    except OSError as error:
        raise CollectError(
            f"The import could not go on: {error.strerror}. Received: path={str(path)!r}. What came before is kept."
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
        catalog: where the photos go.
        files: a zip among them counts as its content, and a table tells the labels of the others.
        label: the class of every picture that no table names; without it the folders in names and zips tell.
        mapping: ``happy`` or ``sad`` for other classes, by the names that ``survey_files`` gives.
        on_progress: called after each picture.
        stop: called before each picture; raises to end the import, keeping what came before.
        summary: counts what becomes of the pictures, also where the import ends early; by default a new one.

    Returns:
        What became of each picture; a file that cannot be used at all is among the rejected.

    Raises:
        CollectError: a label is neither happy nor sad.
    """
    summary = summary or ImportSummary()
    _offer_all(catalog, _uploaded(files, Classes.chosen(label, mapping)), summary, on_progress, stop)
    return summary


def survey(path: str | Path, label: str | None = None) -> dict[str, int]:
    """Return how many pictures an import would meet of each class, happy and sad among them; decodes none.

    Args:
        path: what would be imported.
        label: the class of every picture, where one is chosen.

    Raises:
        CollectError: there is nothing at ``path``, or it is an archive or table that cannot be read.
    """
    try:
        with _source(_existing(path), Classes.chosen(label, None)) as source:
            return dict(source.counts())
    except OSError as error:
        raise CollectError(f"This cannot be read: {error.strerror}. Received: path={str(path)!r}.") from error


def survey_files(files: Iterable[Upload], label: str | None = None) -> dict[str, int]:
    """Return how many pictures of each class there are among uploaded files, as ``survey`` does."""
    sources = _uploaded(files, Classes.chosen(label, None))
    return dict(sum((source.counts() for source in sources), Counter[str]()))


def _existing(path: str | Path) -> Path:
    try:
        place = Path(path).expanduser()
        place.stat()
    except (OSError, RuntimeError, ValueError) as error:  # no such file, no such home folder, no name for a file
        raise CollectError(
            f"There is nothing to import at this path. {_EXPECTED} Received: path={str(path)!r}."
        ) from error
    return place


def _offer_all(
    catalog: Catalog,
    sources: Iterable[Source],
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
            for entry in _within(source.entries(), source.most if limit is None else limit):
                stop()
                _offer(catalog, entry, summary)
                done += 1
                on_progress(ImportProgress(done, total, summary.added, summary.duplicates, len(summary.rejected)))


def _within(entries: Iterator[Offered], most: int | None) -> Iterator[Offered]:
    """Give the entries until there are enough photos of both labels; those of a label that has enough are of no use."""
    if most is None:
        yield from entries
        return
    left = dict.fromkeys(LABELS, most // 2)
    for entry in entries:
        if entry.label is None or entry.problem:
            yield entry
        elif left[entry.label]:
            left[entry.label] -= 1
            yield entry
        if not any(left.values()):
            return


def _offer(catalog: Catalog, entry: Offered, summary: ImportSummary) -> None:
    if entry.problem:
        summary.reject(entry.name, entry.problem)
    elif entry.label is None:
        summary.skip(entry.kind)
    else:
        add_and_count(catalog, entry.data, entry.label, Origin(entry.name), summary)


@contextlib.contextmanager
def _source(place: Path, classes: Classes) -> Iterator[Source]:
    """Give what there is at a place, sorted; an archive stays open meanwhile."""
    if place.is_dir():
        yield sort_members(folder_members(place), classes)
    elif place.suffix.lower() == ".csv":
        yield sort_table(place, classes)
    elif _is_archive(place):
        with _archive(place, place.name, classes) as source:
            yield source
    else:
        yield _one_picture(place, classes)


@contextlib.contextmanager
def _archive(archive: Path | bytes, name: str, classes: Classes) -> Iterator[Source]:
    """Give what there is in a zip, or in CIFAR-10's archive; a zip stays open meanwhile."""
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


def _one_picture(place: Path, classes: Classes) -> Source:
    # The folder it lies in is not what the person pointed at.
    entry = sort_into_class(PurePosixPath(place.name), classes, assume_picture=True)
    if entry is None or entry.label is None:
        raise CollectError(f"This file is not a photo with a label. {_EXPECTED} Received: path={str(place)!r}.")
    return Source([(entry, file_member(place, PurePosixPath(place.name)))], [], classes)


def _uploaded(files: Iterable[Upload], classes: Classes) -> Iterator[Source]:
    """Give the uploaded files that are no archives, all at once because a table names others; then each archive."""
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
    yield sort_members(members, classes, every=True)
    for path, archive in archives:
        try:
            with _archive(archive, str(path), classes) as content:
                yield content
        except CollectError as error:
            yield Source([(Offered(str(path), problem=str(error)), None)], [], classes)


def _nothing_usable(path: str, summary: ImportSummary) -> str:
    met = ", ".join(f"{count} in {kind!r}" for kind, count in summary.skipped.most_common(3))
    found = f" It holds pictures that are of neither class: {met}." if met else ""
    return (
        f"There is no photo to import here.{found} {_EXPECTED} Received: path={path!r}. "
        "Name the folders happy and sad, say which class is which, or give the label of all its photos."
    )
