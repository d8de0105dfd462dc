"""Text from elsewhere (names of files, addresses, messages of errors) as Streamlit's Markdown shows it unchanged."""

import re

_MARKUP = re.compile(r"[\\`*_{}\[\]()<>#+.!|~$:&/-]")


def escape_markdown(text: object) -> str:
    r"""Return the text so that Streamlit shows every character of it, on one line, and draws nothing else.

    Without this, a file name such as ``![x](http://192.168.1.1/)`` would have the browser fetch that address. A bare
    address is still made a link; it leads where it says.

    Args:
        text: a string, or an error whose message is meant.

    >>> print(plain("![x](a) :red[b]"))
    \!\[x\]\(a\) \:red\[b\]
    """
    return _MARKUP.sub(r"\\\g<0>", " ".join(str(text).split()))
