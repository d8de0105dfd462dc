"""Parquet files of pictures, as Hugging Face's ``datasets`` writes them."""

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotion_core import images
from emotion_core.collect import import_files, import_path, survey
from emotion_core.collect.imports import bytes_member
from emotion_core.collect.imports.classes import ClassMapping, ImportEntry
from emotion_core.collect.imports.parquet_tables import ParquetTable
from emotion_core.dataset import Catalog
from emotion_core.settings import open_workspace
from tests.collect.web_server import jpeg

PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
NAMES = ("angry", "happy", "sad")


def pictures(numbers: Sequence[int]) -> pa.Array:
    """Return a column of different pictures."""
    return pa.array([{"bytes": jpeg(number), "path": f"{number}.jpg"} for number in numbers], PICTURE)


def parquet(columns: Mapping[str, Any], features: Mapping[str, Any] | None = None, **options: Any) -> bytes:
    """Return a Parquet file with these columns, described as ``datasets`` describes them."""
    table = pa.table(dict(columns))
    if features:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def labeled(numbers: Sequence[int], labels: Sequence[int | None], **options: Any) -> bytes:
    """Return a Parquet file of pictures with named classes."""
    features = {"image": {"_type": "Image"}, "label": {"names": list(NAMES), "_type": "ClassLabel"}}
    return parquet({"image": pictures(numbers), "label": pa.array(labels, pa.int64())}, features, **options)


def entries(data: bytes, name: str = "data.parquet", **mapping: str) -> list[ImportEntry]:
    """Return the entries of a file."""
    classes = ClassMapping.from_choices(None, mapping)
    return list(ParquetTable(bytes_member(data, PurePosixPath(name)), classes).entries())


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """Return an empty catalog."""
    return Catalog(open_workspace(tmp_path / "workspace"))


