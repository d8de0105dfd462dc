"""Why a download failed, as a sentence for a person instead of a chain of library errors."""

import ssl
from collections.abc import Iterator

import requests
from urllib3 import exceptions

_REASONS: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    (
        (exceptions.NameResolutionError,),
        "There is no host of that name, or this machine is offline",
        "Check the spelling of the address.",
    ),
    (
        (ssl.SSLError, exceptions.SSLError, requests.exceptions.SSLError),
        "The server's certificate cannot be trusted, or its encryption is not understood",
        "Open the address in a browser to see what is wrong with it.",
    ),
    ((ConnectionRefusedError,), "Nothing answers at that host and port", "Check the address."),
    # Before the timeout: urllib3 derives this error from that one.
    ((exceptions.NewConnectionError,), "No connection to that host could be made", "Check the address."),
    ((exceptions.ConnectTimeoutError,), "The server did not take the connection in time", "Try again later."),
    ((exceptions.ReadTimeoutError, TimeoutError), "The server stopped answering", "Try again later."),
    ((exceptions.IncompleteRead,), "The download was cut short", "Try again later."),
    (
        (exceptions.DecodeError, requests.exceptions.ContentDecodingError),
        "The answer's compression is damaged",
        "Try again later.",
    ),
    (
        (exceptions.LocationParseError, requests.exceptions.InvalidURL, UnicodeError),
        "The address is malformed",
        "Check the address.",
    ),
)
_OTHER = ("The connection broke", "Try again later.")
_LONGEST_CHAIN = 20


def failure_sentence(error: BaseException, url: str) -> str:
    """Return what went wrong with ``url``, for a person."""
    chain = list(_chain(error))
    what, remedy = _OTHER
    for kinds, reason, advice in _REASONS:
        if any(isinstance(link, kinds) for link in chain):
            what, remedy = reason, advice
            break
    return f"{what}. Expected a page or a picture. Received: url={url!r}. {remedy}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give the error and the errors in it: requests wraps urllib3's errors, which wrap the socket's."""
    waiting, seen = [error], 0
    while waiting and seen < _LONGEST_CHAIN:
        link = waiting.pop(0)
        seen += 1
        yield link
        inner = (*link.args, getattr(link, "reason", None), link.__cause__, link.__context__)
        waiting.extend(candidate for candidate in inner if isinstance(candidate, BaseException))
