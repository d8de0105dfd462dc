"""Read Parquet files with pictures in them, as Hugging Face's ``datasets`` writes them.

A picture is a struct of ``bytes`` and ``path``, or bytes alone. Its class is a number with a name in the metadata of
the schema, a number without one, or text.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from emotion_core import images
from emotion_core.collect.imports.classes import ClassMapping, ImportEntry
from emotion_core.collect.imports.members import Member
from emotion_core.collect.imports.splits import split_of, split_of_table
from emotion_core.errors import CollectError
from emotion_core.jobs import attempt, rejection_reason

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

PARQUET_SUFFIX = ".parquet"
MAX_ROWS = 500_000
# A dictionary can make thousands of large values from one, so that only single rows have a known size.
ROWS_AT_ONCE = 1
LABELS_AT_ONCE = 65_536
BUFFER_BYTES = 2**20
# Limits of the file's description, which is read before anything else is known of it.
MAX_DESCRIPTION_BYTES, MAX_DESCRIPTION_ITEMS = 50_000_000, 1_000_000
MAX_COLUMNS_NAMED = 20
NO_LABEL = "no label"
_IMAGE_NAMES = ("image", "img", "picture", "photo", "jpg", "png")
_LABEL_NAMES = ("label", "labels", "emotion", "expression", "class", "category", "target")
_SPLIT_NAMES = ("split", "usage")
_EXPECTED = (
    "Expected a column of pictures (bytes, or bytes and path, as Hugging Face's datasets write them) and a column of "
    "classes such as label."
)


@dataclass(frozen=True)
class ParquetColumns:
    """The columns of a file that are read.

    Attributes:
        image: column of pictures.
        is_struct: whether a picture is a struct of ``bytes`` and ``path``.
        label: column of classes; empty if every picture gets the same label.
        names: names of the classes, by their numbers as text; empty if the column has no names.
        split: column that names the split of each picture; empty if there is none.
    """

    image: str
    is_struct: bool
    label: str
    names: dict[str, str] = field(default_factory=dict)
    split: str = ""

    def kind_of(self, value: Any) -> str:
        """Return the class of a value in the column of classes."""
        if value is None or (self.names and str(value) not in self.names and str(value).startswith("-")):
            return NO_LABEL  # datasets write -1 where the classes of a test set are kept secret
        return self.names.get(str(value), str(value)).strip() or NO_LABEL


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file whose rows are photos.

    Attributes:
        member: the file.
        classes: labels of the classes.
    """

    member: Member
    classes: ClassMapping

    def entries(self) -> Iterator[ImportEntry]:
        """Yield the pictures in the order of the file, and the rows without a label without their content.

        What cannot be read, or no further, is yielded as an entry with its problem, after the rows before it.
        """
        name, number = str(self.member.path), 0
        split = split_of_table(self.member.path)
        try:
            with self._opened() as (file, columns):
                for number, row in enumerate(_rows(file, columns, name), start=1):
                    row_name = f"{name} row {number}"
                    read = partial(_entry, row_name, row, columns, self.classes, split)
                    yield attempt(read, row_name, partial(ImportEntry, row_name, None, b"", ""))
        except Exception as error:
            row_name = f"{name} row {number + 1}" if number else name
            yield ImportEntry(row_name, problem=rejection_reason(error, row_name))

    def counts(self) -> Counter[str]:
        """Return the number of pictures of each class, without reading any; none if the file cannot be read."""
        counts = Counter[str]()
        with contextlib.suppress(CollectError), self._opened() as (file, columns):
            if not columns.label:
                return Counter({NO_LABEL: file.metadata.num_rows})
            for batch in _batches(file, [columns.label], LABELS_AT_ONCE, str(self.member.path)):
                counts.update(map(columns.kind_of, batch.column(0).to_pylist()))
        return counts

    @contextlib.contextmanager
    def _opened(self) -> Iterator[tuple[pq.ParquetFile, ParquetColumns]]:
        name = str(self.member.path)
        if self.member.problem:
            raise CollectError(self.member.problem)
        with self.member.opened() as stream:
            file = _open(stream, name)
            with _explained(name):
                schema = file.schema_arrow
            yield file, columns_of(schema, name, is_labeled=self.classes.label_for_all is not None)


def columns_of(schema: pa.Schema, name: str, *, is_labeled: bool = False) -> ParquetColumns:
    """Return the columns of pictures, classes and splits, found by what ``datasets`` wrote, by type and by name.

    Args:
        schema: of the file.
        name: of the file, for the message.
        is_labeled: whether every picture gets the same label, so that no column of classes is needed.

    Raises:
        CollectError: there are none.
    """
    features = _features(schema)
    pictures = [column for column in schema if _is_picture(column.type, features.get(column.name))]
    labels = [column for column in schema if _is_class(column.type)]
    named = [column for column in labels if _class_names(features.get(column.name))]
    image = _first_named(pictures, _IMAGE_NAMES, any_name=True)
    label = _first_named(named, _LABEL_NAMES, any_name=True) or _first_named(labels, _LABEL_NAMES)
    split = _first_named([column for column in labels if _is_text(column.type)], _SPLIT_NAMES)
    if image is None or not (label or is_labeled):
        raise CollectError(
            f"This Parquet file has no pictures with classes. {_EXPECTED} Received: {name!r} with the columns "
            f"{', '.join(schema.names[:MAX_COLUMNS_NAMED]) or 'none'}."
        )
    return ParquetColumns(
        image.name,
        _is_struct(image.type),
        "" if label is None or is_labeled else label.name,
        {} if label is None else _class_names(features.get(label.name)),
        "" if split is None else split.name,
    )


