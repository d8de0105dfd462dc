"""Import folders, single pictures, archives, and tables of labels or pixels into the catalog."""

import contextlib
import hashlib
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from emotion_core.collect.import_summary import ImportSummary, add_to_catalog
from emotion_core.collect.imports.classes import ClassMapping, ImportEntry
from emotion_core.collect.imports.import_sources import EXPECTED, Upload
from emotion_core.collect.imports.reading import SourceFacts, path_request, read_entries, uploads_request
from emotion_core.dataset import Catalog, Origin, PhotoBatch
from emotion_core.disk_space import naming_full_disk
from emotion_core.errors import CollectError
from emotion_core.formatting import encodable

_MAX_CLASSES_NAMED = 12


@dataclass(frozen=True)
class ImportProgress:
    """Progress of an import.

    Attributes:
        done: files that were rejected or skipped, or are in the catalog for good.
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
    encoding: str | None = None,
    interrupted_since: float | None = None,
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
        encoding: encoding of names in a zip, and of tables, that do not say theirs, for instance ``gbk``; None to
            guess it.
        interrupted_since: start of the same import in a process that was interrupted, in seconds since 1970: what it
            added counts as added again. None for a new import.

    Returns:
        The import summary.

    Raises:
        CollectError: nothing is at ``path``, nothing in it can be imported, an archive is too large, or the encoding
            is unknown.
    """
    classes, summary = ClassMapping.from_choices(label, mapping), summary or ImportSummary()
    try:
        with naming_full_disk(catalog.workspace.root):
            items = read_entries(path_request(path, classes, encoding), limit)
            _import_all(catalog, items, classes, summary, on_progress, stop, interrupted_since)
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
    encoding: str | None = None,
    interrupted_since: float | None = None,
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
        encoding: encoding of names in zips, and of tables, that do not say theirs; None to guess it.
        interrupted_since: start of the same import in an interrupted process, as for ``import_path``.

    Returns:
        The import summary; files that cannot be used are among the rejected.

    Raises:
        CollectError: a label is neither happy nor sad, or the encoding is unknown.
    """
    classes, summary = ClassMapping.from_choices(label, mapping), summary or ImportSummary()
    with uploads_request(files, classes, encoding) as request:
        _import_all(catalog, read_entries(request), classes, summary, on_progress, stop, interrupted_since)
    return summary


def _import_all(
    catalog: Catalog,
    items: Generator[SourceFacts | ImportEntry, None, None],
    classes: ClassMapping,
    summary: ImportSummary,
    on_progress: Callable[[ImportProgress], None],
    stop: Callable[[], None],
    interrupted_since: float | None,
) -> None:
    earlier = set() if interrupted_since is None else catalog.added_files(interrupted_since)
    done, kinds = 0, set[str]()
    total: int | None = 0
    with contextlib.closing(items), catalog.kept_open(), PhotoBatch(catalog) as batch:
        for item in items:
            if isinstance(item, SourceFacts):
                summary.note(*item.notes)
                # A limit may end the import before every class was seen.
                kinds |= item.kinds
                total = None if total is None or item.total is None else total + item.total
                continue
            stop()
            _import_entry(catalog, batch, item, summary, earlier)
            kinds |= {item.kind, item.code}
            done += 1
            batch.commit_if_due()
            on_progress(_progress(done - len(batch), total, summary))
    if done:
        on_progress(_progress(done, total, summary))
    summary.note(*_unmatched_names(classes, kinds), *summary.split_notes())


def _progress(done: int, total: int | None, summary: ImportSummary) -> ImportProgress:
    return ImportProgress(done, total, summary.added, summary.duplicates, len(summary.rejected))


def _unmatched_names(classes: ClassMapping, kinds: set[str]) -> list[str]:
    """Return a sentence about each mapped name that no class has."""
    if classes.label_for_all is not None:
        return []
    names = sorted(kind for kind in kinds if kind and not kind.isdecimal()) or sorted(kinds - {""})
    others = f", and {len(names) - _MAX_CLASSES_NAMED} more" if len(names) > _MAX_CLASSES_NAMED else ""
    there = f"The classes are: {', '.join(names[:_MAX_CLASSES_NAMED])}{others}." if names else "There are no classes."
    return [f"No class is called {encodable(name)!r}. {there}" for name in classes.unmatched(kinds)]


def _import_entry(
    catalog: Catalog,
    batch: PhotoBatch,
    entry: ImportEntry,
    summary: ImportSummary,
    earlier: set[tuple[str, str]],
) -> None:
    """Import one entry.

    Args:
        catalog: catalog that the photo is added to.
        batch: of that catalog.
        entry: the file with its label, or with its problem.
        summary: summary that counts the outcome.
        earlier: SHA-256 and name of the files that an interrupted process of this import added; each counts once.
    """
    if entry.problem:
        summary.reject(entry.name, entry.problem)
    elif entry.label is None:
        summary.skip(entry.kind)
    else:
        file = (hashlib.sha256(entry.data).hexdigest(), entry.name) if earlier else None
        was_added = file in earlier
        earlier.discard(file)
        origin = Origin(entry.name)
        add_to_catalog(catalog, batch, entry.data, entry.label, origin, summary, entry.split, was_added=was_added)


def _nothing_usable(path: str, summary: ImportSummary) -> str:
    others = ", ".join(f"{count} in {kind!r}" for kind, count in summary.skipped.most_common(3))
    hint = f" Its pictures belong to other classes: {others}." if others else ""
    hint += "".join(f" {note}" for note in summary.notes)
    return (
        f"There is no photo to import here.{hint} {EXPECTED} Received: path={path!r}. "
        "Name the folders happy and sad, map its classes to happy and sad, or choose one label for all photos."
    )
