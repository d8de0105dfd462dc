"""Read results of Openverse's image search: openly licensed photos of many sites, with license and author."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import BaseModel, ValidationError

from emotion_core.collect.extraction import absolute_url
from emotion_core.collect.sources.licences import creative_commons, licence_name, plain_text
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


class _SearchResults(BaseModel):
    results: list[_Result]
    page: int
    page_count: int


def read_results(page: Page) -> PageContents:
    """Return the photos on one page of search results, and the URL of the next page.

    Raises:
        CollectError: the JSON is not a page of search results.
    """
    try:
        results = _SearchResults.model_validate_json(page.html)
    except ValidationError as error:
        first = error.errors()[0]
        raise CollectError(
            "The address returns JSON that lists no photos. Expected a web page, or Openverse's image search with "
            f"results, page and page_count. Received: {page.url!r}, {'.'.join(map(str, first['loc'])) or 'the text'}: "
            f"{first['msg']}. Enter the address of the page that shows the photos."
        ) from error
    pictures = {picture.url: picture for picture in map(_picture, results.results) if picture is not None}
    has_next = results.page < results.page_count
    return PageContents(tuple(pictures.values()), _with_page(page.url, results.page + 1) if has_next else None)


def _picture(result: _Result) -> FoundPicture | None:
    address = absolute_url("", result.url)
    if address is None:
        return None
    licence = licence_name(result.license_url or "") or plain_text(
        creative_commons(result.license, result.license_version)
    )
    landing_url = absolute_url("", result.foreign_landing_url or "")
    return FoundPicture(address, licence, plain_text(result.creator or ""), landing_url=landing_url)


def _with_page(url: str, number: int) -> str:
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "page"]
    return parts._replace(query=urlencode([*query, ("page", str(number))])).geturl()
