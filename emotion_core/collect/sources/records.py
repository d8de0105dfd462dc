"""The contents of a page: its pictures with license and author, and the next page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FoundPicture:
    """A picture that a page shows.

    Attributes:
        url: absolute URL of the picture; the page at ``described_at`` may name a better one.
        licence: name or address of its license; None if the page states none.
        author: name of its author; None if the page states none.
        described_at: URL of a page with its license and author, read before the picture is fetched; None if there is
            no such page.
        landing_url: URL of the picture's own page at its source, which a credit should link to; None if the page that
            shows it is its source, or names none.
        referrer_policy: policy that its element on the page states for its request; None for that of the page.
    """

    url: str
    licence: str | None = None
    author: str | None = None
    described_at: str | None = None
    landing_url: str | None = None
    referrer_policy: str | None = None


@dataclass(frozen=True)
class PageContents:
    """The pictures of a page and its successor.

    Attributes:
        pictures: pictures in page order, without repetition.
        next_url: URL of the next page, or None on the last page.
        referrer_policy: policy that the page states for its requests; empty for the default.
    """

    pictures: tuple[FoundPicture, ...]
    next_url: str | None = None
    referrer_policy: str = ""
