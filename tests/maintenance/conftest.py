"""A workspace with photos, and one with studies and runs that an earlier version wrote."""

import zipfile
from pathlib import Path

import pytest

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog, Origin
from emotion_core.settings import Workspace, open_workspace

STORED = Path(__file__).parents[1] / "stored_workspaces" / "0.1.0.zip"


def add(catalog: Catalog, number: int, label: str = "happy") -> str:
    """Add a drawn photo that came from the web, and return its id."""
    origin = Origin(f"{number}.jpg", source_url=f"http://photos.example/{number}.jpg", licence="CC BY 4.0")
    return catalog.add(photo_bytes(label, number), label=label, origin=origin, split="train").photo_id


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """Return a catalog of six photos: two kept, one rejected, one with another label, one deleted."""
    from emotion_core.dataset import delete_photos

    catalog = Catalog(open_workspace(tmp_path / "workspace"))
    with catalog.kept_open():
        ids = [add(catalog, number) for number in range(7)]
    catalog.mark(ids[:2], status="kept")
    catalog.mark(ids[2:3], status="rejected")
    catalog.mark(ids[3:4], label="sad")
    delete_photos(catalog, ids[6:])
    return catalog


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return a workspace with 20 photos, 3 studies and 5 runs, four of which have finished."""
    with zipfile.ZipFile(STORED) as archive:
        archive.extractall(tmp_path / "stored")
    return open_workspace(tmp_path / "stored")
