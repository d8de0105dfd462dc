"""Drawings and photographs are told apart by where photos come from, and by how a whole set of them looks."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog, Origin, freeze, load_snapshot, share_of_drawings
from emotion_core.dataset.snapshots import looks_drawn


def grainy(number: int) -> bytes:
    """Return a picture with the texture and grain of a photograph."""
    rng = np.random.default_rng(number)
    coarse = Image.fromarray(rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)).resize((200, 200))
    pixels = np.asarray(coarse, dtype=np.float64) + rng.normal(0, 12, (200, 200, 3))
    data = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(data, "JPEG")
    return data.getvalue()


@pytest.mark.parametrize("label", ["happy", "sad"])
def test_pictures_of_the_gallery_look_drawn(label: str) -> None:
    """Each of them does, and none with the grain of a photograph does."""
    assert all(looks_drawn(Image.open(io.BytesIO(photo_bytes(label, number)))) for number in range(12))
    assert not any(looks_drawn(Image.open(io.BytesIO(grainy(number)))) for number in range(12))


@pytest.mark.parametrize(
    ("draw", "url", "share"),
    [
        (photo_bytes, None, 1.0),
        (lambda label, number: grainy(number + 100 * (label == "sad")), None, 0.0),
        (
            lambda label, number: grainy(number + 100 * (label == "sad")),
            lambda label, number: f"http://127.0.0.1:5/photos/{label}/{number:04}.jpg",
            1.0,
        ),
    ],
    ids=["drawn files", "photographs", "from the gallery"],
)
def test_snapshot_tells_how_many_of_its_photos_are_drawn(
    draw: Callable[[str, int], bytes], url: Callable[[str, int], str] | None, share: float, catalog: Catalog
) -> None:
    """Imported drawings are told by their look, photos of the gallery by their address, and both are frozen."""
    for label in ("happy", "sad"):
        for number in range(8):
            origin = Origin(f"{label}-{number}.jpg", url(label, number) if url else None)
            catalog.add(draw(label, number), label=label, origin=origin)
    snapshot = freeze(catalog)
    assert snapshot.drawings == share * len(snapshot.items)
    assert share_of_drawings(catalog, load_snapshot(catalog.workspace, snapshot.fingerprint)) == share
