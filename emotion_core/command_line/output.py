"""Output of a verb: its result on stdout, notes on stderr."""

import json
import math
import shutil
import sys
import textwrap
from typing import Any

from emotion_core.errors import JobError
from emotion_core.terminal import printable

JsonRows = list[dict[str, Any]]
# Characters of a column that is wrapped: narrower ones are hard to read.
LEAST_COLUMN = 24


class Unfinished(JobError):
    """Raised when a study or a scrape ended early; ``result`` is what it produced until then."""

    def __init__(self, problem: str, result: dict[str, Any]) -> None:
        super().__init__(problem)
        self.result = result


def show(result: Any, *, as_json: bool) -> None:
    """Print a verb's result to stdout.

    Args:
        result: a list of rows, or a dict.
        as_json: whether to print one JSON document instead of tables and lines.
    """
    if as_json:
        print(_json(result), flush=True)
        return
    result = _printable(result)
    if isinstance(result, list):
        print(_table(result), flush=True)
    else:
        for key, value in result.items():
            print(f"{key}:{_lines(value)}", flush=True)


def _json(result: Any) -> str:
    """Return a JSON document in which escapes stand for the characters that a terminal would obey."""
    text = json.dumps(_finite(result), ensure_ascii=False, indent=1)
    # Between the strings are only spaces and line feeds, so each of these characters stands in a string.
    return "\n".join(line if line.isprintable() else _json_escaped(line) for line in text.split("\n"))


def _json_escaped(line: str) -> str:
    return "".join(char if printable(char) == char else json.dumps(char)[1:-1] for char in line)


def _printable(value: Any) -> Any:
    """Return the value with ``printable`` texts, also in lists and dicts: a table shows these on one line, too."""
    if isinstance(value, dict):
        return {printable(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return printable(value) if isinstance(value, str) else value


def _lines(value: Any) -> str:
    """Return what follows the colon of a key: a table, one line per text of a list, or the value itself."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return f"\n{_table(value)}"
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return "".join(f"\n  {item}" for item in value)
    return f" {value}"


def _finite(value: Any) -> Any:
    """Return the value with None in place of NaN and infinity, which JSON cannot express."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _table(rows: JsonRows) -> str:
    import pandas as pd

    if not rows:
        return "(none)"
    text = pd.DataFrame(rows).astype(object).fillna("").to_string(index=False)
    if not sys.stdout.isatty():
        return text
    excess = max(map(len, text.splitlines())) - shutil.get_terminal_size().columns
    return text if excess <= 0 else pd.DataFrame(_wrapped(rows, excess)).to_string(index=False)


def _wrapped(rows: JsonRows, excess: int) -> JsonRows:
    """Return a table whose widest texts go on in further rows, so that it is narrower by some characters."""
    texts = [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
    widths = {name: max(len(row.get(name, "")) for row in texts) for row in texts for name in row}
    widest = max(widths, key=lambda name: widths[name])
    width = max(widths[widest] - excess, LEAST_COLUMN)
    wrapped = []
    for row in texts:
        first, *more = textwrap.wrap(row.get(widest, ""), width) or [""]
        # Filled with spaces, because the table is set flush right.
        wrapped.append({name: row.get(name, "") for name in widths} | {widest: first.ljust(width)})
        wrapped += [dict.fromkeys(widths, "") | {widest: line.ljust(width)} for line in more]
    return wrapped


def note(text: str) -> None:
    """Print one line to stderr, so that stdout holds nothing but the result."""
    print(printable(" ".join(text.split())), file=sys.stderr, flush=True)
