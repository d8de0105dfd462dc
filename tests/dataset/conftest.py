"""Fixtures of the dataset's tests: an empty catalog, and photos that are easily told apart."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emotion_core.dataset import Catalog, Face, Origin
from emotion_core.settings import open_workspace


def _noise_photo(number: int, side_px: int = 32) -> bytes:
    blocks = np.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(blocks).resize((side_px, side_px), Image.Resampling.BICUBIC).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """Return the catalog of a new workspace."""
    return Catalog(open_workspace(tmp_path / "workspace"))


def _note_faces(catalog: Catalog, found: Mapping[str, Sequence[Face]]) -> None:
    with catalog.connection() as connection:
        for photo_id, faces in found.items():
            connection.execute("INSERT INTO faces VALUES (?, ?, 0, 'test')", (photo_id, json.dumps(faces)))


@pytest.fixture(scope="session")
def note_faces() -> Callable[..., None]:
    """Return what writes the faces of photos into a catalog, by id, as if they had been found."""
    return _note_faces


@pytest.fixture(scope="session")
def noise_photo() -> Callable[..., bytes]:
    """Return what draws a small photo from a number; different numbers look nothing alike."""
    return _noise_photo


@pytest.fixture(scope="session")
def fill() -> Callable[..., list[str]]:
    """Return what adds that many happy and sad photos to a catalog and gives their ids, the happy ones first."""

    def fill(catalog: Catalog, happy: int, sad: int) -> list[str]:
        labels = ["happy"] * happy + ["sad"] * sad
        return [
            catalog.add(_noise_photo(number), label=label, origin=Origin(f"{label}-{number}.png")).photo_id
            for number, label in enumerate(labels)
        ]

    return fill
