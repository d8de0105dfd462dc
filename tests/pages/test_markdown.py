"""Text from elsewhere is shown, not interpreted."""

import re

import pytest

from pages.components.common.markdown import escape_markdown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![x](http://192.168.1.1/)", r"\!\[x\]\(http\:\/\/192\.168\.1\.1\/\)"),
        (":red[x]", r"\:red\[x\]"),
        (":material/home:", r"\:material\/home\:"),
        ("$a_b$ `c` **d** ~~e~~", r"\$a\_b\$ \`c\` \*\*d\*\* \~\~e\~\~"),
        ("<b>&amp;", r"\<b\>\&amp;"),
        ("\\[x]", r"\\\[x\]"),
        ("two\n# lines", r"two \# lines"),
        ("1. one", r"1\. one"),
        ("it’s 3 % of 'x', ok?", "it’s 3 % of 'x', ok?"),
    ],
)
def test_markup_is_escaped(text: str, shown: str) -> None:
    """Every character that Markdown or Streamlit would interpret gets a backslash, and no other."""
    assert escape_markdown(text) == shown
    assert re.sub(r"\\(.)", r"\1", shown) == " ".join(text.split())


def test_an_error_is_shown_by_its_message() -> None:
    """An exception is accepted, too."""
    assert escape_markdown(ValueError("a*b")) == r"a\*b"
