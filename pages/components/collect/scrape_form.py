"""The forms of the Collect page: what to scrape and how, and the labels of an import's classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from emotion_core.collect import MAX_PICTURES, last_contact, parse_urls
from emotion_core.collect.imports import NO_FOLDER
from emotion_core.collect.samples import PAGES, SampleServer
from emotion_core.collect.sources import SITES
from emotion_core.dataset import LABELS
from emotion_core.formatting import count_text
from emotion_core.guided import GALLERY_SELECTOR
from emotion_core.settings import Workspace
from pages.components.common.markdown import escape_markdown

GALLERY, WEB_PAGE, LIST = "Sample gallery", "Web page", "List of addresses"
_SITES = {site.name: site for site in SITES}
SOURCES = (GALLERY, *_SITES, WEB_PAGE, LIST)
LEFT_OUT = "leave out"


@dataclass(frozen=True)
class ScrapeTarget:
    """What to scrape, as typed into the form.

    Attributes:
        source: one of ``SOURCES``.
        text: an address, search words, or a list of addresses.
        pages: page numbers, such as ``1-4``.
        select: a CSS selector.
        allowed: private addresses as ``host:port``, separated by spaces.
    """

    source: str
    text: str
    pages: str = ""
    select: str = ""
    allowed: str = ""

    def fields(self) -> dict[str, Any]:
        """Return the fields of a ``ScrapeRequest``.

        Raises:
            CollectError: the text is no usable address.
        """
        text = self.text.strip()
        if self.source == LIST:
            return {"urls": parse_urls(text)}
        url = _SITES[self.source].address(text) if self.source in _SITES else text
        return {
            "url": url,
            "pages": self.pages.strip() or None,
            "select": self.select.strip() or None,
            "allow_hosts": tuple(self.allowed.split()),
        }


@st.cache_resource(show_spinner=False)
def sample_server() -> SampleServer:
    """Return the sample gallery, which this server serves on loopback from its first use."""
    server = SampleServer()
    server.start()
    return server


def ask_target(source: str, label: str) -> ScrapeTarget:
    """Draw the fields for what to scrape, and return their values.

    Args:
        source: one of ``SOURCES``.
        label: ``happy`` or ``sad``; the fields are prefilled with an example of it.
    """
    if source in _SITES:
        return _ask_site(source, label)
    if source == LIST:
        help_text = "One page or picture per line; lines that begin with # are skipped."
        return ScrapeTarget(
            source, st.text_area("Addresses", placeholder="https://…", help=help_text, key="list", height=160)
        )
    gallery = sample_server() if source == GALLERY else None
    # The gallery's port changes when the server restarts; a tab that stayed open must not bring the old one back.
    key = f"{label}-{gallery.port}" if gallery else source
    return _ask_page(source, key, gallery.url(label, 1) if gallery else "", gallery.host_port if gallery else "")


def _ask_site(source: str, label: str) -> ScrapeTarget:
    site = _SITES[source]
    left, right = st.columns([3, 1])
    text = left.text_input(
        site.input_label,
        site.examples[label],
        help="Search words, or an address on this site.",
        key=f"{source}-{label}",
    )
    pages = right.text_input("Pages", "1", help="Pages of results to read, for instance 1-4.", key=f"pages-{source}")
    st.caption(site.note)
    return ScrapeTarget(source, text, pages)


def _ask_page(source: str, key: str, url: str, allowed: str) -> ScrapeTarget:
    text = st.text_input(
        "Page",
        url,
        placeholder="https://example.org/search?q=happy&page=1",
        help="The page that shows the photos. Write {page} in place of the page number, or keep page=1.",
        key=f"url-{key}",
    )
    left, middle, right = st.columns([1, 2, 2])
    pages = left.text_input(
        "Pages",
        f"1-{PAGES}" if url else "",
        help="Page numbers, for instance 1-4; leave empty for this page only. "
        "If the address has no page number, links to the next page are followed.",
        key=f"pages-{source}",
    )
    select = middle.text_input(
        "CSS selector",
        GALLERY_SELECTOR if url else "",
        help="Selects pictures on the page, or elements that contain them. Leave empty for every photo on the page.",
        key=f"select-{source}",
    )
    allow = right.text_input(
        "Private address to allow",
        allowed,
        placeholder="127.0.0.1:8000",
        help="Addresses on this machine or its network are refused unless listed here as host:port.",
        key=f"allow-{key}",
    )
    return ScrapeTarget(source, text, pages, select, allow)


def ask_limits(workspace: Workspace) -> dict[str, Any]:
    """Draw the limits and politeness settings, and return them as fields of a ``ScrapeRequest``."""
    with st.expander("Limits and politeness settings"):
        left, middle, right = st.columns(3)
        limit = left.number_input(
            "Maximum photos", 1, MAX_PICTURES, None, help="Leave empty for all photos on the pages.", key="limit"
        )
        minutes = middle.number_input(
            "Maximum minutes", 1, 1440, 60, help="A scrape that reaches the limit can be resumed.", key="max_minutes"
        )
        megabytes = right.number_input(
            "Maximum megabytes", 1, 100_000, 2000, help="Pages and pictures together.", key="max_megabytes"
        )
        contact = left.text_input(
            "Contact",
            last_contact(workspace),
            placeholder="me@example.org",
            help="An e-mail or web address, sent along so that site operators can reach you. Some sites ask for it.",
            key="contact",
        )
        delay = middle.number_input(
            "Seconds between requests",
            0.0,
            60.0,
            None,
            0.1,
            placeholder="0.2",
            help="Per site; longer if its robots.txt asks for it. Private addresses that you allow need none.",
            key="delay",
        )
        st.caption("robots.txt, Retry-After, and the noai and noimageai directives are always honored.")
    return {
        "limit": limit,
        "max_minutes": minutes,
        "max_megabytes": megabytes,
        "contact": contact.strip(),
        "delay_seconds": delay,
    }


def ask_class_labels(counts: Mapping[str, int], key: str) -> dict[str, str]:
    """Draw the classes of an import, and return the label that the user gives each one that is neither happy nor sad.

    Args:
        counts: pictures per class.
        key: tells the fields of one import from those of another.
    """
    named = {name: count for name, count in counts.items() if name != NO_FOLDER}
    others = {name: count for name, count in named.items() if name.strip().lower() not in LABELS}
    if not counts or named:
        st.caption(_classes_text({name: count for name, count in named.items() if name not in others}, others))
    labels = {}
    columns = st.columns(4)
    for number, (name, count) in enumerate(others.items()):
        choice = columns[number % 4].selectbox(
            f"{escape_markdown(name)} ({count})",
            (LEFT_OUT, *LABELS),
            key=f"class-{key}-{name}",
            help="The label for these photos.",
        )
        if choice != LEFT_OUT:
            labels[name] = choice
    return labels


def _classes_text(usable: Mapping[str, int], others: Mapping[str, int]) -> str:
    photos = count_text(sum(others.values()), "photo")
    if usable:
        text = f"Found {', '.join(f'{count} {escape_markdown(name)}' for name, count in usable.items())}."
        return text + (" Choose a label for each other class, or leave it out." if others else "")
    if others:
        return f"{photos} in other classes than happy and sad. Choose a label for each class, or leave it out."
    return "No photos found."