def _first_named(columns: Sequence[pa.Field], names: Sequence[str], *, any_name: bool = False) -> pa.Field | None:
    """Return the column with the first of these names, else the first of all if any name will do."""
    by_name = {column.name.lower(): column for column in reversed(columns)}
    usual = next((by_name[name] for name in names if name in by_name), None)
    return columns[0] if usual is None and any_name and columns else usual


def _features(schema: pa.Schema) -> dict[str, Any]:
    """Return what ``datasets`` says about the columns, by name; empty where it says nothing."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def _class_names(feature: Any) -> dict[str, str]:
    names = feature.get("names") if isinstance(feature, dict) else None
    if isinstance(names, list):
        names = dict(enumerate(names))
    return {str(number): str(name) for number, name in names.items()} if isinstance(names, dict) else {}


def _is_picture(kind: pa.DataType, feature: Any) -> bool:
    # A column of bytes may be a sound or a text, which `datasets` says.
    if isinstance(feature, dict) and feature.get("_type") not in (None, "Image", "Value"):
        return False
    if _is_struct(kind):
        return kind.get_field_index("bytes") >= 0 and _is_bytes(kind.field("bytes").type)
    return _is_bytes(kind)


def _is_bytes(kind: pa.DataType) -> bool:
    import pyarrow.types as types

    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _is_struct(kind: pa.DataType) -> bool:
    import pyarrow.types as types

    return bool(types.is_struct(kind))


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow.types as types

    plain = kind.value_type if types.is_dictionary(kind) else kind
    return bool(types.is_string(plain) or types.is_large_string(plain))


def _is_class(kind: pa.DataType) -> bool:
    import pyarrow.types as types

    return bool(types.is_integer(kind)) or _is_text(kind)


def _open(stream: IO[bytes], name: str) -> pq.ParquetFile:
    import pyarrow.parquet as pq

    with _explained(name):
        # Streamed, because a file may hold all its pictures in one row group.
        file = pq.ParquetFile(
            stream,
            buffer_size=BUFFER_BYTES,
            pre_buffer=False,
            thrift_string_size_limit=MAX_DESCRIPTION_BYTES,
            thrift_container_size_limit=MAX_DESCRIPTION_ITEMS,
        )
    if file.metadata.num_rows > MAX_ROWS:
        raise CollectError(
            f"The Parquet file is too long. Expected at most {MAX_ROWS:,} rows. Received: {name!r} with "
            f"{file.metadata.num_rows:,}. Split it."
        )
    return file


def _batches(file: pq.ParquetFile, columns: Sequence[str], rows: int, name: str) -> Iterator[pa.RecordBatch]:
    with _explained(name):
        batches = file.iter_batches(rows, columns=list(columns), use_threads=False)
    while True:
        with _explained(name):
            batch = next(batches, None)
            if batch is not None:
                # Text is decoded only now, and may not be text.
                batch.validate(full=True)
        if batch is None:
            return
        yield batch


def _rows(file: pq.ParquetFile, columns: ParquetColumns, name: str) -> Iterator[dict[str, Any]]:
    """Yield the rows that are read, by column."""
    # Of a struct, the bytes alone: a path is only a name, and other fields could be large.
    image = f"{columns.image}.bytes" if columns.is_struct else columns.image
    wanted = [image, *filter(None, (columns.label, columns.split))]
    for batch in _batches(file, wanted, ROWS_AT_ONCE, name):
        yield from batch.to_pylist()


@contextlib.contextmanager
def _explained(name: str) -> Iterator[None]:
    """Raise CollectError for whatever a damaged or foreign file makes of reading it."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, EOFError, ValueError, MemoryError, NotImplementedError) as error:
        raise CollectError(
            f"The Parquet file is damaged, encrypted or of a kind that is not read. Received: {name!r}. "
            "Download it again, or save the pictures in folders."
        ) from error


def _entry(
    name: str, row: dict[str, Any], columns: ParquetColumns, classes: ClassMapping, split: str | None
) -> ImportEntry:
    value = row[columns.label] if columns.label else None
    kind = columns.kind_of(value)
    code = str(value) if isinstance(value, int) else ""
    own = split_of(str(row[columns.split] or "")) if columns.split else split
    entry = ImportEntry(name, classes.label_of(kind, code), kind=kind, code=code, split=own)
    if entry.label is None:
        return entry
    data = row[columns.image]
    data = data["bytes"] if isinstance(data, dict) else data
    if not data:
        return entry.rejected("The row has no picture in it. Expected its bytes, not only a path.")
    if len(data) > images.MAX_BYTES:
        return entry.rejected(f"The picture is too large. Expected at most {images.MAX_BYTES:,} bytes.")
    return entry.with_data(data)
