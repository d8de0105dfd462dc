"""Which hosts belong to one site."""

import pytest

from emotion_core.collect.web.sites import is_public_suffix, is_same_site


@pytest.mark.parametrize(
    ("host", "other", "expected"),
    [
        ("a.example", "a.example", True),
        ("www.a.example", "img.a.example", True),
        ("a.co.uk", "b.co.uk", False),
        ("anna.github.io", "ben.github.io", False),
        ("a.example", "a.example.evil.example", False),
        ("127.0.0.1", "127.0.0.1:8080", True),
        ("127.0.0.1", "10.0.0.1", False),
        ("10.1.0.1", "10.2.0.1", False),
        ("[::1]", "[::2]", False),
        ("localhost", "other", False),
        ("xn--bcher-kva.example", "www.bücher.example", True),
    ],
)
def test_a_site_is_a_registered_domain(host: str, other: str, expected: bool) -> None:
    """Hosts below one registered domain are one site; those below a public suffix and numbers are not."""
    assert is_same_site(f"http://{host}/1", f"https://{other}/2") is expected


def test_public_suffixes_are_known() -> None:
    """All of co.uk has no owner; an address in numbers is no suffix."""
    assert is_public_suffix("co.uk")
    assert is_public_suffix("github.io")
    assert not is_public_suffix("a.co.uk")
    assert not is_public_suffix("127.0.0.1")
