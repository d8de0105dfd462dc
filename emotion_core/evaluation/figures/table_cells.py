"""Cells of tables as text, in one style of number."""

from collections.abc import Mapping, Sequence
from typing import Any

from emotion_core.formatting import p_number_text, share_text


def table_text(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return rows with each cell as a reader sees it.

    Whole numbers have thousands separators. Other numbers are shares, AUCs or differences, except in columns whose
    title begins with "p": p-values. A missing value is a dash.

    >>> table_text([{"network": "relu", "AUC": 0.998, "p (Holm)": 0.0002, "parameters": 125681, "F1": None}])
    [{'network': 'relu', 'AUC': '>.99', 'p (Holm)': '<.001', 'parameters': '125,681', 'F1': '–'}]
    """
    return [{title: _cell_text(title, value) for title, value in row.items()} for row in rows]


def _cell_text(title: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, float):
        return p_number_text(value) if title.split()[0] == "p" else share_text(value)
    return f"{value:,}" if isinstance(value, int) else str(value)
