"""JSON files with a format version and a checksum."""

import json
from pathlib import Path

import pytest

from emotion_core.documents import FORMAT_VERSION, encoded, read_document, write_document
from emotion_core.errors import DocumentDamaged, OtherVersion

VALUES = {"seed": 3, "rate": 0.001, "names": ["relu", "tanh"], "text": "Größe"}


def test_document_is_read_back_without_its_own_keys(tmp_path: Path) -> None:
    """A reader gets the values that were written, and the file names its version."""
    path = tmp_path / "settings.json"
    write_document(path, VALUES)
    assert read_document(path) == VALUES
    assert json.loads(path.read_text())["format"] == FORMAT_VERSION


def test_no_changed_byte_goes_unnoticed(tmp_path: Path) -> None:
    """Whatever one byte becomes, the document is reported as damaged or still has the values that were written."""
    path = tmp_path / "settings.json"
    data = encoded(VALUES)
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        path.write_bytes(changed)
        try:
            assert read_document(path) == VALUES
        except (DocumentDamaged, OtherVersion):
            continue


def test_document_from_before_checksums_is_read(tmp_path: Path) -> None:
    """A file with neither version nor checksum is of the first versions, and one with only one of them is damaged."""
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(VALUES))
    assert read_document(path) == VALUES
    path.write_text(json.dumps({**VALUES, "format": 1}))
    with pytest.raises(DocumentDamaged, match="checksum"):
        read_document(path)


def test_newer_format_is_not_called_damaged(tmp_path: Path) -> None:
    """A file of a newer version names the version, so that no user deletes it."""
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"format": FORMAT_VERSION + 1, "other": True}))
    with pytest.raises(OtherVersion, match="newer version"):
        read_document(path)


@pytest.mark.parametrize("content", [b"", b"[1, 2]", b"\xff\xfe", b"[" * 100_000, b'{"a": '])
def test_what_is_no_document_is_damaged(tmp_path: Path, content: bytes) -> None:
    """Cut, empty, foreign and deeply nested files are a sentence, never another exception."""
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    with pytest.raises(DocumentDamaged, match=r"settings\.json is damaged"):
        read_document(path)


def test_missing_document_is_not_damaged(tmp_path: Path) -> None:
    """Missing and damaged are told apart."""
    with pytest.raises(FileNotFoundError):
        read_document(tmp_path / "settings.json")
