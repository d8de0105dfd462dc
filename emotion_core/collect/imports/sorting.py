"""Sort the files of an import into classes, by the tables among them and by their folders."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

from emotion_core.collect.imports.classes import (
    NO_FOLDER,
    ClassMapping,
    ImportEntry,
    class_of,
    is_archive_name,
    is_named_like_picture,
    sort_into_class,
)
from emotion_core.collect.imports.file_index import Companions, FileIndex
from emotion_core.collect.imports.label_tables import EntryWithFile
from emotion_core.collect.imports.layouts import EXPECTED_COLUMNS, raf_class, raf_split
from emotion_core.collect.imports.members import (
    Listing,
    Member,
    file_member,
    holds_picture,
    is_file_below,
    is_unwanted,
    list_folder,
    read_member,
)
from emotion_core.collect.imports.parquet_tables import PARQUET_SUFFIX, ParquetTable
from emotion_core.collect.imports.pixel_tables import read_pixel_table
from emotion_core.collect.imports.system_files import is_document, is_raw, is_sidecar
from emotion_core.collect.imports.table_search import FoundTable, find_tables, layout_of
from emotion_core.collect.imports.tabled_files import TabledFiles, label_table, read_votes
from emotion_core.errors import CollectError
from emotion_core.jobs import attempt, rejection_reason

# Of an upload without a class: it is counted, so that its label can be asked for.
NO_LABEL = "No label was given for this photo. Expected happy or sad. Choose a label."


@dataclass(frozen=True)
class ImportSource:
    """The sorted files of an import, before any picture is read.

    Attributes:
        candidates: files with their classes.
        pixel_tables: tables whose rows are photos.
        classes: labels of the classes.
        default_limit: most photos to import if the caller sets no limit; None for all.
        notes: sentences about files that were left alone, and about tables and names that were guessed.
        encoding: encoding in which names that do not say theirs were read; empty if there are none.
        votes: votes of FER+ on the rows of the only pixel table; None if there are none.
        parquet_tables: Parquet files whose rows are photos.
    """

    candidates: list[EntryWithFile]
    pixel_tables: list[FoundTable]
    classes: ClassMapping
    default_limit: int | None = None
    notes: list[str] = field(default_factory=list)
    encoding: str = ""
    votes: FoundTable | None = None
    parquet_tables: list[ParquetTable] = field(default_factory=list)

    @property
    def total(self) -> int | None:
        """The number of files, or None if there are tables of pictures, whose rows are counted only by reading them."""
        return None if self.pixel_tables or self.parquet_tables else len(self.candidates)

    def entries(self) -> Iterator[ImportEntry]:
        """Yield the entries; the content is read for those with a label and without a problem."""
        for entry, member in self.candidates:
            is_wanted = entry.label is not None and not entry.problem
            yield read_member(member, entry) if is_wanted and member else entry
        for table in self.pixel_tables:
            yield from _table_photos(table, self.classes, self.votes)
        for file in self.parquet_tables:
            yield from file.entries()

    def counts(self) -> Counter[str]:
        """Return the number of pictures of each class, before mapping."""
        counts = Counter(entry.kind for entry, _ in self.candidates if entry.problem in ("", NO_LABEL))
        # With an empty mapping no row has a label, so no pixels are parsed.
        photos = (entry for table in self.pixel_tables for entry in _table_photos(table, ClassMapping({}), self.votes))
        counts += Counter(entry.kind for entry in photos if not entry.problem)
        return sum((file.counts() for file in self.parquet_tables), counts)


def sort_members(
    listing: Listing, classes: ClassMapping, *, chosen_by_user: bool = False, encoding: str | None = None
) -> ImportSource:
    """Return the files of a folder, an archive or an upload with their classes; tables take precedence over folders.

    Args:
        listing: all files.
        classes: labels of the classes; a label for all pictures turns tables off, except for uploads.
        chosen_by_user: whether the user chose each file, as in an upload: tables always count, and files without the
            name of a picture may still be pictures.
        encoding: encoding of tables that do not say theirs; None to guess it.
    """
    members, own_classes = listing.members, replace(classes, label_for_all=None)
    uses_tables = chosen_by_user or classes.label_for_all is None
    companions = Companions(members)
    tables = find_tables(members, companions, own_classes, encoding) if uses_tables else []
    tabled = TabledFiles(tables, members, own_classes)
    candidates, notes = tabled.entries, [*listing.sentences(), *tabled.notes]
    unclear = [table for table in tables if table.layout.kind is None]
    if chosen_by_user:
        candidates += [(_invalid_table(table), None) for table in unclear]
    else:
        notes += [f"The table {str(table.member.path)!r} was not used: {table.layout.reason}." for table in unclear]
    parquet_files = [member for member in members if member.path.suffix.lower() == PARQUET_SUFFIX]
    # Compare members, not their paths: two uploads may have the same name.
    used = {table.member for table in tables} | {member for _, member in candidates if member} | set(parquet_files)
    for member in (member for member in members if member not in used):
        entry = attempt(
            partial(_entry_by_folder, member, classes, companions, chosen_by_user),
            str(member.path),
            partial(_rejected_entry, member),
        )
        if entry is not None:
            candidates.append((_require_label(entry) if chosen_by_user else entry, member))
    return ImportSource(
        candidates,
        [table for table in tables if table.layout.kind == "pixels"],
        own_classes,
        notes=notes,
        votes=tabled.votes,
        parquet_tables=[ParquetTable(member, own_classes if chosen_by_user else classes) for member in parquet_files],
    )


def sort_table(path: Path, classes: ClassMapping, encoding: str | None = None) -> ImportSource:
    """Return the files that a table names, or the photos in its rows.

    Args:
        path: path of the table.
        classes: labels of the classes, without a label for all pictures.
        encoding: encoding of a table that does not say its own; None to guess it.

    Raises:
        CollectError: the table holds neither labels nor pixels, is too long, or there is a label for all pictures.
    """
    if classes.label_for_all is not None:
        raise CollectError(
            "A table states the label of each photo itself. Expected no label. "
            f"Received: label={classes.label_for_all!r}, path={str(path)!r}. Leave the label out."
        )
    root = path.absolute().parent
    member = file_member(path, PurePosixPath(path.name))
    table = FoundTable(member, layout_of(member, classes, encoding))
    if table.layout.kind is None:
        raise CollectError(_invalid_table(table).problem)
    if table.layout.kind == "pixels":
        return ImportSource([], [table], classes)
    folders = [path.name for path in root.iterdir() if path.is_dir() and not is_unwanted(path.name)]
    files = FileIndex(lambda: _files_below(root), _finder_below(root))
    entries = list(label_table(table, files, folders[0] if len(folders) == 1 else None, classes).entries())
    return ImportSource(entries, [], classes, notes=[table.layout.note] if table.layout.data_set else [])


def _files_below(root: Path) -> list[Member]:
    """Return the files below a table's folder, by their paths there."""
    members = list_folder(root).members
    return [replace(member, path=PurePosixPath(*member.path.parts[1:])) for member in members]


