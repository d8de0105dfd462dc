"""From web pages and files to photos in the catalog: fetching, page parsing, importers, background scrapes."""

from emotion_core.collect.fetch import Download, Fetcher, Limits, Page
from emotion_core.collect.importing import ImportProgress, import_files, import_path
from emotion_core.collect.pages import next_page_url, page_urls, parse_pages
from emotion_core.collect.pictures import find_image_urls
from emotion_core.collect.requesting import ScrapeRequest
from emotion_core.collect.scrape_jobs import latest_progress, result, start_scrape
from emotion_core.collect.scraping import ScrapeProgress, scrape
from emotion_core.collect.tally import Rejection, Tally

__all__ = [
    "Download",
    "Fetcher",
    "ImportProgress",
    "Limits",
    "Page",
    "Rejection",
    "ScrapeProgress",
    "ScrapeRequest",
    "Tally",
    "find_image_urls",
    "import_files",
    "import_path",
    "latest_progress",
    "next_page_url",
    "page_urls",
    "parse_pages",
    "result",
    "scrape",
    "start_scrape",
]
