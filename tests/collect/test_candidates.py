"""Lists of addresses with sizes, and addresses that give their size away."""

import pytest

from emotion_core.collect.candidates import absolute, best, from_srcset, is_srcset, parse_srcset


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


@pytest.mark.parametrize(
    ("url", "width"),
    [
        ("https://a.example/a-1024x683.jpg", 1024),
        ("https://a.example/a?w=640&q=80", 640),
        ("https://a.example/a?width=1200", 1200),
        ("https://a.example/a-scaled.jpg", 0),
        ("https://a.example/a?w=auto", 0),
    ],
)
def test_width_in_address(url: str, width: float) -> None:
    """WordPress sizes and width parameters tell a width, other addresses do not."""
    assert width_in_address(url) == width


def test_a_list_is_told_from_an_address() -> None:
    """An attribute that holds a list of sizes is recognised, an address with a space is not."""
    assert is_srcset("u1 320w, u2 420w")
    assert is_srcset("a.jpg 2x")
    assert not is_srcset("my photo.jpg")
    assert not is_srcset("/w_284,c_limit/a.jpg")


@pytest.mark.parametrize(
    "text", ["", "data:,", "mailto:a@b", "http://", "http://[::1", "{src}", "%7Bsrc%7D", "http://a:x/"]
)
def test_what_is_no_web_address(text: str) -> None:
    """Data, mail, templates and malformed addresses mean none."""
    assert absolute("https://a.example/", text) is None
