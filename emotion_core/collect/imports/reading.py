"""Read what is imported in a reader process: the sources, one after the other, and the entries of each.

A file that ends its reader, because it takes too much time or memory or makes a decoder crash, is found by reading
again while the reader announces each file that it opens. Then it is left out with its reason, and the rest is read.
"""

import contextlib
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from emotion_core import sandbox
from emotion_core.collect.imports.classes import ClassMapping, ImportEntry
from emotion_core.collect.imports.encodings import checked_encoding
from emotion_core.collect.imports.import_sources import Upload, existing_path, open_source, upload_sources
from emotion_core.collect.imports.members import list_folder
from emotion_core.collect.imports.parquet_tables import PARQUET_SUFFIX
from emotion_core.collect.imports.sorting import ImportSource
from emotion_core.collect.imports.tables import TABLE_SUFFIXES
from emotion_core.dataset import LABELS
from emotion_core.errors import CollectError
from emotion_core.sandbox import Allowance, ReadingEnded, allowance_for

T = TypeVar("T")
# Reading begins again for each of them, so that an archive of nothing else would never end.
MAX_LEFT_OUT = 10
# Listing a folder of a hundred thousand photos takes 6 seconds and 150 MB.
_FILES_PER_SECOND, _BYTES_PER_FILE = 1000, 3000
_FOLDER_SECONDS = 60.0
# Tables of files, and zips with them, take long for their size: 100,000 rows of 17 characters took 10 seconds of a busy
# processor. A million is the most that is read.
_TABLE_BYTES_PER_SECOND, _MAX_TABLE_SECONDS = 50_000, 120


@dataclass(frozen=True)
class SourceFacts:
    """What is known of an import source before its entries are read.

    Attributes:
        total: number of files; None if it is known only at the end.
        kinds: names and numbers of the classes of the files.
        notes: sentences about the files.
    """

    total: int | None
    kinds: frozenset[str]
    notes: tuple[str, ...]


@dataclass
class Plan:
    """How files are read.

    Attributes:
        is_careful: whether the reader announces each file.
        left_out: why files are not read, by name.
    """

    is_careful: bool = False
    left_out: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadRequest:
    """What a reader process is asked to read.

    Attributes:
        path: file or folder; None for the uploads.
        shown: the path as the user wrote it.
        uploads: names of uploaded files, and the paths of their contents.
        classes: labels of the classes.
        encoding: encoding of names and tables that do not say theirs; None to guess it.
        allowance: what a part may take.
    """

    path: str | None
    shown: str
    uploads: list[tuple[str, str]]
    classes: ClassMapping
    encoding: str | None
    allowance: Allowance

    def stream(self, function: Callable[..., Iterator[dict[str, Any]]], plan: Plan, *more: Any) -> Iterator[Any]:
        """Yield what a function of this module yields in a reader process.

        Args:
            function: its arguments are the values of ``sources``, and what follows.
            plan: how to read.
            more: further arguments.
        """
        classes = asdict(self.classes)
        arguments = (self.path, self.shown, self.uploads, classes["labels"], classes["label_for_all"], self.encoding)
        return sandbox.stream(
            function,
            list(arguments),
            *more,
            allowance=self.allowance,
            left_out=plan.left_out,
            is_careful=plan.is_careful,
        )


def path_request(path: str | Path, classes: ClassMapping, encoding: str | None) -> ReadRequest:
    """Return the request to read a file or folder.

    Args:
        path: the file or folder.
        classes: labels of the classes.
        encoding: encoding of names and tables that do not say theirs; None to guess it.

    Raises:
        CollectError: there is nothing at this path, or the encoding is unknown.
    """
    existing = existing_path(path)
    allowance = _allowance(existing.stat().st_size) if existing.is_file() else _folder_allowance(existing)
    return ReadRequest(str(existing.absolute()), str(path), [], classes, checked_encoding(encoding), allowance)


@contextlib.contextmanager
def uploads_request(files: Iterable[Upload], classes: ClassMapping, encoding: str | None) -> Iterator[ReadRequest]:
    """Yield the request to read uploads; those in memory lie in a private folder until the context ends.

    Args:
        files: the uploads.
        classes: labels of the classes.
        encoding: encoding of names and tables that do not say theirs; None to guess it.

    Raises:
        CollectError: the encoding is unknown.
    """
    encoding = checked_encoding(encoding)
    with tempfile.TemporaryDirectory(prefix="emotion-import-", ignore_cleanup_errors=True) as folder:
        paths = []
        for number, (name, content) in enumerate(files):
            path = content if isinstance(content, Path) else Path(folder, str(number))
            if isinstance(content, bytes):
                path.write_bytes(content)
            paths.append((name, str(path.absolute())))
        allowance = _allowance(sum(Path(path).stat().st_size for _, path in paths))
        yield ReadRequest(None, "", paths, classes, encoding, allowance)


