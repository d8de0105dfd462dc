"""Turn chains of network errors into one sentence for the user, and decide whether a retry may succeed."""

import ssl
from collections.abc import Iterator

import requests
from urllib3 import exceptions

from emotion_core.errors import FetchFailed, TemporaryFailure

_Kinds = tuple[type[BaseException], ...]
_Row = tuple[_Kinds, str, str, type[FetchFailed]]
# Error classes, reason, advice, and the error to raise; the first row that matches counts.
_REASONS: tuple[_Row, ...] = (
    (
        (exceptions.NameResolutionError,),
        "The host name does not exist, or this machine is offline",
        "Check the spelling of the address.",
        FetchFailed,
    ),
    (
        (ssl.SSLError, exceptions.SSLError, requests.exceptions.SSLError),
        "The server's certificate is not trusted, or its encryption is not supported",
        "Open the address in a browser for details.",
        FetchFailed,
    ),
    ((ConnectionRefusedError,), "Nothing is listening at that host and port", "Check the address.", FetchFailed),
    # Before ConnectTimeoutError, because urllib3 derives NewConnectionError from it.
    ((exceptions.NewConnectionError,), "The host could not be reached", "Check the address.", FetchFailed),
    ((exceptions.ConnectTimeoutError,), "The connection timed out", "Try again later.", FetchFailed),
    (
        (exceptions.ReadTimeoutError, TimeoutError),
        "The server stopped answering",
        "Try again later.",
        TemporaryFailure,
    ),
    ((exceptions.IncompleteRead,), "The download was cut short", "Try again later.", TemporaryFailure),
    (
        (exceptions.DecodeError, requests.exceptions.ContentDecodingError),
        "The response could not be decompressed",
        "Try again later.",
        FetchFailed,
    ),
    (
        (exceptions.LocationParseError, requests.exceptions.InvalidURL, UnicodeError),
        "The address is not valid",
        "Check the address.",
        FetchFailed,
    ),
)
_OTHER: _Row = ((), "The connection was lost", "Try again later.", TemporaryFailure)
_MAX_CHAIN = 20


def fetch_failure(error: BaseException, url: str) -> FetchFailed:
    """Return the error for a failed download; a ``TemporaryFailure`` if a retry may succeed.

    Args:
        error: what requests, urllib3 or the socket raised.
        url: the URL that was fetched.
    """
    chain = list(_chain(error))
    matches = (row for row in _REASONS if any(isinstance(link, row[0]) for link in chain))
    _kinds, reason, advice, error_class = next(matches, _OTHER)
    return error_class(f"{reason}. Expected a page or a picture. Received: url={url!r}. {advice}")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and those inside it: requests wraps urllib3's errors, which wrap the socket's."""
    queue, count = [error], 0
    while queue and count < _MAX_CHAIN:
        link = queue.pop(0)
        count += 1
        yield link
        inner = (*link.args, getattr(link, "reason", None), link.__cause__, link.__context__)
        queue.extend(candidate for candidate in inner if isinstance(candidate, BaseException))
