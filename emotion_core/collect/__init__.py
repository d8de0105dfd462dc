"""Collect photos into the catalog: scrape web pages and import files, in the foreground or as background jobs."""

from emotion_core.collect.extraction import find_image_urls
from emotion_core.collect.import_summary import ImportSummary, Rejection
from emotion_core.collect.imports import (
    ImportProgress,
    ImportRequest,
    Survey,
    import_files,
    import_path,
    import_progress,
    import_summary,
    start_import,
    start_upload_import,
    survey,
    survey_files,
)
from emotion_core.collect.job_views import CollectionStatus, collection_status, recent_collections
from emotion_core.collect.scrapes import (
    MAX_PICTURES,
    ScrapeProgress,
    ScrapeRequest,
    last_contact,
    latest_progress,
    parse_urls,
    read_urls,
    resume_scrape,
    run_scrape_in_process,
    scrape,
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
    "Survey",
    "collection_status",
    "find_image_urls",
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
    "recent_collections",
    "resume_scrape",
    "run_scrape_in_process",
    "scrape",
    "scrape_summary",
    "start_import",
    "start_scrape",
    "start_upload_import",
    "survey",
    "survey_files",
]
