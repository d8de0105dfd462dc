"""From web pages and files to photos in the catalog: fetching, page parsing, importers, background scrapes."""

from emotion_core.collect.extraction import find_image_urls
from emotion_core.collect.import_summary import ImportSummary, Rejection
from emotion_core.collect.imports import (
    ImportProgress,
    ImportRequest,
    import_files,
    import_path,
    import_progress,
    import_summary,
    start_import,
    start_upload_import,
    survey,
    survey_files,
)
from emotion_core.collect.job_views import CollectionStatus, collection_status, collections
from emotion_core.collect.scrapes import (
    MAX_PICTURES,
    ScrapeProgress,
    ScrapeRequest,
    go_on,
    last_contact,
    latest_progress,
    parse_urls,
    read_urls,
    scrape,
    scrape_here,
    scrape_summary,
    start_scrape,
)
from emotion_core.collect.sources import next_page_url, page_urls, parse_pages
from emotion_core.collect.web import Download, Fetcher, Limits, Page

__all__ = [
    "MAX_PICTURES",
    "CollectionStatus",
    "Download",
    "Fetcher",
    "ImportProgress",
    "ImportRequest",
    "ImportSummary",
    "Limits",
    "Page",
    "Rejection",
    "ScrapeProgress",
    "ScrapeRequest",
    "collection_status",
    "collections",
    "find_image_urls",
    "go_on",
    "import_files",
    "import_path",
    "import_progress",
    "import_summary",
    "last_contact",
    "latest_progress",
    "next_page_url",
    "page_urls",
    "parse_pages",
    "parse_urls",
    "read_urls",
    "scrape",
    "scrape_here",
    "scrape_summary",
    "start_import",
    "start_scrape",
    "start_upload_import",
    "survey",
    "survey_files",
]
