"""The forms of the Collect page: what to scrape from where and how, and what the classes of an import are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from emotion_core.collect import MAX_PICTURES, last_contact, parse_urls
from emotion_core.collect.samples import PAGES, SampleServer
from emotion_core.collect.sources import SITES
from emotion_core.dataset import LABELS
from emotion_core.guided import GALLERY_SELECTOR
from emotion_core.settings import Workspace

GALLERY, WEB_PAGE, LIST = "Sample gallery", "Web page", "List of addresses"
_SITES = {site.name: site for site in SITES}
SOURCES = (GALLERY, *_SITES, WEB_PAGE, LIST)
LEFT_OUT = "leave out"


@dataclass(frozen=True)
class SearchSite:
    """Where to scrape, as the form's fields hold it."""

    source: str
    text: str
    pages: str = ""
    select: str = ""
    allowed: str = ""

    def fields(self) -> dict[str, Any]:
        """Return the settings of a request; raises ``CollectError`` where the text leads nowhere."""
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
    """Return the sample gallery, served on loopback by this server from the first time somebody looks at it."""
    server = SampleServer()
    server.start()
    return server


def ask_place(source: str, label: str) -> SearchSite:
    """Draw the fields that say what to scrape.

    Args:
        source: one of ``SOURCES``.
        label: of the pictures; the fields begin with what shows such faces.
    """
    if source in _SITES:
        return _ask_site(source, label)
    if source == LIST:
        help_text = "Pages and pictures, one to a line; lines that begin with # are skipped."
        return SearchSite(
            source, st.text_area("Addresses", placeholder="https://…", help=help_text, key="list", height=160)
        )
    gallery = sample_server() if source == GALLERY else None
    # The gallery's port is another one after a restart; a tab that was open then must not bring the old one back.
    key = f"{label}-{gallery.port}" if gallery else source
    return _ask_page(source, key, gallery.url(label, 1) if gallery else "", gallery.host_port if gallery else "")


def _ask_site(source: str, label: str) -> SearchSite:
    site = _SITES[source]
    left, right = st.columns([3, 1])
    text = left.text_input(
        site.input_label, site.examples[label], help="Words, or an address there.", key=f"{source}-{label}"
    )
    pages = right.text_input("Pages", "1", help="How many pages of results, for instance 1-4.", key=f"pages-{source}")
    st.caption(site.note)
    return SearchSite(source, text, pages)


def _ask_page(source: str, key: str, url: str, allowed: str) -> SearchSite:
    text = st.text_input(
        "Page",
        url,
        placeholder="https://example.org/search?q=happy&page=1",
        help="The page that shows the photos; write {page} where the page number belongs, or keep page=1.",
        key=f"url-{key}",
    )
    left, middle, right = st.columns([1, 2, 2])
    pages = left.text_input(
        "Pages",
        f"1-{PAGES}" if url else "",
        help="Page numbers, for instance 1-4; empty for this page only. "
        "Without a place for a number in the address, its links to the next page are followed.",
        key=f"pages-{source}",
    )
    select = middle.text_input(
        "CSS selector",
        GALLERY_SELECTOR if url else "",
        help="Which pictures of the page are meant, or what contains them; empty for every photo on it.",
        key=f"select-{source}",
    )
    allow = right.text_input(
        "Private address to allow",
        allowed,
        placeholder="127.0.0.1:8000",
        help="Addresses inside this machine or network are refused unless named here as host:port.",
        key=f"allow-{key}",
    )
    return SearchSite(source, text, pages, select, allow)


def ask_manners(workspace: Workspace) -> dict[str, Any]:
    """Draw the fields that say how to go about it, and return the settings of a request."""
    with st.expander("Limits and manners"):
        left, middle, right = st.columns(3)
        limit = left.number_input(
            "Photos at most", 1, MAX_PICTURES, None, help="Empty for all that the pages show.", key="limit"
        )
        minutes = middle.number_input(
            "Minutes at most", 1, 1440, 60, help="A scrape that ends early can go on later.", key="max_minutes"
        )
        megabytes = right.number_input(
            "Megabytes at most", 1, 100_000, 2000, help="Of pages and pictures together.", key="max_megabytes"
        )
        contact = left.text_input(
            "Contact",
            last_contact(workspace),
            placeholder="me@example.org",
            help="A mail or web address for the operators of the sites, sent along; some sites ask for it.",
            key="contact",
        )
        delay = middle.number_input(
            "Seconds between requests",
            0.0,
            60.0,
            None,
            0.1,
            placeholder="0.2",
            help="To each site; longer where its robots.txt asks for it. Addresses of your own need none.",
            key="delay",
        )
        st.caption(
            "robots.txt, Retry-After and the marks noai and noimageai of pages and pictures are always honoured here."
        )
    return {
        "limit": limit,
        "max_minutes": minutes,
        "max_megabytes": megabytes,
        "contact": contact.strip(),
        "delay_seconds": delay,
    }


def ask_mapping(met: Mapping[str, int], key: str) -> dict[str, str]:
    """Draw what an import met besides happy and sad, and return the label that the person gives each class of it.

    Args:
        met: how many pictures of each class there are.
        key: tells the fields of one import from those of another.
    """
    others = {name: count for name, count in met.items() if name.strip().lower() not in LABELS}
    usable = ", ".join(f"{count} {name}" for name, count in met.items() if name not in others)
    st.caption(f"Found: {usable or 'no happy and no sad photos'}" + (". What are the others?" if others else "."))
    chosen = {}
    columns = st.columns(4)
    for number, (name, count) in enumerate(others.items()):
        choice = columns[number % 4].selectbox(
            f"{name} ({count})",
            (LEFT_OUT, *LABELS),
            key=f"class-{key}-{name}",
            help="Count these photos as this label.",
        )
        if choice != LEFT_OUT:
            chosen[name] = choice
    return chosen
