"""The import summary that every import and scrape ends with."""

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from emotion_core.dataset import SPLITS, Addition, Catalog, Origin, PhotoBatch
from emotion_core.formatting import count_text, encodable
from emotion_core.jobs import rejection_reason


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
        notes: sentences about what was guessed or left alone, or that no next page was found.
        splits: pictures of the catalog that came with a split of their own, by ``train``, ``validation`` and ``test``.
        split_conflicts: duplicates that came with another part of a split before; the later part stays, test last.
        repaired: duplicates whose stored file was missing or damaged, and is whole again.
    """

    added: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    splits: Counter[str] = field(default_factory=Counter)
    split_conflicts: int = 0
    repaired: int = 0

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
        self.rejected.append(Rejection(encodable(name), encodable(reason)))

    def skip(self, kind: str) -> None:
        """Record a picture that is neither happy nor sad, under its folder or emotion."""
        self.skipped[kind] += 1

    def note(self, *sentences: str) -> None:
        """Record what the user should know about guesses and about files that were left alone, each sentence once."""
        self.notes += [sentence for sentence in dict.fromkeys(sentences) if sentence not in self.notes]

    def split_notes(self) -> list[str]:
        """Return sentences about the split that the pictures came with, if they came with more than one part."""
        if len(self.splits) < 2 or not self.splits["train"]:
            return []
        parts = ", ".join(f"{self.splits[split]} {split}" for split in SPLITS if self.splits[split])
        notes = [f"This data brings its own split: {parts}. Configure offers it."]
        if self.split_conflicts:
            twice = count_text(self.split_conflicts, "picture")
            notes.append(f"{twice} came in two parts of the split; the later part counts, test last.")
        return notes

    def all_notes(self) -> list[str]:
        """Return the sentences of ``notes`` and one about photos whose file is whole again, if there are any."""
        photos = count_text(self.repaired, "photo")
        whole = [f"The stored file of {photos} was missing or damaged, and is whole again."] if self.repaired else []
        return list(dict.fromkeys([*self.notes, *whole]))

    def as_json(self) -> dict[str, Any]:
        """Return the summary in the form of the command line and of job records."""
        return {
            "added": self.added,
            "duplicates": self.duplicates,
            "rejected": [{"name": rejection.name, "reason": rejection.reason} for rejection in self.rejected],
            "skipped": dict(self.skipped),
            "notes": self.all_notes(),
            "splits": dict(self.splits),
            "split_conflicts": self.split_conflicts,
            "repaired": self.repaired,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> "ImportSummary":
        """Return the summary that ``as_json`` wrote."""
        return cls(
            int(record["added"]),
            int(record["duplicates"]),
            [Rejection(str(row["name"]), str(row["reason"])) for row in record["rejected"]],
            Counter(record.get("skipped", {})),
            [str(note) for note in record.get("notes", [])],
            Counter(record.get("splits", {})),
            int(record.get("split_conflicts", 0)),
            int(record.get("repaired", 0)),
        )


def add_to_catalog(
    catalog: Catalog,
    batch: PhotoBatch,
    data: bytes,
    label: str,
    origin: Origin,
    summary: ImportSummary,
    split: str | None = None,
    *,
    was_added: bool = False,
) -> None:
    """Add a photo to the catalog, together with the next ones, and count the outcome then.

    Args:
        catalog: catalog that the photo is added to.
        batch: of that catalog.
        data: content of the file; it need not be a picture.
        label: ``happy`` or ``sad``.
        origin: where the photo comes from; its name appears in the summary if the photo is rejected.
        summary: summary that counts the outcome.
        split: part of its data set's own split, ``train``, ``validation`` or ``test``; None if it came without one.
        was_added: whether an earlier process of the same import added this photo, which then counts as added.
    """
    try:
        photo = catalog.prepare(data, label=label, origin=origin, split=split)
    except Exception as error:
        summary.reject(origin.name, rejection_reason(error, origin.name))
        return
    batch.put(photo, partial(_count, summary, split, was_added))


def _count(summary: ImportSummary, split: str | None, was_added: bool, addition: Addition) -> None:
    if split is not None:
        summary.splits[split] += 1
    summary.split_conflicts += addition.split_conflict
    summary.repaired += addition.repaired
    if addition.duplicate and not was_added:
        summary.duplicates += 1
    else:
        summary.added += 1
