"""Scrape web pages into the catalog, as a job that can be resumed."""

from emotion_core.collect.scrapes.ledger import Ledger
from emotion_core.collect.scrapes.progress import ScrapeProgress
from emotion_core.collect.scrapes.scrape_job import (
    last_contact,
    latest_progress,
    resume_scrape,
    run_scrape_in_process,
    scrape_summary,
    start_scrape,
)
from emotion_core.collect.scrapes.scrape_request import MAX_PICTURES, ScrapeRequest, parse_urls, read_urls
from emotion_core.collect.scrapes.scraper import scrape

__all__ = [
    "MAX_PICTURES",
    "Ledger",
    "ScrapeProgress",
    "ScrapeRequest",
    "last_contact",
    "latest_progress",
    "parse_urls",
    "read_urls",
    "resume_scrape",
    "run_scrape_in_process",
    "scrape",
    "scrape_summary",
    "start_scrape",
]
