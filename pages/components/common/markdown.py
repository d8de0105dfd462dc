"""Text from elsewhere (file names, addresses, error messages), escaped for Streamlit's Markdown."""

import re

_MARKUP = re.compile(r"[\\`*_{}\[\]()<>#+.!|~$:&/-]")


def escape_markdown(text: object) -> str:
    r"""Return the text on one line, escaped so that Streamlit shows every character as it is.

    Without this, a file name such as ``![x](http://192.168.1.1/)`` would make the browser fetch that address. A bare
    address still becomes a link to itself.

    Args:
        text: a string, or an error, whose message is shown.

    >>> print(escape_markdown("![x](a) :red[b]"))
    \!\[x\]\(a\) \:red\[b\]
    """
    return _MARKUP.sub(r"\\\g<0>", " ".join(str(text).split()))
