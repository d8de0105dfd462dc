"""Why a download failed, as a sentence for a person instead of a chain of library errors, and whether it may pass."""

import ssl
from collections.abc import Iterator

import requests
from urllib3 import exceptions

from emotion_core.errors import FetchFailed, TemporaryFailure

_Kinds = tuple[type[BaseException], ...]
_REASONS: tuple[tuple[_Kinds, str, str, type[FetchFailed]], ...] = (
    (
        (exceptions.NameResolutionError,),
        "There is no host of that name, or this machine is offline",
        "Check the spelling of the address.",
        FetchFailed,
    ),
    (
        (ssl.SSLError, exceptions.SSLError, requests.exceptions.SSLError),
        "The server's certificate cannot be trusted, or its encryption is not understood",
        "Open the address in a browser to see what is wrong with it.",
        FetchFailed,
    ),
    ((ConnectionRefusedError,), "Nothing answers at that host and port", "Check the address.", FetchFailed),
    # Before the timeout: urllib3 derives this error from that one.
    ((exceptions.NewConnectionError,), "No connection to that host could be made", "Check the address.", FetchFailed),
    (
        (exceptions.ConnectTimeoutError,),
        "The server did not take the connection in time",
        "Try again later.",
        FetchFailed,
    ),
    (
        (exceptions.ReadTimeoutError, TimeoutError),
        "The server stopped answering",
        "Try again later.",
        TemporaryFailure,
    ),
    ((exceptions.IncompleteRead,), "The download was cut short", "Try again later.", TemporaryFailure),
    (
        (exceptions.DecodeError, requests.exceptions.ContentDecodingError),
        "The answer's compression is damaged",
        "Try again later.",
        FetchFailed,
    ),
    (
        (exceptions.LocationParseError, requests.exceptions.InvalidURL, UnicodeError),
        "The address is malformed",
        "Check the address.",
        FetchFailed,
    ),
)
_OTHER: tuple[str, str, type[FetchFailed]] = ("The connection broke", "Try again later.", TemporaryFailure)
_LONGEST_CHAIN = 20


def failure(error: BaseException, url: str) -> FetchFailed:
    """Return what went wrong with ``url``, for a person; a ``TemporaryFailure`` where another try may succeed."""
    chain = list(_chain(error))
    what, remedy, kind = _OTHER
    for kinds, reason, advice, failed in _REASONS:
        if any(isinstance(link, kinds) for link in chain):
            what, remedy, kind = reason, advice, failed
            break
    return kind(f"{what}. Expected a page or a picture. Received: url={url!r}. {remedy}")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give the error and the errors in it: requests wraps urllib3's errors, which wrap the socket's."""
    waiting, seen = [error], 0
    while waiting and seen < _LONGEST_CHAIN:
        link = waiting.pop(0)
        seen += 1
        yield link
        inner = (*link.args, getattr(link, "reason", None), link.__cause__, link.__context__)
        waiting.extend(candidate for candidate in inner if isinstance(candidate, BaseException))
