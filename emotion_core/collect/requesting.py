"""What a scrape is asked to do, checked before anything is fetched."""

from typing import Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from emotion_core.collect.addresses import parse_allowed_host, split_address
from emotion_core.collect.pages import MAX_PAGES, is_numbered, page_urls, parse_pages
from emotion_core.dataset import LABELS
from emotion_core.errors import CollectError

MAX_PICTURES = 5000


class ScrapeRequest(BaseModel):
    """What a scrape is asked to do; a value that cannot work raises ``CollectError``, a wrong type ``ValueError``.

    Attributes:
        url: the page; ``{page}`` stands where the page number belongs.
        label: ``happy`` or ``sad``, for every picture of these pages.
        pages: the page numbers, such as ``"3"`` or ``"1-4"``; None for the one page.
        select: CSS selector of the pictures or of what contains them; None for all pictures of the page.
        limit: fetch at most this many pictures, 1 to 5,000; None for all.
        allow_hosts: ``host:port`` pairs that may be fetched from although they are private.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    label: str
    pages: str | None = None
    select: str | None = None
    limit: int | None = None
    allow_hosts: tuple[str, ...] = ()

    @property
    def page_range(self) -> range | None:
        """The page numbers, or None for the one page."""
        return parse_pages(self.pages) if self.pages is not None else None

    @field_validator("label")
    @classmethod
    def _known_label(cls, label: str) -> str:
        if label not in LABELS:
            raise CollectError(f"The label is unknown. Expected one of {', '.join(LABELS)}. Received: label={label!r}.")
        return label

    @field_validator("limit")
    @classmethod
    def _sensible_limit(cls, limit: int | None) -> int | None:
        if limit is not None and not 1 <= limit <= MAX_PICTURES:
            raise CollectError(
                f"The limit cannot be used. Expected 1 to {MAX_PICTURES:,} pictures. Received: limit={limit}."
            )
        return limit

    @field_validator("allow_hosts")
    @classmethod
    def _hosts_with_ports(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            parse_allowed_host(host)
        return hosts

    @model_validator(mode="after")
    def _fetchable(self) -> Self:
        split_address(page_urls(self.url, self.page_range)[0])
        pages = self.page_range
        if pages is not None and pages[-1] > MAX_PAGES and not is_numbered(self.url):
            raise CollectError(
                f"These pages are too far away: this address has no place for a page number, so every page before them "
                f"must be read. Expected pages up to {MAX_PAGES}. Received: pages={self.pages!r}. "
                "Write {page} where the number belongs."
            )
        return self
