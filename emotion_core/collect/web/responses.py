"""Responses of servers: pages, files, and bodies read within limits."""

import http
from dataclasses import dataclass

import requests

from emotion_core.collect.web.content_types import may_be_page, media_type
from emotion_core.errors import FetchFailed

_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Page:
    """A web page, or the JSON of an API.

    Attributes:
        url: URL after redirects.
        html: decoded text: HTML, or JSON as ``content_type`` says.
        size_bytes: size after decompression.
        content_type: value of the Content-Type header; empty if there is none.
        referrer_policy: policy of the Referrer-Policy header; empty if there is none.
        encoding: Python's name of the encoding that the page came in.
    """

    url: str
    html: str
    size_bytes: int
    content_type: str = ""
    referrer_policy: str = ""
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Download:
    """A file from the web, of any type.

    Attributes:
        url: URL after redirects.
        data: content of the file.
        content_type: value of the Content-Type header; empty if there is none.
    """

    url: str
    data: bytes
    content_type: str


@dataclass(frozen=True)
class HttpResponse:
    """The result of one request: a body, or a redirect target.

    Attributes:
        url: URL that was requested.
        status: HTTP status code.
        content_type: value of the Content-Type header; empty if there is none.
        data: decompressed body; empty if the status is an error.
        target: Location of a redirect, as the server sent it; None if the response is not a redirect.
        refresh: value of the Refresh header; empty if there is none.
        referrer_policy: policy of the Referrer-Policy header; empty if there is none.
    """

    url: str
    status: int
    content_type: str
    data: bytes = b""
    target: str | None = None
    refresh: str = ""
    referrer_policy: str = ""

    def as_page(self, html: str, encoding: str) -> Page:
        """Return the response as a page.

        Args:
            html: its text.
            encoding: Python's name of the encoding that the page came in.
        """
        return Page(self.url, html, len(self.data), self.content_type, self.referrer_policy, encoding)

    def as_download(self) -> Download:
        """Return the response as bytes."""
        return Download(self.url, self.data, self.content_type)


def require_success(response: requests.Response, url: str) -> None:
    """Check that the status of a response is 2xx.

    Args:
        response: the response; its body need not have been read.
        url: URL that was requested; named in the error.

    Raises:
        FetchFailed: the status is not 2xx.
    """
    if not 200 <= response.status_code < 300:
        raise FetchFailed(status_sentence(response.status_code, url))


def status_sentence(status: int, url: str) -> str:
    """Return the sentence for an error status.

    Args:
        status: HTTP status code.
        url: URL that was requested.
    """
    phrases = {known.value: f" ({known.phrase})" for known in http.HTTPStatus}
    return (
        f"The server answered {status}{phrases.get(status, '')}. Expected a page or a picture. "
        f"Received: url={url!r}. Open the address in a browser to check that it still exists."
    )


def require_page(response: requests.Response, url: str) -> None:
    """Check that the content type of a response is that of a page, or that the content decides.

    Args:
        response: the response; its body need not have been read.
        url: URL that was requested; named in the error.

    Raises:
        FetchFailed: the content type is that of something else.
    """
    content_type = response.headers.get("Content-Type", "")
    if not may_be_page(content_type):
        raise not_a_page(content_type, url)


def not_a_page(content_type: str, url: str) -> FetchFailed:
    """Return the error for a response that is not a page.

    Args:
        content_type: value of the Content-Type header.
        url: URL that was requested.
    """
    return FetchFailed(
        "The address is not a web page. Expected text/html or application/json. "
        f"Received: content_type={media_type(content_type)!r}, url={url!r}. Enter the address of a page."
    )


def read_body(response: requests.Response, url: str, max_bytes: int, *, cut: bool = False) -> bytes:
    """Read and decompress the body piece by piece, so that a compression bomb is stopped at the size limit.

    Args:
        response: a streamed response whose body has not been read.
        url: URL that was requested; named in the error.
        max_bytes: size limit, after decompression.
        cut: truncate a larger body instead of raising.

    Raises:
        FetchFailed: the body is larger than ``max_bytes``; if its Content-Length says so, nothing of it is read.
    """
    pieces = bytearray()
    if _announced_bytes(response) > max_bytes and not cut:
        raise too_large(url, max_bytes)
    for piece in response.iter_content(_CHUNK_BYTES):
        pieces += piece
        if len(pieces) > max_bytes:
            if cut:
                break
            raise too_large(url, max_bytes)
    return bytes(pieces[:max_bytes])


def _announced_bytes(response: requests.Response) -> int:
    announced = response.headers.get("Content-Length", "")
    return int(announced) if announced.isdecimal() and len(announced) < 20 else 0


def too_large(url: str, max_bytes: int) -> FetchFailed:
    """Return the error for a response that is too large.

    Args:
        url: URL that was requested.
        max_bytes: size limit, after decompression.
    """
    return FetchFailed(f"The file is too large. Expected at most {max_bytes:,} bytes. Received: url={url!r}.")
