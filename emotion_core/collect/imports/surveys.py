"""Look at what an import would find, before it starts."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from emotion_core.collect.imports.classes import ClassMapping
from emotion_core.collect.imports.encodings import checked_encoding
from emotion_core.collect.imports.import_sources import Upload, existing_path, open_source, upload_sources
from emotion_core.collect.imports.sorting import ImportSource
from emotion_core.errors import CollectError
from emotion_core.jobs import rejection_reason


class Survey(dict[str, int]):
    """The number of pictures of each class that an import would find.

    Attributes:
        notes: sentences about files that would be left alone, and about tables and names that were guessed.
        encoding: encoding in which names in archives that do not say theirs were read; empty if there are none.
    """

    def __init__(self, sources: Iterable[ImportSource]) -> None:
        """Count the pictures of opened sources.

        Args:
            sources: what would be imported.
        """
        counts = Counter[str]()
        self.notes: list[str] = []
        self.encoding = ""
        for source in sources:
            counts += self._counts_of(source)
            self.notes += [note for note in dict.fromkeys(source.notes) if note not in self.notes]
            self.encoding = self.encoding or source.encoding
        super().__init__(counts)

    def _counts_of(self, source: ImportSource) -> Counter[str]:
        try:
            return source.counts()
        except Exception as error:
            self.notes.append(f"Not everything was counted. {rejection_reason(error, 'survey')}")
            return Counter()


def survey(path: str | Path, label: str | None = None, encoding: str | None = None) -> Survey:
    """Return the number of pictures of each class that an import would find, without decoding any.

    Args:
        path: file or folder that would be imported.
        label: label of every picture; None to use the classes.
        encoding: encoding of names in a zip, and of tables, that do not say theirs; None to guess it.

    Raises:
        CollectError: nothing is at ``path``, or it is an archive or table that cannot be read.
    """
    classes = ClassMapping.from_choices(label, None)
    try:
        with open_source(existing_path(path), classes, checked_encoding(encoding)) as source:
            return Survey([source])
    except OSError as error:
        raise CollectError(f"The path cannot be read: {error.strerror}. Received: path={str(path)!r}.") from error


def survey_files(files: Iterable[Upload], label: str | None = None, encoding: str | None = None) -> Survey:
    """Return the number of pictures of each class among uploaded files, without decoding any.

    Args:
        files: the uploads.
        label: label of every picture that no table names; None to use the classes.
        encoding: encoding of names in zips, and of tables, that do not say theirs; None to guess it.

    Raises:
        CollectError: the label is neither happy nor sad, or the encoding is unknown.
    """
    return Survey(upload_sources(files, ClassMapping.from_choices(label, None), checked_encoding(encoding)))
