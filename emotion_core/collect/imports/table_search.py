"""Find the tables among the files of an import."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from emotion_core.collect.imports.classes import ClassMapping
from emotion_core.collect.imports.file_index import Companions
from emotion_core.collect.imports.layouts import TableLayout, understand
from emotion_core.collect.imports.members import Member
from emotion_core.collect.imports.tables import TABLE_SUFFIXES, TableFormat, table_format
from emotion_core.jobs import rejection_reason

# Texts that may be lists of photos, but usually are not.
_TEXT_SUFFIXES = frozenset({".txt", ".lst"})
# Tables in formats that are not read, by what helps.
_OTHER_TABLES = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), "it is a spreadsheet; save it as CSV"),
    **dict.fromkeys((".npy", ".npz", ".mat", ".pkl", ".pickle", ".h5", ".hdf5"), "it is in a format that is not read"),
}
# Each is opened several times, so that more of them take too long.
MAX_TABLES = 1000
_LABEL_FILE = re.compile(r"label|annotation|emotion|expression|class|target", re.IGNORECASE)


@dataclass(frozen=True)
class FoundTable:
    """A table among the files of an import.

    Attributes:
        member: the file.
        layout: what its columns mean.
    """

    member: Member
    layout: TableLayout


def find_tables(
    members: list[Member], companions: Companions, classes: ClassMapping, encoding: str | None = None
) -> list[FoundTable]:
    """Return the tables among files, also those that are not understood.

    Args:
        members: the files.
        companions: names of the pictures among them; a text beside its photo is no table.
        classes: labels of the classes.
        encoding: encoding of tables that do not say theirs; None to guess it.
    """
    return [*_readable(members, companions, classes, encoding), *_others(members)]


def layout_of(table: Member, classes: ClassMapping, encoding: str | None = None) -> TableLayout:
    """Return what the columns of a table mean.

    Args:
        table: the table.
        classes: labels of the classes.
        encoding: encoding of a table that does not say its own; None to guess it.
    """
    try:
        return understand(table_format(table, encoding), classes)
    except Exception as error:
        reason = rejection_reason(error, str(table.path))
        return TableLayout(None, TableFormat(), reason=reason.rstrip("."))


def _readable(
    members: list[Member], companions: Companions, classes: ClassMapping, encoding: str | None
) -> Iterator[FoundTable]:
    opened = 0
    for member in members:
        suffix = member.path.suffix.lower()
        is_caption = suffix in _TEXT_SUFFIXES and companions.has_picture_of(member.path)
        if suffix in TABLE_SUFFIXES and not is_caption:
            opened += 1
            if opened > MAX_TABLES:
                reason = f"more than {MAX_TABLES:,} files may be tables, and the others are not read either"
                yield FoundTable(member, TableLayout(None, TableFormat(), reason=reason))
                return
            layout = layout_of(member, classes, encoding)
            # A text without names of photos is a text.
            if layout.kind is not None or suffix not in _TEXT_SUFFIXES:
                yield FoundTable(member, layout)


def _others(members: list[Member]) -> Iterator[FoundTable]:
    """Yield one file of each folder and format that may hold labels in a form that is not read."""
    seen = set()
    for path, member in ((member.path, member) for member in members):
        suffix = path.suffix.lower()
        reason = _OTHER_TABLES.get(suffix)
        if suffix in (".json", ".xml") and _LABEL_FILE.search(path.stem) and path.stem.count(".") == 0:
            reason = "it is in a format that is not read"
        if reason and (path.parent, suffix) not in seen:
            seen.add((path.parent, suffix))
            yield FoundTable(member, TableLayout(None, TableFormat(), reason=reason))
