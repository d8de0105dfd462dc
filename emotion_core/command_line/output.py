"""What a verb says: its result on stdout, notes on stderr."""

import json
import math
import sys
from typing import Any

from emotion_core.errors import JobError

JsonRows = list[dict[str, Any]]


class Unfinished(JobError):
    """A study or a scrape ended before all of it was done; ``result`` is what there is of it."""

    def __init__(self, problem: str, result: dict[str, Any]) -> None:
        super().__init__(problem)
        self.result = result


def show(result: Any, *, as_json: bool) -> None:
    """Write what a verb returned to stdout, as one JSON document or for a person."""
    if as_json:
        print(json.dumps(_finite(result), ensure_ascii=False, indent=1), flush=True)
    elif isinstance(result, list):
        print(_table(result), flush=True)
    else:
        for key, value in result.items():
            is_table = isinstance(value, list) and value and isinstance(value[0], dict)
            print(f"{key}:\n{_table(value)}" if is_table else f"{key}: {value}", flush=True)


def _finite(value: Any) -> Any:
    """Return the value with NaN and infinity as null, which JSON has no word for."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _table(rows: JsonRows) -> str:
    import pandas as pd

    return pd.DataFrame(rows).astype(object).fillna("").to_string(index=False) if rows else "(none)"


def note(text: str) -> None:
    """Write one line to stderr, where it cannot get into the JSON."""
    print(text, file=sys.stderr, flush=True)
