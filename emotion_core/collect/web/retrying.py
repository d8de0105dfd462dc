"""Which failures are worth another try, and after how long."""

import random
from dataclasses import dataclass

from urllib3 import Retry
from urllib3.exceptions import InvalidHeader

from emotion_core.errors import TemporaryFailure

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
# The server speaks for all its visitors: everybody leaves it alone for a while, not only the one who got the answer.
_BUSY_STATUSES = frozenset({429, 503})
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
_LONGEST_RETRY_AFTER_SECONDS = 366 * 24 * 3600


class ServerBusy(TemporaryFailure):
    """A status that is worth another try.

    Attributes:
        retry_after: seconds that the server asks for, or None where it names no time.
        for_everybody: the whole host is to be left alone meanwhile.
    """

    def __init__(self, text: str, status: int, retry_after: float | None) -> None:
        super().__init__(text)
        self.retry_after = retry_after
        self.for_everybody = retry_after is not None or status in _BUSY_STATUSES


@dataclass
class Budget:
    """What is left of one download's time and retries.

    Attributes:
        seconds: of talking.
        retries: left.
        failures: so far.
    """

    seconds: float
    retries: int
    failures: int = 0

    def next_wait(self) -> float:
        """Count a failure and return the seconds to wait before another try: each time twice as long, with jitter."""
        wait: float = min(_FIRST_WAIT_SECONDS * 2**self.failures, _LONGEST_WAIT_SECONDS)
        self.failures += 1
        return wait * random.uniform(1.0, 1.5)


def seconds_asked(retry_after: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for, or None where it says nothing that can be understood.

    Args:
        retry_after: seconds or an HTTP date; a date in the past is no time at all.
    """
    if retry_after is None:
        return None
    try:
        return Retry(retry_after_max=_LONGEST_RETRY_AFTER_SECONDS).parse_retry_after(retry_after)
    except (InvalidHeader, ValueError, OverflowError):
        return None
