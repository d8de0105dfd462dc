"""Lists of URLs with sizes, and URLs that state their size."""

import pytest

from emotion_core.collect.extraction import absolute_url, is_srcset, parse_srcset
from emotion_core.collect.extraction.candidates import Candidate, largest_candidate, srcset_candidates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" , ,", []),
        ("a.jpg", [("a.jpg", 0, 1)]),
        ("a.jpg 1x,b.jpg 2x", [("a.jpg", 0, 1), ("b.jpg", 0, 2)]),
        ("a.jpg, b.jpg 1.5x", [("a.jpg", 0, 1), ("b.jpg", 0, 1.5)]),
        ("/w_1,h_2/a.jpg 100w 50h,\n\t/w_2/a.jpg 200w ,", [("/w_1,h_2/a.jpg", 100, 1), ("/w_2/a.jpg", 200, 1)]),
        ("a.jpg 100w", [("a.jpg", 100, 1)]),
    ],
)
def test_srcset_as_browsers_read_it(text: str, expected: list[tuple[str, float, float]]) -> None:
    """Commas separate candidates only after a space or at the end of a URL; widths and densities are kept apart."""
    assert parse_srcset(text) == expected


def test_the_last_candidate_keeps_its_descriptor() -> None:
    """The largest candidate may be the last one, without a comma after it."""
    chosen = largest_candidate(srcset_candidates("https://a.example/", "a.jpg 100w, b.jpg 200w"))
    assert chosen is not None
    assert chosen.url == "https://a.example/b.jpg"


def test_the_first_of_equal_candidates_is_chosen() -> None:
    """Order decides between equal sizes; without candidates there is none."""
    chosen = largest_candidate(srcset_candidates("https://a.example/", "a.jpg 2x, b.jpg 2x"))
    assert chosen is not None
    assert chosen.url == "https://a.example/a.jpg"
    assert largest_candidate([]) is None


def test_an_address_without_size_is_the_original_of_those_with_one() -> None:
    """A name without a size wins over the same name with a size, but not over another name with a size."""
    sized, other = Candidate("https://a.example/man-1024x683.jpg", 1024), Candidate("https://a.example/b.jpg", 900)
    original = Candidate("https://a.example/man.jpg")
    assert largest_candidate([sized, original]) == original
    assert largest_candidate([original, other]) == other


def test_a_srcset_is_recognized() -> None:
    """An attribute that holds a list of sizes is recognized; a URL with a space is not one."""
    assert is_srcset("u1 320w, u2 420w")
    assert is_srcset("a.jpg 2x")
    assert not is_srcset("my photo.jpg")
    assert not is_srcset("/w_284,c_limit/a.jpg")


@pytest.mark.parametrize(
    "text",
    ["", "data:,", "mailto:a@b", "http://[::1", "{src}", "%7Bsrc%7D", "http://a:x/", "/" + "a" * 4000],
)
def test_other_references_have_no_absolute_url(text: str) -> None:
    """Data, mail, templates, malformed and overlong addresses give None."""
    assert absolute_url("https://a.example/", text) is None
