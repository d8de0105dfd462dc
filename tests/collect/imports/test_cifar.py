"""CIFAR-10's archive for Python in its exact form: its photos are read, and its pickles cannot run code."""

import io
import json
import os
import pickle
import struct
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_core.collect import import_files, import_path, survey, survey_files
from emotion_core.collect.imports import cifar
from emotion_core.collect.imports.classes import ClassMapping
from emotion_core.dataset import Catalog
from emotion_core.errors import CollectError
from emotion_core.settings import Workspace

CAT, DOG, SHIP = (cifar.CLASSES.index(name) for name in ("cat", "dog", "ship"))
MAPPING = {"cat": "happy", "dog": "sad"}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """An empty catalog."""
    (tmp_path / "workspace").mkdir()
    return Catalog(Workspace(tmp_path / "workspace"))


def text(content: bytes) -> bytes:
    """Return the pickle of a str by Python 2, which wrote CIFAR-10's batches."""
    if len(content) < 256:
        return b"U" + bytes([len(content)]) + content
    return b"T" + struct.pack("<i", len(content)) + content


def number(value: int) -> bytes:
    """Return the pickle of an int."""
    return b"J" + struct.pack("<i", value)


def array(pixels: np.ndarray) -> bytes:
    """Return the pickle of a table of bytes by Python 2 and the NumPy of its day."""
    kind = (
        b"cnumpy\ndtype\n" + text(b"u1") + b"K\x00K\x01\x87R(K\x03" + text(b"|") + b"NNN" + number(-1) * 2 + b"K\x00tb"
    )
    shape = number(pixels.shape[0]) + number(pixels.shape[1]) + b"\x86"
    constructor = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + text(b"b") + b"\x87R"
    return constructor + b"(K\x01" + shape + kind + b"\x89" + text(pixels.tobytes()) + b"tb"


def batch(labels: Sequence[int], seed: int) -> bytes:
    """Return a batch of noise photos with the given labels, in the form of the archive."""
    # Coarse noise, because pictures of fine noise count as near copies of each other.
    tiles = np.random.default_rng(seed).integers(0, 256, (len(labels), 3, 4, 4), dtype=np.uint8)
    pixels = tiles.repeat(8, axis=2).repeat(8, axis=3).reshape(len(labels), -1)
    entries = [
        (b"batch_label", text(b"training batch 1 of 5")),
        (b"labels", b"](" + b"".join(map(number, labels)) + b"e"),
        (b"data", array(pixels)),
        (b"filenames", b"](" + b"".join(text(b"%d.png" % index) for index in range(len(labels))) + b"e"),
    ]
    return b"\x80\x02}(" + b"".join(text(key) + value for key, value in entries) + b"u."


def archive(path: Path, batches: dict[str, bytes]) -> Path:
    """Write an archive with these batches and the other files of the standard one."""
    others = {"readme.html": b"<p>", "batches.meta": b"\x80\x02}."}
    with tarfile.open(path, "w:gz") as tar:
        for name, content in {**others, **batches}.items():
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def standard(tmp_path: Path) -> Path:
    """A small archive: 5 cats, 3 dogs, 2 ships in three batches."""
    labels = [(CAT, DOG, SHIP, CAT), (DOG, CAT, CAT), (SHIP, CAT, DOG)]
    names = ("data_batch_1", "data_batch_2", "test_batch")
    batches = {
        name: batch(batch_labels, seed) for seed, (name, batch_labels) in enumerate(zip(names, labels, strict=True))
    }
    return archive(tmp_path / "cifar-10-python.tar.gz", batches)


def test_the_batches_read_as_python_and_numpy_read_them(standard: Path) -> None:
    """The archive of these tests opens with the standard unpickler, and ours reads the same content."""
    with tarfile.open(standard) as tar:
        kept = tar.extractfile("cifar-10-batches-py/data_batch_1")
        assert kept is not None
        expected = pickle.load(kept, encoding="bytes")
    name, kinds, pixels = next(cifar.cifar_source(standard, "c", ClassMapping({})).batches())
    assert name == "data_batch_1"
    assert kinds == ["cat", "dog", "ship", "cat"] == [cifar.CLASSES[label] for label in expected[b"labels"]]
    np.testing.assert_array_equal(pixels.reshape(4, -1), expected[b"data"])


def test_two_classes_are_mapped_to_happy_and_sad(catalog: Catalog, standard: Path) -> None:
    """Photos of mapped classes are imported with their pixels, the others are counted as skipped."""
    assert survey(standard) == {"cat": 5, "dog": 3, "ship": 2}
    summary = import_path(catalog, standard, mapping=MAPPING)
    assert (summary.added, summary.duplicates, dict(summary.skipped)) == (8, 0, {"ship": 2})
    photos = {photo.name: photo for photo in catalog.photos()}
    first = photos["cifar-10-python.tar.gz/data_batch_1/0"]
    assert first.label == "happy"
    _, _, pixels = next(cifar.cifar_source(standard, "c", ClassMapping({})).batches())
    shown = np.asarray(catalog.read(first), dtype=int)
    assert shown.shape == (32, 32, 3)
    assert abs(shown - pixels[0].transpose(1, 2, 0)).mean() < 12  # kept as JPEG


