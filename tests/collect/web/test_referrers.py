"""The Referer header of each policy, as the Referrer Policy standard has it."""

import pytest

from emotion_core.collect.web import Referrer, policy_of

PAGE, SAME, OTHER, PLAIN = (
    "https://a.example/x/?q=1#top",
    "https://a.example/1",
    "https://b.example/1",
    "http://b.example/1",
)
FULL, ORIGIN = "https://a.example/x/?q=1", "https://a.example/"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("", (FULL, ORIGIN, None)),
        ("strict-origin-when-cross-origin", (FULL, ORIGIN, None)),
        ("no-referrer", (None, None, None)),
        ("no-referrer-when-downgrade", (FULL, FULL, None)),
        ("origin", (ORIGIN, ORIGIN, ORIGIN)),
        ("origin-when-cross-origin", (FULL, ORIGIN, ORIGIN)),
        ("same-origin", (FULL, None, None)),
        ("strict-origin", (ORIGIN, ORIGIN, None)),
        ("unsafe-url", (FULL, FULL, FULL)),
    ],
)
def test_each_policy_sends_its_header(policy: str, expected: tuple[str | None, ...]) -> None:
    """For requests to the same origin, to another one, and to another one without encryption."""
    assert tuple(Referrer(PAGE, policy).header_for(url) for url in (SAME, OTHER, PLAIN)) == expected


def test_passwords_and_long_addresses_are_not_sent() -> None:
    """Of an address with a password or of more than 4,096 characters, at most the origin is sent."""
    assert Referrer(f"https://a.example/{'x' * 5000}").header_for(SAME) == ORIGIN
    assert "secret" not in (Referrer("https://anna:secret@a.example/x").header_for(SAME) or "")


@pytest.mark.parametrize(
    ("values", "is_meta", "expected"),
    [
        ([""], False, ""),
        (["Origin"], False, "origin"),
        (["no-referrer, something-new"], False, "no-referrer"),
        (["no-referrer, unsafe-url"], False, "unsafe-url"),
        (["never"], False, ""),
        (["never"], True, "no-referrer"),
        ([" Always "], True, "unsafe-url"),
    ],
)
def test_the_last_known_policy_counts(values: list[str], is_meta: bool, expected: str) -> None:
    """Unknown policies are left out; old names are for meta tags alone."""
    assert policy_of(values, is_meta=is_meta) == expected
