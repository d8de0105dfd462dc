"""The examples in docstrings: each gives what it shows."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import emotion_core
import pages.components

PACKAGES = {emotion_core: "emotion_core.", pages.components: "pages.components."}
MODULES = sorted(
    module.name
    for package, prefix in PACKAGES.items()
    for module in pkgutil.walk_packages(package.__path__, prefix)
    if ">>>" in Path(str(importlib.util.find_spec(module.name).origin)).read_text(encoding="utf8")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_give_what_they_show(name: str) -> None:
    """No shown value is out of date."""
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted
    assert not result.failed