def read_entries(request: ReadRequest, limit: int | None = None) -> Generator[SourceFacts | ImportEntry, None, None]:
    """Yield the facts of each import source, followed by its entries; each entry once.

    Args:
        request: what to read.
        limit: most photos of a source, half of them happy and half sad; None for all, or the source's own limit.

    Raises:
        CollectError: nothing of it can be read.
    """
    read, known_sources, number = Counter[str](), 0, 0
    for item in carefully(lambda plan: request.stream(items_of, plan, limit, list(read.elements()))):
        if item is None:
            number = 0
        elif "notes" in item:
            number += 1
            facts = SourceFacts(item["total"], frozenset(item["kinds"]), tuple(item["notes"]))
            # Its files were counted before.
            yield replace(facts, total=facts.total and 0) if number <= known_sources else facts
            known_sources = max(known_sources, number)
        elif item:
            entry = ImportEntry(**item)
            read[entry.name] += 1
            yield entry


def carefully(read: Callable[[Plan], Iterator[T]]) -> Iterator[T | None]:
    """Yield what is read; where a reader was ended, begin again without the file that ended it.

    Args:
        read: reads as planned, from the start.

    Yields:
        What was read; None where reading begins again.

    Raises:
        CollectError: it is not known which file ended the reader, or there are more than ten of them.
    """
    plan = Plan()
    while True:
        try:
            yield from read(plan)
            return
        except ReadingEnded as ended:
            if plan.is_careful and (not ended.at or ended.at in plan.left_out or len(plan.left_out) >= MAX_LEFT_OUT):
                raise CollectError(str(ended)) from ended
            if plan.is_careful:
                plan.left_out[ended.at] = str(ended)
            plan.is_careful = True
        yield None


def items_of(arguments: list[Any], limit: int | None, read: list[str]) -> Iterator[dict[str, Any]]:
    """Yield facts and entries in a reader process.

    Args:
        arguments: of ``sources``.
        limit: most photos of a source.
        read: names of the entries that are known already; in their place an empty dict is yielded.
    """
    known = Counter(read)
    for source in sources(*arguments):
        kinds = {kind for entry, _ in source.candidates for kind in (entry.kind, entry.code)}
        yield {"total": source.total, "kinds": sorted(kinds), "notes": source.notes}
        for entry in _limit_each_label(source.entries(), source.default_limit if limit is None else limit):
            is_known = known[entry.name] > 0
            known[entry.name] -= is_known
            yield {} if is_known else dict(vars(entry))


def findings_of(arguments: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield what a survey is made of in a reader process.

    Args:
        arguments: of ``sources``.
    """
    for source in sources(*arguments):
        yield {"counts": dict(source.counts()), "notes": source.notes, "encoding": source.encoding}


def sources(
    path: str | None,
    shown: str,
    uploads: list[tuple[str, str]],
    labels: dict[str, str],
    label_for_all: str | None,
    encoding: str | None,
) -> Iterator[ImportSource]:
    """Yield the import sources of a path or of uploads; archives are open until the next one is asked for.

    Args:
        path: file or folder; None for the uploads.
        shown: the path as the user wrote it.
        uploads: names of uploaded files, and the paths of their contents.
        labels: labels by class.
        label_for_all: label of every picture; None to use the classes.
        encoding: encoding of names and tables that do not say theirs; None to guess it.
    """
    classes = ClassMapping(labels, label_for_all)
    if path is None:
        yield from upload_sources([(name, Path(content)) for name, content in uploads], classes, encoding)
        return
    try:
        with open_source(Path(path), classes, encoding) as source:
            yield source
    except OSError as error:
        raise CollectError(f"The path cannot be read: {error.strerror}. Received: path={shown!r}.") from error


def _allowance(size_bytes: int) -> Allowance:
    allowance = allowance_for(size_bytes)
    seconds = min(_MAX_TABLE_SECONDS, size_bytes // _TABLE_BYTES_PER_SECOND)
    return replace(allowance, seconds=allowance.seconds + seconds)


def _folder_allowance(folder: Path) -> Allowance:
    """Return what a folder may take: it grows with the number of files and the size of the tables in it."""
    members = list_folder(folder).members
    tables = 0
    for member in members:
        if member.path.suffix.lower() in {*TABLE_SUFFIXES, PARQUET_SUFFIX}:
            with contextlib.suppress(OSError):
                tables += Path(folder, *member.path.parts[1:]).stat().st_size
    table_allowance = _allowance(tables)
    return Allowance(
        _FOLDER_SECONDS + table_allowance.seconds + len(members) / _FILES_PER_SECOND,
        table_allowance.memory_bytes + len(members) * _BYTES_PER_FILE,
    )


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
