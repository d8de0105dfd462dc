"""Read tables as rows of text: CSV and its relatives, lists separated by spaces, and JSON lines, in any encoding."""

import codecs
import csv
import io
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO

from emotion_core.collect.imports.classes import is_named_like_picture
from emotion_core.collect.imports.encodings import guess_encoding
from emotion_core.collect.imports.members import Member
from emotion_core.errors import CollectError

TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".txt", ".lst", ".jsonl"})
MAX_ROWS = 1_000_000
# Twice the table of fer2013, after decompression.
MAX_CHARACTERS = 600_000_000
MAX_COLUMNS = 1000
# Many times a row of pixels; a longer line is cut, so that no file of one line fills the memory.
_MAX_LINE_LENGTH = 200_000
# What is left of a line of 20 million characters counts as rows, whose number is limited.
_MAX_PARTS_LEFT_OUT = 100
_MAX_SAMPLE_CHARACTERS = 2_000_000
_MAX_ENCODING_BYTES = 50_000_000
_CHUNK_BYTES = 1 << 16
_SAMPLE_ROWS = 200
_SAMPLE_CHARACTERS = 1000
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Spreadsheets write this line above the header to say which delimiter follows.
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_DELIMITERS = ",;\t|"

Row = list[str]


@dataclass(frozen=True)
class TableFormat:
    r"""How a table is written.

    Attributes:
        encoding: encoding of its text.
        delimiter: character between the columns; a space for lists of two columns; ``{`` for JSON lines.
        header: names of the columns as ``column_key`` returns them; empty if the table has no header.
        lines_above: lines above the first row.
        sample: the first rows.
    """

    encoding: str = "utf-8-sig"
    delimiter: str = ","
    header: tuple[str, ...] = ()
    lines_above: int = 1
    sample: tuple[tuple[str, ...], ...] = ()


def column_key(name: str) -> str:
    """Return the name of a column in a normal form for comparison.

    >>> column_key(" Image_Name "), column_key("image name")
    ('imagename', 'imagename')
    """
    return re.sub(r"[\W_]+", "", name.casefold())


def table_format(table: Member, encoding: str | None = None) -> TableFormat:
    """Find out how a table is written.

    Args:
        table: the table.
        encoding: encoding of a table that is neither UTF-8 nor says its own; None to guess it.

    Raises:
        CollectError: the table cannot be opened.
    """
    encoding = _encoding_of(table, encoding)
    with table.opened() as stream, as_text(stream, encoding) as lines:
        first = lines.readline(_MAX_LINE_LENGTH)
        match = _SEPARATOR_LINE.fullmatch(first.strip("\r\n"))
        above, line = (1, lines.readline(_MAX_LINE_LENGTH)) if match else (0, first)
    if line.lstrip().startswith("{"):
        return _with_keys(table, TableFormat(encoding, "{", (), 0))
    delimiter = match[1] if match else _delimiter_of(line)
    cells = _cells(line, delimiter)
    is_header = not any(is_named_like_picture(cell.strip()) for cell in cells)
    header = tuple(map(column_key, cells[:MAX_COLUMNS])) if is_header and delimiter != " " else ()
    written = TableFormat(encoding, delimiter, header, above + bool(header))
    return _with_sample(table, written)


def rows_of(table: Member, written: TableFormat) -> Iterator[tuple[int, Row | Exception]]:
    """Yield number and cells of each row that is not empty; the error in place of the cells of a malformed row.

    Args:
        table: the table.
        written: how it is written.

    Raises:
        CollectError: the table cannot be opened, has more than 1,000,000 rows or 1,000 columns, or is too large.
    """
    with table.opened() as stream, as_text(stream, written.encoding) as lines:
        bounded = _within_limit(_bounded_lines(lines), table)
        reader = _reader(itertools.islice(bounded, written.lines_above, None), written)
        for number in itertools.count(1):
            try:
                row = next(reader, None)
            except (csv.Error, ValueError, RecursionError) as error:  # The reader continues with the next line.
                yield number, error
                continue
            if row is None:
                return
            if number > MAX_ROWS:
                raise CollectError(
                    f"The table is too long. Expected at most {MAX_ROWS:,} rows. Received: {str(table.path)!r}. "
                    "Split it."
                )
            if len(row) > MAX_COLUMNS:
                raise CollectError(
                    f"The table is too wide. Expected at most {MAX_COLUMNS:,} columns. "
                    f"Received: {str(table.path)!r} with {len(row):,} in row {number}."
                )
            if row:
                yield number, row


def as_text(stream: IO[bytes], encoding: str = "utf-8-sig") -> io.TextIOWrapper:
    """Wrap a table's bytes as text; Unicode line separators inside a cell do not end the line.

    Args:
        stream: the bytes.
        encoding: their encoding; what it cannot decode is replaced.
    """
    return io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")


