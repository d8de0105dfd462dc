"""Find the JSON in scripts and strings, however it is escaped."""

import html as html_text
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

_JSON_START = re.compile(r"""(?:[=(,]|return)\s{0,9}['`]?(?=[{\[]\s{0,99}[\[{"]|"[{\[]|\[\d{1,9},\s?")""")
_NESTED_JSON = re.compile(r"(?:[\w.]{1,12}:)?(?=[{\[])")
_MIN_JSON = 20
_MAX_FAILURES = 30  # Starts that look like JSON and are not; each may be read to the end of the script.
_ESCAPED = re.compile(r"\\(?:x|u00)([0-9a-fA-F]{2})")


def json_values(text: str) -> Iterator[Any]:
    """Yield the JSON values in a script: all of it, what is assigned to a variable, or passed to a function."""
    whole = _loaded(text) if text.lstrip()[:1] in ("{", "[") else None
    if whole is not None:
        yield whole
        return
    decoder, position, failures = json.JSONDecoder(strict=False), 0, 0
    while failures < _MAX_FAILURES:
        start = _JSON_START.search(text, position)
        if start is None:
            return
        try:
            value, position = decoder.raw_decode(text, start.end())
        except (ValueError, RecursionError):
            failures, position = failures + 1, start.end()
        else:
            yield value


def unescaped(text: str) -> str:
    """Return a script's text with the escapes of JavaScript, HTML and URLs resolved that hide addresses."""
    if "\\" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).replace("\\/", "/").replace('\\"', '"')
    if "%22%3A" in text or "%22:" in text:
        text = unquote(text)
    return html_text.unescape(text) if "&quot;" in text or "&amp;" in text else text


def nested_json(text: str) -> Iterator[Any]:
    """Yield the JSON values that a string holds: one, or one a line after a number, as React sends them."""
    if len(text) < _MIN_JSON or "/" not in text:
        return
    for line in (text, *text.splitlines()) if "\n" in text else (text,):
        start = _NESTED_JSON.match(line.lstrip())
        value = _loaded(line.lstrip()[start.end() :]) if start else None
        if value is not None:
            yield value


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
