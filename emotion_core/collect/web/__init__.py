"""Guarded, polite HTTP client: allowed addresses, rate limits, size limits and responses."""

from emotion_core.collect.web.addresses import parse_allowed_host, split_address
from emotion_core.collect.web.content_types import media_type
from emotion_core.collect.web.fetch import Fetcher
from emotion_core.collect.web.limits import CONNECTIONS_PER_HOST, Limits
from emotion_core.collect.web.referrers import Referrer, policy_of
from emotion_core.collect.web.responses import Download, Page
from emotion_core.collect.web.sites import is_same_site

__all__ = [
    "CONNECTIONS_PER_HOST",
    "Download",
    "Fetcher",
    "Limits",
    "Page",
    "Referrer",
    "is_same_site",
    "media_type",
    "parse_allowed_host",
    "policy_of",
    "split_address",
]
