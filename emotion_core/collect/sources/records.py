"""What reading a page brings: the pictures it shows, with what it states of them, and the page after it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FoundPicture:
    """A picture that a page shows.

    Attributes:
        url: of the picture, absolute; the page that describes it may name a better one.
        licence: that the page states for it: a short name or an address; None where it states none.
        author: whom the page names as its author; None where it names nobody.
        described_at: address of a page that states licence and author, to be read before the picture is fetched; None
            where the page that shows it says all there is.
        landing_url: address of the picture's own page at its source, which a credit should link to; None where the page
            that shows it is its source, or names none.
    """

    url: str
    licence: str | None = None
    author: str | None = None
    described_at: str | None = None
    landing_url: str | None = None


@dataclass(frozen=True)
class PageContents:
    """What a page shows.

    Attributes:
        pictures: in page order, each address once.
        next_url: of the page after it, or None where it names none.
    """

    pictures: tuple[FoundPicture, ...]
    next_url: str | None = None
