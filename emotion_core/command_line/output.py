"""Output of a verb: its result on stdout, notes on stderr."""

import json
import math
import sys
from typing import Any

from emotion_core.errors import JobError

JsonRows = list[dict[str, Any]]


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
        print(json.dumps(_finite(result), ensure_ascii=False, indent=1), flush=True)
    elif isinstance(result, list):
        print(_table(result), flush=True)
    else:
        for key, value in result.items():
            print(f"{key}:{_lines(value)}", flush=True)


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

    return pd.DataFrame(rows).astype(object).fillna("").to_string(index=False) if rows else "(none)"


def note(text: str) -> None:
    """Print one line to stderr, so that stdout holds nothing but the result."""
    print(text, file=sys.stderr, flush=True)
