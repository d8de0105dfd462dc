"""Look at what an import would find, before it starts; the files are read in a reader process."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from emotion_core.collect.imports.classes import ClassMapping
from emotion_core.collect.imports.import_sources import Upload
from emotion_core.collect.imports.reading import ReadRequest, carefully, findings_of, path_request, uploads_request


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
    return _survey(path_request(path, ClassMapping.from_choices(label, None), encoding))


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
    with uploads_request(files, ClassMapping.from_choices(label, None), encoding) as request:
        return _survey(request)


def _survey(request: ReadRequest) -> Survey:
    counts, notes, encoding = Counter[str](), dict[str, None](), ""
    for findings in carefully(lambda plan: request.stream(findings_of, plan)):
        if findings is None:  # begun again
            counts, notes, encoding = Counter[str](), dict[str, None](), ""
            continue
        counts.update(findings["counts"])
        notes |= dict.fromkeys(findings["notes"])
        encoding = encoding or findings["encoding"]
    return Survey(counts, notes, encoding)