def _finder_below(root: Path) -> Callable[[PurePosixPath], Member | None]:
    resolved = root.resolve()

    def find(shown: PurePosixPath) -> Member | None:
        try:
            path = root / shown
            return file_member(path, shown) if is_file_below(resolved, path) else None
        except (OSError, ValueError):  # not a valid file name
            return None

    return find


def _entry_by_folder(
    member: Member, classes: ClassMapping, companions: Companions, chosen_by_user: bool
) -> ImportEntry | None:
    """Return the entry of a file by the folders above it, or None if it is no photo and was not meant to be one."""
    path, suffix = member.path, member.path.suffix
    entry = sort_into_class(path, classes)
    if is_named_like_picture(path.name):
        return _of_raf(entry, path, classes)
    if is_archive_name(path.name):
        problem = "This archive lies inside a folder or archive. Import it by itself."
        return entry.rejected(problem) if entry.label else None
    is_picture = False if is_sidecar(suffix) or is_raw(suffix) else holds_picture(member)
    if is_picture:
        return entry
    if companions.has_picture_of(path):
        return None
    if is_raw(suffix) and entry.label:
        return entry.rejected("This is a camera's raw file. Expected JPEG, PNG or HEIC. Export it as JPEG.")
    if chosen_by_user:
        return entry
    # In a class folder every other file is listed, because it may be a photo that is damaged.
    if is_document(suffix) or not classes.is_mapped(class_of(path)):
        return None
    # Reading a file that cannot be read tells why.
    return entry if is_picture is None else entry.rejected("The file is not a picture.")


def _of_raf(entry: ImportEntry, path: PurePosixPath, classes: ClassMapping) -> ImportEntry:
    """Return the entry of a photo, by the emotion and split of RAF-DB if its name and folder are from there."""
    kind = raf_class(path, entry.kind)
    if kind is None or classes.label_for_all:
        return entry
    return replace(
        entry, label=classes.label_of(kind, entry.kind), kind=kind, code=entry.kind, split=raf_split(path.name)
    )


def _rejected_entry(member: Member, reason: str) -> ImportEntry:
    return ImportEntry(str(member.path), problem=reason)


def _table_photos(table: FoundTable, classes: ClassMapping, votes: FoundTable | None) -> Iterator[ImportEntry]:
    try:
        yield from read_pixel_table(table.member, table.layout, classes, read_votes(votes) if votes else None)
    except Exception as error:
        name = str(table.member.path)
        yield ImportEntry(name, problem=rejection_reason(error, name))


def _invalid_table(table: FoundTable) -> ImportEntry:
    name = str(table.member.path)
    problem = f"The table cannot be read: {table.layout.reason}. {EXPECTED_COLUMNS} Received: {name!r}."
    return ImportEntry(name, problem=problem)


def _require_label(entry: ImportEntry) -> ImportEntry:
    if entry.label is None and entry.kind == NO_FOLDER:
        return entry.rejected(NO_LABEL)
    return entry
