"""Sites whose terms allow collecting."""

import pytest

from emotion_core.collect.sources import SITES
from emotion_core.collect.sources.sites import commons_address, openverse_address
from emotion_core.collect.web import split_address
from emotion_core.dataset import LABELS
from emotion_core.errors import CollectError

COMMONS = "https://commons.wikimedia.org/wiki/"
OPENVERSE = "https://api.openverse.org/v1/images/?"


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("Smiling people", "Category:Smiling_people"),
        (" smiling_people ", "Category:Smiling_people"),
        ("Category:Smiling people", "Category:Smiling_people"),
        ("category: smiling  people", "Category:Smiling_people"),
        ("[[:Category:Crying]]", "Category:Crying"),
        ("Émotions & larmes?", "Category:%C3%89motions_%26_larmes%3F"),
        ("100% / AC:DC", "Category:100%25_/_AC:DC"),
        ("https://commons.wikimedia.org/wiki/Category:Smiling_people?uselang=de#x", "Category:Smiling_people"),
        ("https://commons.m.wikimedia.org/w/index.php?title=Category:A%26B_c&action=edit", "Category:A%26B_c"),
        ("HTTP://commons.wikimedia.org/wiki/Category:%E7%AC%91", "Category:%E7%AC%91"),
        ("https://commons.wikimedia.org/wiki/Smile", "Smile"),
    ],
)
def test_commons_address_from_user_input(text: str, page: str) -> None:
    """Names, wiki links and URLs give the page that robots.txt allows, and no input escapes from the path."""
    assert commons_address(text) == COMMONS + page


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Category:",
        ":",
        "a|b",
        "<script>",
        "a\u202eb",
        "../../w/api.php",
        "x" * 300,
        "https://commons.wikimedia.org/",
    ],
)
def test_invalid_titles_are_refused(text: str) -> None:
    """Invalid page titles raise an error with what was expected."""
    with pytest.raises(CollectError, match="Expected the name of a category"):
        commons_address(text)


@pytest.mark.parametrize(
    "text", ["https://evil.example/wiki/Category:X", "http://[", "https://commons.wikimedia.org.evil.example/"]
)
def test_addresses_of_other_sites_are_refused(text: str) -> None:
    """A site's input never leads to another host."""
    for address in (commons_address, openverse_address):
        with pytest.raises(CollectError, match="The address belongs to another site"):
            address(text)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (" smiling   face ", "q=smiling+face&page_size=20"),
        ("a&page_size=500#b", "q=a%26page_size%3D500%23b&page_size=20"),
        ("https://openverse.org/search/image?q=sad%20man&license=by", "q=sad+man&page_size=20"),
    ],
)
def test_openverse_address_from_user_input(text: str, query: str) -> None:
    """Words and search URLs give the same search, with the largest pages that the API allows."""
    assert openverse_address(text) == OPENVERSE + query


@pytest.mark.parametrize("text", ["", "\n", "https://openverse.org/"])
def test_an_empty_search_is_refused(text: str) -> None:
    """A search needs words."""
    with pytest.raises(CollectError, match="The search is empty"):
        openverse_address(text)


def test_every_site_has_a_working_example_for_each_label() -> None:
    """The examples that the page fills in give usable addresses."""
    for known in SITES:
        assert set(known.examples) == set(LABELS)
        for text in known.examples.values():
            assert split_address(known.address(text)).protocol == "https:"
