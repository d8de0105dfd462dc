"""Answers of Openverse's image search: openly licensed photos of many sites, each with its licence and author."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import BaseModel, ValidationError

from emotion_core.collect.extraction import absolute_url
from emotion_core.collect.sources.licences import creative_commons, licence_name, plain
from emotion_core.collect.sources.records import FoundPicture, PageContents
from emotion_core.collect.web import Page
from emotion_core.errors import CollectError


class _Result(BaseModel):
    url: str
    license: str
    license_version: str | None = None
    license_url: str | None = None
    creator: str | None = None
    foreign_landing_url: str | None = None


class _Answer(BaseModel):
    results: list[_Result]
    page: int
    page_count: int


def read_answer(page: Page) -> PageContents:
    """Return the photos that one page of search results lists, and the address of the next one.

    Raises:
        CollectError: the text is no such answer.
    """
    try:
        answer = _Answer.model_validate_json(page.html)
    except ValidationError as error:
        first = error.errors()[0]
        raise CollectError(
            "The address answers with JSON that lists no photos. Expected a web page, or Openverse's image search with "
            f"results, page and page_count. Received: {page.url!r}, {'.'.join(map(str, first['loc'])) or 'the text'}: "
            f"{first['msg']}. Name the page that shows the photos."
        ) from error
    found = {picture.url: picture for picture in map(_picture, answer.results) if picture is not None}
    more = answer.page < answer.page_count
    return PageContents(tuple(found.values()), _with_page(page.url, answer.page + 1) if more else None)


def _picture(result: _Result) -> FoundPicture | None:
    address = absolute_url("", result.url)
    if address is None:
        return None
    licence = licence_name(result.license_url or "") or plain(creative_commons(result.license, result.license_version))
    landing_url = absolute_url("", result.foreign_landing_url or "")
    return FoundPicture(address, licence, plain(result.creator or ""), landing_url=landing_url)


def _with_page(url: str, number: int) -> str:
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "page"]
    return parts._replace(query=urlencode([*query, ("page", str(number))])).geturl()
