"""The referrer policies that a page states for the requests of its pictures and links."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lxml.html import HtmlElement

from emotion_core.collect.extraction import base_address
from emotion_core.collect.sources.records import FoundPicture
from emotion_core.collect.urls import host_of, join_url
from emotion_core.collect.web import policy_of


def page_policy(tree: HtmlElement, header_policy: str) -> str:
    """Return the referrer policy of a page: of its last meta tag with one, or else of its header; empty for neither.

    Args:
        tree: the page.
        header_policy: policy of the Referrer-Policy header; empty if there is none.
    """
    metas = (meta for meta in tree.iter("meta") if meta.get("name", "").strip().lower() == "referrer")
    policies = [policy_of([meta.get("content", "")], is_meta=True) for meta in metas]
    return next(filter(None, reversed(policies)), header_policy)


def add_policies(pictures: Iterable[FoundPicture], tree: HtmlElement, page_url: str) -> Iterator[FoundPicture]:
    """Yield the pictures with the policy of the ``referrerpolicy`` attributes of pictures from the same host.

    By host, because the address of an element may be a smaller copy of the picture, and hosts that need such an
    attribute need it for all their pictures.

    Args:
        pictures: pictures of the page.
        tree: the page.
        page_url: URL of the page.
    """
    base_url = base_address(tree, page_url)
    policies: dict[str, str] = {}
    for element in tree.iterfind(".//img[@referrerpolicy]"):
        policy = policy_of([element.get("referrerpolicy", "")])
        source = element.get("src") or element.get("data-src") or ""
        if policy:
            policies.setdefault(host_of(join_url(base_url, source) or ""), policy)
    for picture in pictures:
        own_policy = policies.get(host_of(picture.url)) if policies else None
        yield replace(picture, referrer_policy=own_policy) if own_policy else picture
