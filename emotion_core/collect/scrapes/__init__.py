"""From web pages to photos in the catalog, as a job that goes on where it stopped."""

from emotion_core.collect.scrapes.ledger import Ledger
from emotion_core.collect.scrapes.scrape_job import (
    go_on,
    last_contact,
    latest_progress,
    scrape_here,
    scrape_summary,
    start_scrape,
)
from emotion_core.collect.scrapes.scrape_request import MAX_PICTURES, ScrapeRequest, parse_urls, read_urls
from emotion_core.collect.scrapes.scraper import ScrapeProgress, scrape

__all__ = [
    "MAX_PICTURES",
    "Ledger",
    "ScrapeProgress",
    "ScrapeRequest",
    "go_on",
    "last_contact",
    "latest_progress",
    "parse_urls",
    "read_urls",
    "scrape",
    "scrape_here",
    "scrape_summary",
    "start_scrape",
]
