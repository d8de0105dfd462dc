"""What became of the photos that were offered: the account that every import and scrape ends with."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from emotion_core.dataset import Catalog, Origin
from emotion_core.errors import UnreadableImage


@dataclass(frozen=True)
class Rejection:
    """A photo or page that could not be used.

    Attributes:
        name: its file name or address.
        reason: why, as a sentence.
    """

    name: str
    reason: str


@dataclass
class ImportSummary:
    """Counts what was added, what was there already and what could not be used.

    Attributes:
        added: photos that the catalog did not hold.
        duplicates: pictures that it held already, also those that came twice in one go.
        rejected: what could not be used, in the order it was met.
        skipped: pictures left alone because they are neither happy nor sad, by the folder or emotion they had.
    """

    added: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def offered(self) -> int:
        """How many pictures and pages were looked at."""
        return self.added + self.duplicates + len(self.rejected)

    def reject(self, name: str, reason: str) -> None:
        """Record that something could not be used."""
        self.rejected.append(Rejection(name, reason))

    def skip(self, kind: str) -> None:
        """Record that a picture is neither happy nor sad."""
        self.skipped[kind] += 1

    def as_json(self) -> dict[str, Any]:
        """Return the account as the command line and job records give it."""
        return {
            "added": self.added,
            "duplicates": self.duplicates,
            "rejected": [{"name": rejection.name, "reason": rejection.reason} for rejection in self.rejected],
            "skipped": dict(self.skipped),
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> "ImportSummary":
        """Return the account that ``as_json`` gave."""
        return cls(
            int(record["added"]),
            int(record["duplicates"]),
            [Rejection(str(row["name"]), str(row["reason"])) for row in record["rejected"]],
            Counter(record.get("skipped", {})),
        )


def add_and_count(catalog: Catalog, data: bytes, label: str, origin: Origin, summary: ImportSummary) -> None:
    """Offer one photo to the catalog and count what became of it.

    Args:
        catalog: where it is to be kept.
        data: the image file's bytes, whatever they are.
        label: ``happy`` or ``sad``.
        origin: where it was found; its name stands in the account.
        summary: counts it.
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