def test_a_limit_takes_as_many_of_each_label(catalog: Catalog, standard: Path) -> None:
    """Six photos are three happy and three sad ones, even if more happy ones come before the third sad one."""
    import_path(catalog, standard, mapping=MAPPING, limit=6)
    assert sorted(photo.label for photo in catalog.photos()) == ["happy"] * 3 + ["sad"] * 3


def test_the_default_limit_is_ten_thousand(standard: Path) -> None:
    """Without a limit of the caller, the source has its own."""
    assert cifar.cifar_source(standard, "c", ClassMapping({})).default_limit == 10_000


def test_an_uploaded_archive_is_read_like_a_file_on_disk(catalog: Catalog, standard: Path) -> None:
    """Uploads may contain the archive; a damaged one is rejected by its name."""
    uploads = [(standard.name, standard.read_bytes()), ("other.tar.gz", b"\x1f\x8b and no more")]
    assert survey_files(uploads) == {"cat": 5, "dog": 3, "ship": 2}
    summary = import_files(catalog, uploads, mapping=MAPPING)
    assert summary.added == 8
    [refused] = summary.rejected
    assert refused.name == "other.tar.gz" and "damaged" in refused.reason


class Harmful:
    """Runs a command when it is unpickled without restrictions."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.proof}",)


HARMFUL = {
    "a command": lambda proof: pickle.dumps({b"labels": [3], b"data": Harmful(proof)}, protocol=2),
    "eval": lambda proof: b"cbuiltins\neval\n" + text(b"open(%r, 'w')" % str(proof).encode()) + b"\x85R.",
    "a way around by attributes": lambda proof: (
        b"\x80\x04\x8c\x05numpy\x8c\x15ndarray.__class__.mro\x93\x8c\x01x\x85R."
    ),
    "numpy's loader": lambda proof: b"cnumpy\nload\n" + text(str(proof).encode()) + b"\x85R.",
}


@pytest.mark.parametrize("harmful", HARMFUL.values(), ids=HARMFUL)
def test_a_harmful_pickle_is_refused_and_does_nothing(
    catalog: Catalog, harmful: Any, tmp_path: Path, standard: Path
) -> None:
    """A harmful pickle runs neither alone nor after good batches; photos imported before it are kept."""
    proof = tmp_path / "proof"
    data = harmful(proof)
    with pytest.raises(CollectError, match="holds more than numbers and texts"):
        import_path(catalog, archive(tmp_path / "bad.tar.gz", {"data_batch_1": data}), mapping=MAPPING)
    later = archive(tmp_path / "later.tar.gz", {"data_batch_1": batch((CAT, DOG), 9), "data_batch_2": data})
    summary = import_path(catalog, later, mapping=MAPPING)
    assert (summary.added, len(summary.rejected)) == (2, 1)
    assert not proof.exists()


BROKEN = {
    "no labels": b"\x80\x02}" + text(b"data") + text(b"x" * cifar.PHOTO_BYTES) + b"s.",
    "no pickle": b"\x00\x01",
    "cut off": batch((CAT, DOG), 0)[:500],
    "a label beyond the ten": batch((CAT, 12), 0),
    "nothing": b"",
    "fewer labels than photos": batch((CAT, DOG), 0).replace(b"](" + number(CAT), b"]("),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_damaged_batch_is_a_clear_sentence(catalog: Catalog, data: bytes, tmp_path: Path) -> None:
    """Any damage gives a CollectError instead of a traceback."""
    with pytest.raises(CollectError, match="not CIFAR-10 for Python"):
        import_path(catalog, archive(tmp_path / "x.tar.gz", {"data_batch_1": data}), mapping=MAPPING)


@pytest.mark.usefixtures("reads_here")
def test_other_archives_are_refused(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tar of other files, a truncated one and an oversized one are each refused with the reason."""
    with pytest.raises(CollectError, match="not CIFAR-10 for Python"):
        import_path(catalog, archive(tmp_path / "other.tar.gz", {}), mapping=MAPPING)
    whole = archive(tmp_path / "whole.tar.gz", {"data_batch_1": batch((CAT,) * 200, 0)}).read_bytes()
    (tmp_path / "half.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CollectError, match="damaged"):
        import_path(catalog, tmp_path / "half.tar.gz", mapping=MAPPING)
    monkeypatch.setattr(cifar, "MAX_TOTAL_BYTES", 1000)
    with pytest.raises(CollectError, match="too large"):
        import_path(catalog, tmp_path / "whole.tar.gz", mapping=MAPPING)


def test_the_command_line_imports_it(standard: Path, tmp_path: Path) -> None:
    """One command maps two classes and sets a limit."""
    words = ["import", str(standard), "--map", "cat=happy", "--map", "dog=sad", "--limit", "6", "--json"]
    command = [sys.executable, "-m", "emotion_core", *words, "--workspace", str(tmp_path / "workspace")]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert json.loads(answer.stdout)["added"] == 6
