"""Decide which failures are retried, and after how long."""

import random
from dataclasses import dataclass

from urllib3 import Retry
from urllib3.exceptions import InvalidHeader

from emotion_core.errors import TemporaryFailure

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
# These statuses are about the host, not about one URL, so all threads pause their requests to it.
_BUSY_STATUSES = frozenset({429, 503})
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
_LONGEST_RETRY_AFTER_SECONDS = 366 * 24 * 3600


class ServerBusy(TemporaryFailure):
    """The server answered with a status that is worth a retry.

    Attributes:
        retry_after: seconds that the server asks to wait, or None if it names no time.
        is_host_wide: whether all requests to the host must wait, not only this one.
    """

    def __init__(self, message: str, status: int, retry_after: float | None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.is_host_wide = retry_after is not None or status in _BUSY_STATUSES


@dataclass
class RetryBudget:
    """Remaining time of one download, and its count of failures.

    Attributes:
        seconds: network time left.
        retries: most retries of the download.
        failures: failures so far.
    """

    seconds: float
    retries: int
    failures: int = 0

    def next_wait(self) -> float:
        """Count a failure and return the seconds to wait before the retry: exponential backoff with jitter."""
        wait: float = min(_FIRST_WAIT_SECONDS * 2**self.failures, _LONGEST_WAIT_SECONDS)
        self.failures += 1
        return wait * random.uniform(1.0, 1.5)


def parse_retry_after(retry_after: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks to wait, or None if it is missing or malformed.

    Args:
        retry_after: seconds or an HTTP date; a date in the past gives 0.
    """
    if retry_after is None:
        return None
    try:
        return Retry(retry_after_max=_LONGEST_RETRY_AFTER_SECONDS).parse_retry_after(retry_after)
    except (InvalidHeader, ValueError, OverflowError):
        return None
