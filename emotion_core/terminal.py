r"""Text from elsewhere (file names, addresses, messages of servers), made safe to print on a terminal."""

import os
import sys
import unicodedata
from typing import Any, TextIO, cast

# Control characters (C0, DEL, C1), format characters (bidirectional overrides, invisible ones), lone surrogates and the
# two separators that end a line. A terminal obeys them: they move the cursor, rename the window or reorder the text.
_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Persian and Indian words and many emoji are written with these two; they only choose between shapes of letters.
_JOINERS = frozenset("\u200c\u200d")


def printable(text: object) -> str:
    r"""Return the text on one line, with escapes in place of the characters that a terminal obeys instead of showing.

    Args:
        text: a string, or an object whose ``str`` is shown.

    >>> print(printable("a\x1b[2Jb\u202ec\n"), printable("größer 笑"))
    a\x1b[2Jb\u202ec\n größer 笑
    """
    characters = str(text)
    if characters.isprintable():
        return characters
    return "".join(
        ascii(character)[1:-1]
        if unicodedata.category(character) in _OBEYED and character not in _JOINERS
        else character
        for character in characters
    )


def printable_lines(text: str) -> str:
    r"""Return the text with its line feeds and tabs kept, and everything else as ``printable`` returns it.

    >>> printable_lines("one\n\ttwo\x07")
    'one\n\ttwo\\x07'
    """
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in text.split("\n"))


class PrintableStream:
    """A text stream that writes ``printable_lines`` of what it is given, and is the stream it wraps in all else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text, and return its length as the caller knows it."""
        self._stream.write(printable_lines(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def guard_streams() -> None:
    """Let this process print only what a terminal shows: results, messages, logging and tracebacks.

    Both streams also write UTF-8, whatever the encoding of the terminal or pipe: file names may hold any character.
    """
    # The colors of Python's own tracebacks and usage texts would be escaped, too.
    os.environ.setdefault("PYTHON_COLORS", "0")
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        # A process without a console on Windows has no streams.
        if stream is None or isinstance(stream, PrintableStream):
            continue
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        setattr(sys, name, cast(TextIO, PrintableStream(stream)))
