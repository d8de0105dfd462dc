"""Lists of addresses with sizes, and addresses that give their size away."""

import pytest

from emotion_core.collect.extraction import absolute, is_srcset, parse_srcset
from emotion_core.collect.extraction.candidates import Candidate, best, from_srcset


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
    """Commas separate candidates only after a space or at the end of an address; sizes are told apart."""
    assert parse_srcset(text) == expected


def test_the_last_candidate_keeps_its_descriptor() -> None:
    """The largest candidate may stand last, without a comma behind it."""
    chosen = best(from_srcset("https://a.example/", "a.jpg 100w, b.jpg 200w"))
    assert chosen is not None
    assert chosen.url == "https://a.example/b.jpg"


def test_of_equals_the_first_is_best() -> None:
    """Where sizes do not decide, order does; of nothing there is no best."""
    chosen = best(from_srcset("https://a.example/", "a.jpg 2x, b.jpg 2x"))
    assert chosen is not None
    assert chosen.url == "https://a.example/a.jpg"
    assert best([]) is None


def test_an_address_without_size_is_the_original_of_those_with_one() -> None:
    """A name without a size is taken before the same name with one, but not before another name with a size."""
    sized, other = Candidate("https://a.example/man-1024x683.jpg", 1024), Candidate("https://a.example/b.jpg", 900)
    original = Candidate("https://a.example/man.jpg")
    assert best([sized, original]) == original
    assert best([original, other]) == other


def test_a_list_is_told_from_an_address() -> None:
    """An attribute that holds a list of sizes is recognised, an address with a space is not."""
    assert is_srcset("u1 320w, u2 420w")
    assert is_srcset("a.jpg 2x")
    assert not is_srcset("my photo.jpg")
    assert not is_srcset("/w_284,c_limit/a.jpg")


@pytest.mark.parametrize(
    "text",
    ["", "data:,", "mailto:a@b", "http://[::1", "{src}", "%7Bsrc%7D", "http://a:x/", "/" + "a" * 4000],
)
def test_what_is_no_web_address(text: str) -> None:
    """Data, mail, templates, malformed and endless addresses mean none."""
    assert absolute("https://a.example/", text) is None
