"""The text of a page, and what it asks of programs, read in a reader process."""

from typing import NamedTuple

from emotion_core import sandbox
from emotion_core.collect.web.content_types import media_type
from emotion_core.collect.web.html_text import page_encoding, text_in
from emotion_core.collect.web.opt_out import page_opt_out
from emotion_core.collect.web.refresh import refresh_target
from emotion_core.collect.web.responses import HttpResponse
from emotion_core.errors import FetchFailed


class PageText(NamedTuple):
    """A page as text.

    Attributes:
        html: the text.
        encoding: Python's name of the encoding that the page came in.
        opt_out: the meta tag that opts out of machine learning, or None.
        target: URL that the page sends the browser to, or None if it stays.
    """

    html: str
    encoding: str
    opt_out: str | None
    target: str | None


def read_text(response: HttpResponse, agent: str) -> PageText:
    """Return the text of a page.

    Args:
        response: the page.
        agent: our name; a meta tag with this name is for us alone.

    Raises:
        FetchFailed: reading the page takes more than 5 seconds or 500 MB.
    """
    arguments = (response.data, response.content_type, response.url, response.refresh, agent)
    return PageText(*sandbox.call(_text_of, *arguments, raising=FetchFailed))


def _text_of(data: bytes, content_type: str, url: str, refresh: str, agent: str) -> list[str | None]:
    encoding = page_encoding(data, content_type)
    html = text_in(data, encoding)
    is_json = media_type(content_type) == "application/json"
    target = None if is_json else refresh_target(html, url, refresh)
    return [html, encoding, page_opt_out(html, agent), target]
