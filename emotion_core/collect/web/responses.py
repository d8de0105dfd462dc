"""What servers answer: pages, files, and bodies that are read within limits."""

import http
from dataclasses import dataclass

import requests

from emotion_core.collect.web.html_text import decode_html
from emotion_core.errors import FetchFailed

_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/json"})
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Page:
    """A web page, or what a site's interface for programs answers.

    Attributes:
        url: after redirects.
        html: decoded; JSON where the content type says so.
        size_bytes: as fetched.
        content_type: what the server called it, empty where it said nothing.
    """

    url: str
    html: str
    size_bytes: int
    content_type: str = ""


@dataclass(frozen=True)
class Download:
    """A file from the web, whatever it turns out to be.

    Attributes:
        url: after redirects.
        data: its bytes.
        content_type: what the server called it, empty where it said nothing.
    """

    url: str
    data: bytes
    content_type: str


@dataclass(frozen=True)
class HttpResponse:
    """The end of one request: a body, or the address to go on to.

    Attributes:
        url: that was asked for.
        status: of HTTP.
        content_type: what the server called it, empty where it said nothing.
        data: the body, decompressed; empty where the status is an error.
        target: of a redirect.
    """

    url: str
    status: int
    content_type: str
    data: bytes = b""
    target: str | None = None

    def as_page(self) -> Page:
        """Return the answer as text."""
        return Page(self.url, decode_html(self.data, self.content_type), len(self.data), self.content_type)

    def as_download(self) -> Download:
        """Return the answer as bytes."""
        return Download(self.url, self.data, self.content_type)


def is_page(content_type: str) -> bool:
    """Whether an answer of that content type is read as a page: HTML or JSON."""
    return _media_type(content_type) in _PAGE_TYPES


def require_success(response: requests.Response, url: str) -> None:
    """Return where the status says that the body is what was asked for.

    Raises:
        FetchFailed: it does not.
    """
    if not 200 <= response.status_code < 300:
        raise FetchFailed(status_sentence(response.status_code, url))


def status_sentence(status: int, url: str) -> str:
    """Return what a status other than success means, for a person."""
    known = {known.value: f" ({known.phrase})" for known in http.HTTPStatus}
    return (
        f"The server answered {status}{known.get(status, '')}. Expected a page or a picture. "
        f"Received: url={url!r}. Open the address in a browser to see whether it is still there."
    )


def require_page(response: requests.Response, url: str) -> None:
    """Return where the answer is a page, or does not say what it is.

    Raises:
        FetchFailed: it is something else.
    """
    media_type = _media_type(response.headers.get("Content-Type", ""))
    if media_type and media_type not in _PAGE_TYPES:
        raise FetchFailed(
            "The address is not a web page. Expected text/html or application/json. "
            f"Received: content_type={media_type!r}, url={url!r}. Name the page that shows it."
        )


def read_body(response: requests.Response, url: str, max_bytes: int, *, cut: bool = False) -> bytes:
    """Read the body piece by piece; the pieces are decompressed, so a small bomb cannot become a large one.

    Args:
        response: whose body has not been read.
        url: for the error.
        max_bytes: after decompression.
        cut: leave out what is beyond that.

    Raises:
        FetchFailed: the body is larger; one that says so is not begun.
    """
    pieces = bytearray()
    if _announced_bytes(response) > max_bytes and not cut:
        raise _too_large(url, max_bytes)
    for piece in response.iter_content(_CHUNK_BYTES):
        pieces += piece
        if len(pieces) > max_bytes:
            if cut:
                break
            raise _too_large(url, max_bytes)
    return bytes(pieces[:max_bytes])


def _announced_bytes(response: requests.Response) -> int:
    announced = response.headers.get("Content-Length", "")
    return int(announced) if announced.isdecimal() and len(announced) < 20 else 0


def _too_large(url: str, max_bytes: int) -> FetchFailed:
    return FetchFailed(f"The file is too large. Expected at most {max_bytes:,} bytes. Received: url={url!r}.")


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
