"""Text from elsewhere (file names, addresses, error messages), escaped for Streamlit's Markdown."""

import re

from emotion_core.terminal import printable

_MARKUP = re.compile(r"[\\`*_{}\[\]()<>#+.!|~$:&/-]")
# Streamlit replaces these in the text that is left after the backslashes: its logo, arrows and dashes.
_REPLACED = re.compile(r":streamlit(?=:)|(?<!\S)(?:<-?|[-~>])(?=[->=]+(?!\S))")
_WORD_JOINER = "\u2060"


def escape_markdown(text: object) -> str:
    r"""Return the text on one line, escaped so that Streamlit shows every character as it is.

    Without this, a file name such as ``![x](http://192.168.1.1/)`` would make the browser fetch that address. A bare
    address still becomes a link to itself. Characters that are obeyed instead of shown, such as those that reverse the
    order of the text after them, become escapes.

    Args:
        text: a string, or an error, whose message is shown.

    >>> print(escape_markdown("![x](a) :red[b]"))
    \!\[x\]\(a\) \:red\[b\]
    """
    plain = printable(" ".join(str(text).split()))
    return _MARKUP.sub(r"\\\g<0>", _REPLACED.sub(rf"\g<0>{_WORD_JOINER}", plain))
