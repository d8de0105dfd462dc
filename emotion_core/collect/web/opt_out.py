"""Whether a page or a picture asks not to be used for machine learning.

Two conventions are read: the directives ``noai`` and ``noimageai`` of X-Robots-Tag headers and robots meta tags, and
``tdm-reservation: 1`` of the W3C community's TDM Reservation Protocol. ``noindex`` and ``noimageindex`` are for search
engines, which we are not.
"""

from collections.abc import Iterable, Iterator

from emotion_core.collect.extraction import parse_page
from emotion_core.errors import OptedOut

_OPT_OUTS = frozenset({"noai", "noimageai"})
_RESERVATION = "tdm-reservation"
# Directives with a value look like the name of a program and its directive: "max-snippet: 50".
_WITH_VALUE = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})


def headers_opt_out(robots_tags: Iterable[str], reservation: str | None, agent: str) -> str | None:
    """Return what in an answer's headers asks that it is left alone, or None.

    Args:
        robots_tags: the value of each X-Robots-Tag header; directives apart by commas, those after a program's name
            and a colon are for that program alone.
        reservation: the value of the TDM-Reservation header.
        agent: the name that directives may address us by.
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


def page_opts_out(html: str, agent: str) -> str | None:
    """Return what in a page's meta tags asks that the page or its pictures are left alone, or None.

    Args:
        html: the page.
        agent: the name of a meta tag that is for us alone.
    """
    text = html.lower()
    if not any(word in text for word in (*_OPT_OUTS, _RESERVATION)):
        return None  # Parsing takes many times as long as looking.
    metas = parse_page(html).iter("meta")
    found = (_meta_opts_out(meta.get("name", ""), meta.get("content", ""), agent) for meta in metas)
    return next(filter(None, found), None)


def _meta_opts_out(name: str, content: str, agent: str) -> str | None:
    name, directives = name.strip().lower(), content.lower().replace(",", " ").split()
    if name == _RESERVATION and directives == ["1"]:
        return "meta tdm-reservation: 1"
    if name in ("robots", agent.lower()):
        return next((f"meta {name}: {directive}" for directive in directives if directive in _OPT_OUTS), None)
    return None


def opted_out(what: str, url: str) -> OptedOut:
    """Return the error for an address that asks to be left alone in these words."""
    return OptedOut(
        "The site asks that this is not used for machine learning. Expected pages and pictures that do not ask so. "
        f"Received: {what!r}, url={url!r}. Choose another page or site."
    )
