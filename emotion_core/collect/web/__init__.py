"""Guarded, polite HTTP client: allowed addresses, rate limits, size limits and responses."""

from emotion_core.collect.web.addresses import parse_allowed_host, split_address
from emotion_core.collect.web.fetch import Fetcher
from emotion_core.collect.web.limits import CONNECTIONS_PER_HOST, Limits
from emotion_core.collect.web.responses import Download, Page

__all__ = [
    "CONNECTIONS_PER_HOST",
    "Download",
    "Fetcher",
    "Limits",
    "Page",
    "parse_allowed_host",
    "split_address",
]
