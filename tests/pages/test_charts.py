"""Charts and tables of the pages: what a reader who does not see them is told."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHARTS = {"plotly_chart", "vega_lite_chart", "altair_chart", "line_chart", "bar_chart", "image"}


@pytest.mark.parametrize("path", sorted((ROOT / "pages").rglob("*.py")), ids=lambda path: path.name)
def test_every_chart_has_a_text(path: Path) -> None:
    """Each call that draws a chart or an image passes a text for screen readers."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    charts = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in CHARTS]
    assert [ast.unparse(call) for call in charts if "alt" not in {keyword.arg for keyword in call.keywords}] == []
