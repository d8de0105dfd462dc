"""The threat model: each promise names tests that exist, and what the settings of the server promise is true."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
PAGE = (CHECKOUT / "docs" / "threat_model.md").read_text(encoding="utf8")
NAMED = sorted(set(re.findall(r"`([\w/.]+\.py)::(\w+)`", PAGE)))


@cache
def functions_of(path: Path) -> frozenset[str]:
    """Return the names of the functions in a file."""
    return frozenset(node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_every_test_that_is_named_exists(path: str, name: str) -> None:
    """A renamed or deleted test is missed here."""
    assert name.startswith("test_")
    assert name in functions_of(CHECKOUT / path)


def test_every_promise_has_a_test() -> None:
    """Each row of a table of promises ends with at least one test."""
    tables = re.findall(r"^\| promise \| test \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    assert len(tables) >= 5
    assert [row for row in rows if not re.fullmatch(r"\| [A-Z][^|]+\. \| (`[\w/.]+::test_\w+`(, )?)+ \|", row)] == []


def test_the_server_sends_no_statistics_and_is_local() -> None:
    """Streamlit would otherwise report its use, and listen on every interface."""
    config = tomllib.loads((CHECKOUT / ".streamlit" / "config.toml").read_text(encoding="utf8"))
    assert config["browser"]["gatherUsageStats"] is False
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["showEmailPrompt"] is False
    assert set(config["server"]["allowedHosts"]) == {"localhost", "127.0.0.1", "::1"}
