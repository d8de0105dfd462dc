"""Faces that look neither happy nor sad: kept apart from the labeled photos, in parts that depend on nothing else."""

from pathlib import Path

import pytest

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog, Origin, find_duplicates
from emotion_core.dataset.snapshots import UNREAD_LABEL, neither_catalog, neither_faces
from emotion_core.errors import DataError
from emotion_core.settings import open_workspace


def test_faces_of_neither_label_are_no_photos_of_the_catalog(tmp_path: Path) -> None:
    """They lie in a folder of their own, each in one part, the same however often they are asked for."""
    workspace = open_workspace(tmp_path / "w")
    catalog = neither_catalog(workspace)
    for number in range(40):
        catalog.add(photo_bytes("happy", number), label=UNREAD_LABEL, origin=Origin(f"{number}.jpg"))
    faces = neither_faces(workspace)
    assert Catalog(workspace).photo_ids() == []
    assert len(faces.items) == 40
    assert faces == neither_faces(workspace)
    assert len(faces.rows("train")) > 25
    assert sum(len(faces.rows(part)) for part in ("train", "validation", "test")) == 40


def test_a_near_copy_is_in_the_part_of_its_photo(tmp_path: Path) -> None:
    """What is tested was not trained on in another size."""
    import io

    from PIL import Image

    workspace = open_workspace(tmp_path / "w")
    catalog = neither_catalog(workspace)
    for number in range(12):
        data, smaller = photo_bytes("sad", number), io.BytesIO()
        photo = Image.open(io.BytesIO(data))
        photo.resize((photo.width * 3 // 4, photo.height * 3 // 4)).save(smaller, "JPEG", quality=90)
        for name, content in ((f"{number}a.jpg", data), (f"{number}b.jpg", smaller.getvalue())):
            catalog.add(content, label=UNREAD_LABEL, origin=Origin(name))
    find_duplicates(catalog)
    names = {photo.photo_id: photo.name for photo in catalog.photos_of(catalog.photo_ids())}
    parts: dict[str, set[str]] = {}
    for item in neither_faces(workspace).items:
        parts.setdefault(names[item.photo_id][:-5], set()).add(item.split)
    assert len(parts) == 12
    assert {len(part) for part in parts.values()} == {1}
    assert len({next(iter(part)) for part in parts.values()}) > 1


def test_without_such_faces_there_is_nothing_to_learn(tmp_path: Path) -> None:
    """A run with the setting says what is missing."""
    with pytest.raises(DataError, match="neither happy nor sad"):
        neither_faces(open_workspace(tmp_path / "w"))
