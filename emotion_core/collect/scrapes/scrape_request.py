"""The request of a scrape, validated before anything is fetched."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from emotion_core.collect.extraction import find_image_urls
from emotion_core.collect.sources import MAX_PAGES, is_numbered, page_urls, parse_pages
from emotion_core.collect.web import parse_allowed_host, split_address
from emotion_core.dataset import LABELS
from emotion_core.errors import CollectError

MAX_PICTURES = 5000
MAX_LIST_BYTES = 5_000_000
# The fields that decide which pictures a scrape collects; the others decide how it fetches them.
_PICTURE_FIELDS = ("url", "urls", "label", "pages", "select", "limit", "allow_hosts", "honour_opt_out")


class ScrapeRequest(BaseModel):
    """The request of a scrape; a value out of range raises ``CollectError``, a wrong type ``ValueError``.

    Attributes:
        url: the page, with ``{page}`` in place of a page number; empty if ``urls`` are given.
        urls: addresses of pages and pictures, instead of ``url``; at most 5,000.
        label: ``happy`` or ``sad``, for every picture.
        pages: the page numbers, such as ``"3"`` or ``"1-4"``; None for the one page.
        select: CSS selector for pictures or their containers; None for all pictures of the page.
        limit: most pictures to fetch, 1 to 5,000; None for all.
        allow_hosts: private ``host:port`` pairs that may be fetched from.
        contact: your address for the operators of the sites, sent with every request; may be empty.
        delay_seconds: least time between two requests to a host, 0 to 60; None for the default.
        max_minutes: time budget, 1 to 1,440; the scrape can be resumed afterwards.
        max_megabytes: download budget, 1 to 100,000 (a megabyte is a million bytes).
        honour_opt_out: skip what sites mark as not to be used for machine learning (noai, noimageai).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = ""
    urls: tuple[str, ...] = ()
    label: str
    pages: str | None = None
    select: str | None = None
    limit: int | None = None
    allow_hosts: tuple[str, ...] = ()
    contact: str = ""
    delay_seconds: float | None = None
    max_minutes: float = 60.0
    max_megabytes: float = 2000.0
    honour_opt_out: bool = True

    @property
    def title(self) -> str:
        """Title of the scrape: its address, or the number of addresses."""
        return self.url or f"{len(self.urls)} address{'es' if len(self.urls) > 1 else ''}, from {self.urls[0]}"

    def collects_same_pictures(self, other: Self) -> bool:
        """Whether another request collects the same pictures, whatever its budgets and delays."""
        fields = set(_PICTURE_FIELDS)
        return self.model_dump(include=fields) == other.model_dump(include=fields)

    @property
    def page_range(self) -> range | None:
        """The page numbers, or None for the one page."""
        return parse_pages(self.pages) if self.pages is not None else None

    @field_validator("label")
    @classmethod
    def _check_label(cls, label: str) -> str:
        if label not in LABELS:
            raise CollectError(f"The label is unknown. Expected one of {', '.join(LABELS)}. Received: label={label!r}.")
        return label

    @field_validator("limit")
    @classmethod
    def _check_limit(cls, limit: int | None) -> int | None:
        if limit is not None and not 1 <= limit <= MAX_PICTURES:
            raise CollectError(
                f"The limit is out of range. Expected 1 to {MAX_PICTURES:,} pictures. Received: limit={limit}."
            )
        return limit

    @field_validator("select")
    @classmethod
    def _check_selector(cls, select: str | None) -> str | None:
        find_image_urls("", "https://example.org/", select)
        return select

    @field_validator("delay_seconds")
    @classmethod
    def _check_delay(cls, delay: float | None) -> float | None:
        return delay if delay is None else _in_range("delay", delay, 0, 60, "seconds")

    @field_validator("max_minutes")
    @classmethod
    def _check_minutes(cls, minutes: float) -> float:
        return _in_range("time budget", minutes, 1, 1440, "minutes")

    @field_validator("max_megabytes")
    @classmethod
    def _check_megabytes(cls, megabytes: float) -> float:
        return _in_range("size budget", megabytes, 1, 100_000, "megabytes")

    @field_validator("allow_hosts")
    @classmethod
    def _check_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            parse_allowed_host(host)
        return hosts

    @model_validator(mode="after")
    def _check_addresses(self) -> Self:
        if self.url and self.urls:
            raise CollectError(
                "Both an address and a list of addresses were given. Expected one of the two. "
                f"Received: url={self.url!r} and {len(self.urls)} addresses."
            )
        if len(self.urls) > MAX_PICTURES:
            raise CollectError(
                f"The list is too long. Expected at most {MAX_PICTURES:,} addresses. Received: {len(self.urls):,}. "
                "Split it into several scrapes."
            )
        for url in self.urls:
            split_address(url)
        if not self.urls:
            split_address(page_urls(self.url, self.page_range)[0])
        pages = self.page_range
        if pages is not None and pages[-1] > MAX_PAGES and not is_numbered(self.url):
            raise CollectError(
                f"These pages are too far away: the address contains no page number, so all pages before them must be "
                f"read. Expected pages up to {MAX_PAGES}. Received: pages={self.pages!r}. "
                "Write {page} in the address in place of the number."
            )
        return self


def _in_range(name: str, value: float, low: float, high: float, unit: str) -> float:
    if not low <= value <= high:
        raise CollectError(f"The {name} is out of range. Expected {low:g} to {high:,} {unit}. Received: {value:g}.")
    return value


def parse_urls(text: str) -> tuple[str, ...]:
    r"""Return the addresses in a text, one per line, without repetition; empty lines and # comments are skipped.

    >>> parse_urls("# smiling\nhttps://a.example/1.jpg\n\nhttps://a.example/2.jpg")
    ('https://a.example/1.jpg', 'https://a.example/2.jpg')

    Raises:
        AddressRefused: a line is not an http(s) address.
        CollectError: the text holds no address.
    """
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines()]
    urls = tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
    if not urls:
        raise CollectError("The list holds no address. Expected one address per line. Received: an empty list.")
    for url in urls:
        split_address(url)
    return urls


def read_urls(path: Path) -> tuple[str, ...]:
    """Return the addresses that a text file lists; see ``parse_urls``.

    Raises:
        CollectError: the file cannot be read, is too large, or holds something else than addresses.
    """
    try:
        size = path.stat().st_size
        if size > MAX_LIST_BYTES:
            raise CollectError(
                f"The list is too large. Expected at most {MAX_LIST_BYTES:,} bytes. Received: {str(path)!r}, {size:,}."
            )
        text = path.read_text(encoding="utf8", errors="replace")
    except (OSError, ValueError) as error:
        raise CollectError(
            f"The list cannot be read: {error}. Expected a text file of addresses. Received: {str(path)!r}."
        ) from error
    return parse_urls(text)
