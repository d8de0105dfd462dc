"""Read and join addresses as browsers do: the URL Standard (https://url.spec.whatwg.org), by the library Ada.

Every address is brought to one normal form before it is compared, checked or requested: ASCII only, the host in lower
case and in Punycode, IPv4 addresses in four decimal numbers, no default port, no dot segments, and nothing that
another parser would read differently.
"""

from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from ada_url import URL

_MAX_CACHED = 2000  # Characters.


def parse_url(text: str) -> URL | None:
    r"""Return the parts of an absolute address in normal form, or None if a browser would not open it.

    >>> parse_url(r"HTTP:\\0x7f.1:80\a\..\b c|{}").href
    'http://127.0.0.1/b%20c|%7B%7D'
    """
    return _parse(text, None)


def join_url(base: str, reference: str) -> str | None:
    """Return the absolute address of a reference in normal form, or None if a browser would not open it.

    Args:
        base: address of the page or its ``<base>``; absolute.
        reference: attribute value or header; may be absolute, in which case ``base`` does not count.

    >>> join_url("https://a.example/b/c?d", "//bücher.example/ü.jpg?w=1|2#top")
    'https://xn--bcher-kva.example/%C3%BC.jpg?w=1|2#top'
    """
    url = _parse(reference, base)
    return None if url is None else str(url.href)


def normal_url(text: str) -> str:
    """Return an absolute address in normal form; text that is none is returned unchanged."""
    url = parse_url(text)
    return text if url is None else str(url.href)


def url_parts(text: str) -> SplitResult:
    """Return the parts of an address; text that is none is all path, as with a bracket in its host.

    >>> url_parts("https://a.example/b?c").path, url_parts("https://[b/c.jpg").path
    ('/b', 'https://[b/c.jpg')
    """
    # The cache keeps no long texts, such as a file in a data: address.
    return _parts(text) if len(text) < _MAX_CACHED else _parts.__wrapped__(text)


@lru_cache(maxsize=4096)
def _parts(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        return SplitResult("", "", text, "", "")


def host_of(url: str) -> str:
    """Return the host of a URL with its port, unless that is the default one; empty if the text is no URL."""
    parts = parse_url(url)
    return "" if parts is None else str(parts.host)


def without_fragment(url: str) -> str:
    """Return a URL without the part that browsers do not send."""
    return url.partition("#")[0]


def _parse(text: str, base: str | None) -> URL | None:
    try:
        return URL(_without_surrogates(text), None if base is None else _without_surrogates(base))
    except ValueError:
        return None


def _without_surrogates(text: str) -> str:
    """Replace what cannot be written as UTF-8, as browsers do; JSON in pages can hold half characters."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
