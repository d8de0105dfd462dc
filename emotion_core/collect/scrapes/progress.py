"""Progress of a scrape, and the outcome of each of its pictures."""

from dataclasses import dataclass

from emotion_core.collect.scrapes.ledger import Outcome


@dataclass(frozen=True)
class ScrapeProgress:
    """Progress of a scrape.

    Attributes:
        pages_done: pages read or failed.
        pages_total: most pages that will be read.
        pictures_done: pictures fetched or failed.
        pictures_found: pictures found on the pages read so far.
        added: photos that are new in the catalog.
        duplicates: pictures that the catalog held already.
        rejected: pictures and pages that could not be used.
        bytes: bytes fetched so far.
        note: which sites slow the scrape down, as sentences; empty if none does.
    """

    pages_done: int = 0
    pages_total: int = 0
    pictures_done: int = 0
    pictures_found: int = 0
    added: int = 0
    duplicates: int = 0
    rejected: int = 0
    bytes: int = 0
    note: str = ""


@dataclass(frozen=True)
class PictureOutcome:
    """Outcome of one picture.

    Attributes:
        outcome: ``added``, ``duplicate`` or ``rejected``.
        reason: why it was rejected; empty if it was not.
        size_bytes: size of its file; 0 if it was not fetched.
        photo_id: its photo in the catalog; empty if it has none.
        repaired: whether the photo's missing or damaged file is whole again.
    """

    outcome: Outcome
    reason: str = ""
    size_bytes: int = 0
    photo_id: str = ""
    repaired: bool = False
