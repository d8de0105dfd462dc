"""Look at what an import would find, before it starts; the files are read in a reader process."""

import contextlib
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from emotion_core import sandbox
from emotion_core.collect.imports.classes import ClassMapping
from emotion_core.collect.imports.encodings import checked_encoding
from emotion_core.collect.imports.import_sources import Upload, existing_path, open_source, upload_sources
from emotion_core.collect.imports.sorting import ImportSource
from emotion_core.errors import CollectError
from emotion_core.sandbox import Allowance, allowance_for

# Folders have no size; one of a hundred thousand photos takes a tenth of this.
_FOLDER = Allowance(seconds=60)


class Survey(dict[str, int]):
    """The number of pictures of each class that an import would find.

    Attributes:
        notes: sentences about files that would be left alone, and about tables and names that were guessed.
        encoding: encoding in which names in archives that do not say theirs were read; empty if there are none.
    """

    def __init__(self, counts: dict[str, int], notes: Iterable[str] = (), encoding: str = "") -> None:
        """Take over what was counted.

        Args:
            counts: number of pictures by class.
            notes: sentences about the files.
            encoding: encoding of names in archives.
        """
        super().__init__(counts)
        self.notes = list(notes)
        self.encoding = encoding


def survey(path: str | Path, label: str | None = None, encoding: str | None = None) -> Survey:
    """Return the number of pictures of each class that an import would find, without decoding any.

    Args:
        path: file or folder that would be imported.
        label: label of every picture; None to use the classes.
        encoding: encoding of names in a zip, and of tables, that do not say theirs; None to guess it.

    Raises:
        CollectError: nothing is at ``path``, it is an archive or table that cannot be read, or reading it takes too
            much time or memory.
    """
    ClassMapping.from_choices(label, None)
    existing, encoding = existing_path(path), checked_encoding(encoding)
    allowance = allowance_for(existing.stat().st_size) if existing.is_file() else _FOLDER
    arguments = (str(path), str(existing.absolute()), label, encoding)
    return Survey(*sandbox.call(_survey, *arguments, allowance=allowance, raising=CollectError))


def _survey(shown: str, path: str, label: str | None, encoding: str | None) -> list[Any]:
    try:
        with open_source(Path(path), ClassMapping.from_choices(label, None), encoding) as source:
            return _findings([source])
    except OSError as error:
        raise CollectError(f"The path cannot be read: {error.strerror}. Received: path={shown!r}.") from error


def survey_files(files: Iterable[Upload], label: str | None = None, encoding: str | None = None) -> Survey:
    """Return the number of pictures of each class among uploaded files, without decoding any.

    Args:
        files: the uploads.
        label: label of every picture that no table names; None to use the classes.
        encoding: encoding of names in zips, and of tables, that do not say theirs; None to guess it.

    Raises:
        CollectError: the label is neither happy nor sad, the encoding is unknown, or reading the files takes too much
            time or memory.
    """
    ClassMapping.from_choices(label, None)
    encoding = checked_encoding(encoding)
    with _on_disk(files) as paths:
        allowance = allowance_for(sum(Path(path).stat().st_size for _, path in paths))
        return Survey(*sandbox.call(_survey_files, paths, label, encoding, allowance=allowance, raising=CollectError))


def _survey_files(files: list[tuple[str, str]], label: str | None, encoding: str | None) -> list[Any]:
    uploads = [(name, Path(path)) for name, path in files]
    return _findings(upload_sources(uploads, ClassMapping.from_choices(label, None), encoding))


@contextlib.contextmanager
def _on_disk(files: Iterable[Upload]) -> Iterator[list[tuple[str, str]]]:
    """Yield the names of uploads, and the paths of their files; those in memory lie in a private folder until then."""
    with tempfile.TemporaryDirectory(prefix="emotion-survey-", ignore_cleanup_errors=True) as folder:
        paths = []
        for number, (name, content) in enumerate(files):
            path = content if isinstance(content, Path) else Path(folder, str(number))
            if isinstance(content, bytes):
                path.write_bytes(content)
            paths.append((name, str(path.absolute())))
        yield paths


def _findings(sources: Iterable[ImportSource]) -> list[Any]:
    """Return what a survey is made of: counts, notes and encoding."""
    counts, notes, encoding = Counter[str](), dict[str, None](), ""
    for source in sources:
        counts += source.counts()
        notes |= dict.fromkeys(source.notes)
        encoding = encoding or source.encoding
    return [dict(counts), list(notes), encoding]
