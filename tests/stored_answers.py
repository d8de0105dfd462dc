"""Answers of stored workspaces, compared with what a version of today answers."""

from typing import Any

import pytest


def like(expected: Any, received: Any) -> Any:
    """Return the part of an answer that was stored: its keys, whatever was added since."""
    if isinstance(expected, dict):
        return {key: like(value, received[key]) for key, value in expected.items()}
    if isinstance(expected, list):
        assert len(expected) == len(received)
        return [like(*pair) for pair in zip(expected, received, strict=True)]
    return pytest.approx(received, rel=1e-5, abs=1e-6) if isinstance(received, float) else received
