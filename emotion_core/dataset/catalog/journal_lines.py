"""The lines of the catalog's journal.

A line is ``CRC-32 table rowid photo_id JSON``, so that lines of deleted photos are dropped without reading their JSON,
and so that a changed digit is noticed. The first line names the catalog's lineage.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from emotion_core.errors import OtherVersion

FORMAT_VERSION = 1
LINEAGE = "lineage"


class RowKey(NamedTuple):
    """The table and the rowid of a row."""

    table: str
    rowid: int


@dataclass
class JournalContent:
    """What a journal says.

    Attributes:
        lineage: of the catalog that it belongs to; empty if the first line is damaged.
        rows: newest values of each row that was not deleted, in the order of their last change.
        damaged: number of lines that are not what was written.
    """

    lineage: str = ""
    rows: dict[RowKey, dict[str, Any]] = field(default_factory=dict)
    damaged: int = 0


def line_of(table: str, rowid: int, photo_id: str, values: Mapping[str, Any]) -> bytes:
    """Return the line of a row.

    Args:
        table: name of its table.
        rowid: of the row.
        photo_id: that the row is about.
        values: values by column, without those that are NULL.
    """
    text = f"{table} {rowid} {photo_id} {json.dumps(values, separators=(',', ':'))}".encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def photo_id_of(line: bytes) -> bytes:
    """Return the photo that a line is about, empty for the first line."""
    words = line.split(b" ", 4)
    return words[3] if len(words) == 5 and words[1] != LINEAGE.encode() else b""


def parsed_line(line: bytes) -> tuple[RowKey, str, dict[str, Any]] | None:
    """Return key, photo id and values of a line, or None if it is damaged."""
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        table, rowid, photo_id, values = text.decode().split(" ", 3)
        return RowKey(table, int(rowid)), photo_id, json.loads(values)
    except ValueError:
        return None


def apply_line(content: JournalContent, line: bytes) -> None:
    """Add what a line says to what the lines before it said.

    Args:
        content: to add to.
        line: next line of the journal.

    Raises:
        OtherVersion: a newer version of this project wrote the journal.
    """
    parsed = parsed_line(line)
    if parsed is None:
        content.damaged += bool(line.strip())
        return
    key, photo_id, values = parsed
    if key.table == LINEAGE:
        if int(values.get("format", 0)) > FORMAT_VERSION:
            raise OtherVersion(
                "A newer version of this project wrote the journal of the catalog. "
                f"Expected format {FORMAT_VERSION} or lower. Received: format={values['format']}. Update the project."
            )
        content.lineage = photo_id
    else:
        content.rows.pop(key, None)
        content.rows[key] = values