def _bounded_lines(lines: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines of a table, cut at the largest length; what is cut off is no line of its own."""
    while line := lines.readline(_MAX_LINE_LENGTH):
        yield line
        for _ in range(_MAX_PARTS_LEFT_OUT):
            if not line or line.endswith(("\n", "\r")):
                break
            line = lines.readline(_MAX_LINE_LENGTH)


def _within_limit(lines: Iterator[str], table: Member) -> Iterator[str]:
    length = 0
    for line in lines:
        length += len(line)
        if length > MAX_CHARACTERS:
            raise CollectError(
                f"The table is too large. Expected at most {MAX_CHARACTERS:,} characters. "
                f"Received: {str(table.path)!r}. Split it."
            )
        yield line


def _reader(lines: Iterator[str], written: TableFormat) -> Iterator[Row]:
    # A generator would end at the first malformed row; map continues.
    if written.delimiter == "{":
        return map(partial(_json_cells, header=written.header), lines)
    if written.delimiter == " ":
        return (line.rsplit(maxsplit=1) for line in lines)
    return map(partial(_unquoted, written=written), csv.reader(lines, delimiter=written.delimiter))


def _unquoted(row: Row, written: TableFormat) -> Row:
    """Return the cells of a row; spreadsheets that took the whole line for one cell write it in quotes."""
    return _cells(row[0], written.delimiter) if len(row) == 1 < len(written.header) else row


def _json_cells(line: str, header: tuple[str, ...]) -> Row:
    if not line.strip():
        return []
    record = json.loads(line)
    if not isinstance(record, dict):
        raise ValueError("not an object")
    cells = {column_key(str(key)): value for key, value in record.items()}
    # Lists and objects are boxes or captions, not classes.
    return ["" if isinstance(cells.get(key), list | dict | None) else str(cells[key]) for key in header]


def _with_keys(table: Member, written: TableFormat) -> TableFormat:
    keys: dict[str, None] = {}
    with table.opened() as stream, as_text(stream, written.encoding) as lines:
        for line in itertools.islice(_bounded_lines(lines), _SAMPLE_ROWS):
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                continue
            keys |= dict.fromkeys(map(column_key, record)) if isinstance(record, dict) else {}
            if len(keys) > MAX_COLUMNS:
                break
    return _with_sample(table, TableFormat(written.encoding, "{", tuple(keys), 0))


def _with_sample(table: Member, written: TableFormat) -> TableFormat:
    first_rows = itertools.islice(rows_of(table, written), min(_SAMPLE_ROWS, MAX_ROWS))
    sample: list[tuple[str, ...]] = []
    length = 0
    for row in (row for _, row in first_rows if not isinstance(row, Exception)):
        # Rows of pixels are long, and only the beginning of a cell says what it is.
        sample.append(tuple(cell[:_SAMPLE_CHARACTERS] for cell in row))
        length += sum(map(len, sample[-1]))
        if length > _MAX_SAMPLE_CHARACTERS:
            break
    return TableFormat(written.encoding, written.delimiter, written.header, written.lines_above, tuple(sample))


def _delimiter_of(line: str) -> str:
    """Return the delimiter that splits the first line into most cells; a space only for a picture and its class."""
    best = max(_DELIMITERS, key=lambda delimiter: len(_cells(line, delimiter)))
    words = line.split()
    is_list = len(_cells(line, best)) == 1 and len(words) > 1 and is_named_like_picture(" ".join(words[:-1]))
    return " " if is_list else best


def _cells(line: str, delimiter: str) -> Row:
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
        # Spreadsheets that took a line for one cell write it in quotes.
        return next(csv.reader(cells, delimiter=delimiter), []) if len(cells) == 1 else cells
    except csv.Error:
        return []


def _encoding_of(table: Member, encoding: str | None) -> str:
    """Return the encoding of a table: by its byte-order mark, UTF-8 if it is valid, else as chosen or guessed."""
    with table.opened() as stream:
        start = stream.read(4096)
        for mark, name in _BYTE_ORDER_MARKS:
            if start.startswith(mark):
                return name
        if b"\0" in start[:2] and len(start) > 1:  # UTF-16 without its mark, with a letter of ASCII at the start
            return "utf-16-be" if start[0] == 0 else "utf-16-le"
        foreign = _lines_not_utf8(stream, start)
    if not foreign:
        return "utf-8-sig"
    return encoding or guess_encoding(foreign)


def _lines_not_utf8(stream: IO[bytes], start: bytes) -> list[bytes]:
    """Return lines that are no UTF-8 from the first part of a table that has any."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk, read = start, 0
    while chunk and read < _MAX_ENCODING_BYTES:
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            return [line for line in chunk.splitlines() if not line.isascii()]
        chunk, read = stream.read(_CHUNK_BYTES), read + len(chunk)
    return []
