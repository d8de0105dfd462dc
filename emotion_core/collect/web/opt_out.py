"""Detect pages and pictures that opt out of machine learning.

Two conventions are read: the directives ``noai`` and ``noimageai`` in X-Robots-Tag headers and robots meta tags, and
``tdm-reservation: 1`` of the W3C community's TDM Reservation Protocol. ``noindex`` and ``noimageindex`` are ignored,
because they address search engines.
"""

from collections.abc import Iterable, Iterator

from emotion_core.collect.extraction import parse_page
from emotion_core.errors import OptedOut

_OPT_OUTS = frozenset({"noai", "noimageai"})
_RESERVATION = "tdm-reservation"
# Directives with a value ("max-snippet: 50") look like an agent's name followed by its directive.
_WITH_VALUE = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})


def header_opt_out(robots_tags: Iterable[str], reservation: str | None, agent: str) -> str | None:
    """Return the response header that opts out of machine learning, or None.

    Args:
        robots_tags: value of each X-Robots-Tag header: directives separated by commas; those after an agent's name and
            a colon are for that agent alone.
        reservation: value of the TDM-Reservation header, or None.
        agent: our name in such directives.
    """
    for value in robots_tags:
        for directive in _directives_for(agent.lower(), value):
            if directive in _OPT_OUTS:
                return f"X-Robots-Tag: {directive}"
    return "TDM-Reservation: 1" if (reservation or "").strip() == "1" else None


def _directives_for(agent: str, value: str) -> Iterator[str]:
    addressed = True
    for part in value.lower().split(","):
        name, colon, rest = part.partition(":")
        if colon and name.strip() not in _WITH_VALUE:
            addressed, part = name.strip() in (agent, "*"), rest
        if addressed:
            yield part.strip()


def page_opt_out(html: str, agent: str) -> str | None:
    """Return the meta tag of a page that opts out of machine learning, or None.

    Args:
        html: the page.
        agent: our name; a meta tag with this name is for us alone.
    """
    text = html.lower()
    if not any(word in text for word in (*_OPT_OUTS, _RESERVATION)):
        return None  # Parsing takes many times as long as this search.
    metas = parse_page(html).iter("meta")
    opt_outs = (_meta_opt_out(meta.get("name", ""), meta.get("content", ""), agent) for meta in metas)
    return next(filter(None, opt_outs), None)


def _meta_opt_out(name: str, content: str, agent: str) -> str | None:
    name, directives = name.strip().lower(), content.lower().replace(",", " ").split()
    if name == _RESERVATION and directives == ["1"]:
        return "meta tdm-reservation: 1"
    if name in ("robots", agent.lower()):
        return next((f"meta {name}: {directive}" for directive in directives if directive in _OPT_OUTS), None)
    return None


def opt_out_error(directive: str, url: str) -> OptedOut:
    """Return the error for a URL that opts out of machine learning.

    Args:
        directive: the header or meta tag that opts out.
        url: the URL that was fetched.
    """
    return OptedOut(
        "The site asks not to be used for machine learning. Expected pages and pictures without such an opt-out. "
        f"Received: {directive!r}, url={url!r}. Choose another page or site."
    )
