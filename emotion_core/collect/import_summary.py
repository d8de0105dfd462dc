"""The import summary that every import and scrape ends with."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from emotion_core.dataset import Catalog, Origin
from emotion_core.errors import UnreadableImage


@dataclass(frozen=True)
class Rejection:
    """A picture or page that could not be used.

    Attributes:
        name: file name or address.
        reason: why it was rejected, as a sentence.
    """

    name: str
    reason: str


@dataclass
class ImportSummary:
    """Counts of added, duplicate, rejected and skipped pictures.

    Attributes:
        added: photos that are new in the catalog.
        duplicates: pictures that the catalog held already, also those that came twice in the same import.
        rejected: what could not be used, in order of appearance.
        skipped: pictures that are neither happy nor sad, counted by their folder or emotion.
        notes: sentences on what else the user should know, such as that no next page was found.
    """

    added: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def offered(self) -> int:
        """How many pictures and pages were processed, without the skipped ones."""
        return self.added + self.duplicates + len(self.rejected)

    def reject(self, name: str, reason: str) -> None:
        """Record a picture or page that could not be used.

        Args:
            name: file name or address.
            reason: why it was rejected, as a sentence.
        """
        self.rejected.append(Rejection(name, reason))

    def skip(self, kind: str) -> None:
        """Record a picture that is neither happy nor sad, under its folder or emotion."""
        self.skipped[kind] += 1

    def as_json(self) -> dict[str, Any]:
        """Return the summary in the form of the command line and of job records."""
        return {
            "added": self.added,
            "duplicates": self.duplicates,
            "rejected": [{"name": rejection.name, "reason": rejection.reason} for rejection in self.rejected],
            "skipped": dict(self.skipped),
            "notes": self.notes,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> "ImportSummary":
        """Return the summary that ``as_json`` wrote."""
        return cls(
            int(record["added"]),
            int(record["duplicates"]),
            [Rejection(str(row["name"]), str(row["reason"])) for row in record["rejected"]],
            Counter(record.get("skipped", {})),
            [str(note) for note in record.get("notes", ())],
        )


def add_to_catalog(catalog: Catalog, data: bytes, label: str, origin: Origin, summary: ImportSummary) -> None:
    """Add a photo to the catalog and count the outcome.

    Args:
        catalog: catalog that the photo is added to.
        data: content of the file; it need not be a picture.
        label: ``happy`` or ``sad``.
        origin: where the photo comes from; its name appears in the summary if the photo is rejected.
        summary: summary that counts the outcome.
    """
    try:
        addition = catalog.add(data, label=label, origin=origin)
    except UnreadableImage as error:
        summary.reject(origin.name, str(error))
        return
    if addition.duplicate:
        summary.duplicates += 1
    else:
        summary.added += 1
