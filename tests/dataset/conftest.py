"""Fixtures for the tests of the dataset: an empty catalog, and clearly different photos."""

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


def _note_faces(catalog: Catalog, faces_of: Mapping[str, Sequence[Face]]) -> None:
    with catalog.connection() as connection:
        for photo_id, faces in faces_of.items():
            statement = "INSERT INTO faces (photo_id, boxes, found_at, detector) VALUES (?, ?, 0, 'test')"
            connection.execute(statement, (photo_id, json.dumps(faces)))


@pytest.fixture(scope="session")
def note_faces() -> Callable[..., None]:
    """Return a function that writes faces by photo id into a catalog, as if they had been detected."""
    return _note_faces


@pytest.fixture(scope="session")
def noise_photo() -> Callable[..., bytes]:
    """Return a function that draws a small photo from a number; different numbers look entirely different."""
    return _noise_photo


@pytest.fixture(scope="session")
def fill() -> Callable[..., list[str]]:
    """Return a function that adds happy and sad photos to a catalog and returns their ids, happy ones first."""

    def fill(catalog: Catalog, happy: int, sad: int) -> list[str]:
        labels = ["happy"] * happy + ["sad"] * sad
        return [
            catalog.add(_noise_photo(number), label=label, origin=Origin(f"{label}-{number}.png")).photo_id
            for number, label in enumerate(labels)
        ]

    return fill
