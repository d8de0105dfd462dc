"""Names of licenses and authors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.collect.sources.licences import (
    MAX_CHARACTERS,
    creative_commons,
    is_creative_commons,
    licence_name,
    plain_text,
)

CC = "creativecommons.org"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"https://{CC}/licenses/by-sa/4.0/", "CC BY-SA 4.0"),
        (f"//{CC}/licenses/by/2.0/deed.en", "CC BY 2.0"),
        (f"http://www.{CC}/licenses/by-nc-nd/2.5/legalcode?ref=x#top", "CC BY-NC-ND 2.5"),
        (f"https://{CC}/licenses/by/3.0/us/deed.en", "CC BY 3.0 US"),
        (f"https://{CC}/licenses/by-sa/3.0/igo", "CC BY-SA 3.0 IGO"),
        (f"HTTPS://{CC.upper()}/LICENSES/BY/4.0", "CC BY 4.0"),
        (f"https://{CC}/licenses/by-sa/", "CC BY-SA"),
        (f"https://{CC}/publicdomain/zero/1.0/deed.de", "CC0 1.0"),
        (f"https://{CC}/publicdomain/mark/1.0/", "Public Domain Mark 1.0"),
        (f"https://{CC}/licenses/publicdomain/", "Public domain"),
        ("cc-by-sa-4.0", "CC BY-SA 4.0"),
        ("CC BY-SA 3.0 de", "CC BY-SA 3.0 DE"),
        ("CC BY", "CC BY"),
        ("CC0", "CC0 1.0"),
        ("CC0 1.0 Universal", "CC0 1.0"),
    ],
)
def test_creative_commons_has_one_name_for_each_licence(text: str, expected: str) -> None:
    """Addresses and names in all their forms give the short name."""
    assert licence_name(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "https://www.apache.org/licenses/LICENSE-2.0",
        f"https://evil.example/{CC}/licenses/by/4.0/",
        f"https://{CC}.evil.example/licenses/by/4.0/",
        f"https://{CC}/licenses/by.evil/4.0/",
        f"https://{CC}/share-your-work/",
        "Public domain",
        "CC BY-SA 4.0, except where noted",
    ],
)
def test_other_licences_are_unchanged(text: str) -> None:
    """Text that only looks like a Creative Commons license keeps its name."""
    assert licence_name(text) == text
    assert not is_creative_commons(text)


@pytest.mark.parametrize(
    ("code", "version", "expected"),
    [
        ("by", "2.0", "CC BY 2.0"),
        ("cc0", "1.0", "CC0 1.0"),
        ("pdm", "1.0", "Public Domain Mark 1.0"),
        ("sampling+", "1.0", "CC SAMPLING+ 1.0"),
        ("by-nc", None, "CC BY-NC"),
    ],
)
def test_codes_have_names(code: str, version: str | None, expected: str) -> None:
    """APIs return code and version instead of an address."""
    assert creative_commons(code, version) == expected


@given(st.text())
def test_untrusted_text_becomes_plain(text: str) -> None:
    """Any text gives one line without control characters, cut to the limit, or None instead of an empty one."""
    cleaned = plain_text(text)
    assert cleaned is None or (cleaned == cleaned.strip() and 0 < len(cleaned) <= MAX_CHARACTERS)
    assert not any(ord(character) < 32 or 0x202A <= ord(character) <= 0x202E for character in cleaned or "")


def test_plain_text_keeps_scripts_and_signs() -> None:
    """Joiners of Persian and Hindi names stay, and so do characters that are markup in HTML."""
    assert plain_text("می\u200cخواهم <b>&amp;") == "می\u200cخواهم <b>&amp;"
    assert plain_text("x" * 500) == "x" * MAX_CHARACTERS
    assert licence_name("\u202e \n") is None
