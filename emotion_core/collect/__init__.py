"""From web pages and files to photos in the catalog: fetching, page parsing, importers, background scrapes."""

from emotion_core.collect.extraction.page_images import find_image_urls
from emotion_core.collect.import_summary import Rejection, Tally
from emotion_core.collect.imports.import_job import (
    ImportRequest,
    import_account,
    import_progress,
    start_import,
    start_upload_import,
)
from emotion_core.collect.imports.importer import ImportProgress, import_files, import_path, survey, survey_files
from emotion_core.collect.scrapes.scrape_job import (
    account,
    go_on,
    last_contact,
    latest_progress,
    scrape_here,
    start_scrape,
)
from emotion_core.collect.scrapes.scrape_request import MAX_PICTURES, ScrapeRequest, parse_urls, read_urls
from emotion_core.collect.scrapes.scraper import ScrapeProgress, scrape
from emotion_core.collect.sources.pages import next_page_url, page_urls, parse_pages
from emotion_core.collect.web.fetch import Fetcher
from emotion_core.collect.web.limits import Limits
from emotion_core.collect.web.responses import Download, Page

__all__ = [
    "MAX_PICTURES",
    "Download",
    "Fetcher",
    "ImportProgress",
    "ImportRequest",
    "Limits",
    "Page",
    "Rejection",
    "ScrapeProgress",
    "ScrapeRequest",
    "Tally",
    "account",
    "find_image_urls",
    "go_on",
    "import_account",
    "import_files",
    "import_path",
    "import_progress",
    "last_contact",
    "latest_progress",
    "next_page_url",
    "page_urls",
    "parse_pages",
    "parse_urls",
    "read_urls",
    "scrape",
    "scrape_here",
    "start_import",
    "start_scrape",
    "start_upload_import",
    "survey",
    "survey_files",
]