@pytest.mark.parametrize("form", ["folder", "zip", "upload"])
def test_shards_of_a_data_set_bring_classes_and_splits(tmp_path: Path, catalog: Catalog, form: str) -> None:
    """Every shard is read, with the names of its classes from the schema and the split from its name."""
    shards = {
        "data/train-00000-of-00002.parquet": labeled([1, 2, 3], [1, 2, 0]),
        "data/train-00001-of-00002.parquet": labeled([4], [1], row_group_size=1),
        "data/test-00000-of-00001.parquet": labeled([5, 6], [2, None]),
    }
    root = tmp_path / "faces"
    for name, data in shards.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    if form == "upload":
        summary = import_files(catalog, list(shards.items()))
    elif form == "folder":
        assert survey(root) == {"happy": 2, "sad": 2, "angry": 1, "no label": 1}
        summary = import_path(catalog, root)
    else:
        with zipfile.ZipFile(tmp_path / "faces.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for name, data in shards.items():
                packed.writestr(name, data)
        summary = import_path(catalog, tmp_path / "faces.zip")
    assert (summary.added, summary.skipped, summary.rejected) == (4, {"angry": 1, "no label": 1}, [])
    found = Counter((photo.label, photo.split) for photo in catalog.photos())
    assert found == {("happy", "train"): 2, ("sad", "train"): 1, ("sad", "test"): 1}
    assert any(photo.name.endswith("train-00001-of-00002.parquet row 1") for photo in catalog.photos())


@pytest.mark.parametrize(
    ("columns", "features"),
    [
        ({"image": pictures([1, 2]), "label": ["happy", "sad"]}, None),
        ({"img": [jpeg(1), jpeg(2)], "emotion": pa.array(["happy", "sad"]).dictionary_encode()}, None),
        ({"id": [0, 1], "picture": pa.array([jpeg(1), jpeg(2)], pa.large_binary()), "class": ["Happy", "Sad"]}, None),
        (
            {"sound": [b"a", b"b"], "face": pictures([1, 2]), "mood": pa.array([0, 1], pa.int8())},
            {"sound": {"_type": "Audio"}, "mood": {"names": {"0": "happy", "1": "sad"}, "_type": "ClassLabel"}},
        ),
        (
            {"image": pictures([1, 2]), "label": [7, 7], "expression": [0, 1], "box": [[1], [2]]},
            {"expression": {"names": ["happy", "sad"], "_type": "ClassLabel"}},
        ),
    ],
    ids=("text", "bytes", "large bytes", "numbered names", "named class before a number"),
)
def test_columns_are_found_by_what_they_hold(columns: Mapping[str, Any], features: Mapping[str, Any] | None) -> None:
    """Pictures may be structs or bytes, classes numbers with names or text, in columns of other names."""
    found = entries(parquet(columns, features))
    assert [(entry.label, entry.data, entry.problem) for entry in found] == [
        ("happy", jpeg(1), ""),
        ("sad", jpeg(2), ""),
    ]


def test_numbers_without_names_can_be_mapped() -> None:
    """Without a mapping the classes are their numbers, and no picture is read."""
    data = parquet({"image": pictures([1, 2]), "label": [3, 4]})
    assert [(entry.kind, entry.label, entry.data) for entry in entries(data)] == [("3", None, b""), ("4", None, b"")]
    assert [entry.label for entry in entries(data, **{"3": "happy", "4": "sad"})] == ["happy", "sad"]


def test_column_of_splits_counts_before_the_name_of_the_file() -> None:
    """Each row has its own split; a row without one has none."""
    data = parquet({"image": pictures([1, 2, 3]), "label": ["sad"] * 3, "split": ["test", "val", None]})
    assert [entry.split for entry in entries(data, "train.parquet")] == ["test", "validation", None]


def test_label_for_all_needs_no_classes(tmp_path: Path, catalog: Catalog) -> None:
    """A file of pictures alone can be imported with a label, as a folder of pictures can."""
    path = tmp_path / "faces.parquet"
    path.write_bytes(parquet({"image": pictures([1, 2])}))
    [rejection] = import_path(catalog, path).rejected
    assert "has no pictures with classes" in rejection.reason
    assert import_path(catalog, path, label="sad").added == 2
    assert {photo.label for photo in catalog.photos()} == {"sad"}


def test_rows_without_a_usable_picture_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path without bytes, nothing at all and too many bytes are rows with a reason; the others are read."""
    monkeypatch.setattr(images, "MAX_BYTES", 5000)
    rows = [{"bytes": None, "path": "a.jpg"}, None, {"bytes": b"x" * 5001}, {"bytes": jpeg(1)}]
    found = entries(parquet({"image": pa.array(rows, PICTURE), "label": ["sad"] * 4}))
    reasons = ("no picture in it", "no picture in it", "too large. Expected at most 5,000 bytes", "")
    assert all(reason in entry.problem for reason, entry in zip(reasons, found, strict=True))
    assert found[3].data == jpeg(1)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"PAR1" + b"\0" * 50 + b"PAR1", "damaged, encrypted or of a kind that is not read"),
        (b"not parquet", "damaged, encrypted or of a kind that is not read"),
        (b"", "damaged, encrypted or of a kind that is not read"),
        (parquet({"text": ["a"], "label": [1]}), "has no pictures with classes.*with the columns text, label"),
        (parquet({"image": [[1.0]], "label": [1]}), "has no pictures with classes"),
    ],
    ids=("damaged", "foreign", "empty", "no pictures", "pixels as lists"),
)
def test_file_that_cannot_be_read_is_told(data: bytes, problem: str) -> None:
    """The one entry names the file and says what was expected; counting its classes counts none."""
    [entry] = entries(data)
    assert entry.name == "data.parquet"
    assert re.search(problem, entry.problem)
    assert not ParquetTable(bytes_member(data, PurePosixPath("x.parquet")), ClassMapping({})).counts()


def test_rows_before_a_damage_are_kept() -> None:
    """A file that is damaged in its last part gives the rows before it, and one entry that says so."""
    data = bytearray(labeled(range(1, 9), [1, 2] * 4, row_group_size=2, compression="none", use_dictionary=False))
    last = data.index(jpeg(7))
    data[last - 12 : last] = b"\xff" * 12
    *before, end = entries(bytes(data))
    assert [entry.label for entry in before] == ["happy", "sad"] * 3
    assert (end.name, "damaged" in end.problem) == ("data.parquet row 7", True)


def test_file_with_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of rows is known before any is read."""
    monkeypatch.setattr("emotion_core.collect.imports.parquet_tables.MAX_ROWS", 2)
    [entry] = entries(labeled([1, 2, 3], [1, 1, 1]))
    assert "too long. Expected at most 2 rows" in entry.problem
    assert len(entries(labeled([1, 2], [1, 1]))) == 2
