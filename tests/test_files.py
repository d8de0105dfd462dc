"""Atomic file replacement and lock files."""

import threading
from pathlib import Path

import pytest
from filelock import FileLock

from emotion_core import files


def test_json_is_read_back_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """A value is read as it was written, and no temporary file stays behind."""
    path = tmp_path / "new" / "value.json"
    files.write_json(path, {"a": [1, None, "ä"]})
    files.write_json(path, {"b": 2})
    assert files.read_json(path) == {"b": 2}
    assert list(path.parent.iterdir()) == [path]


def test_missing_or_damaged_json_is_none(tmp_path: Path) -> None:
    """Readers get None instead of an exception."""
    assert files.read_json(tmp_path / "missing.json") is None
    (tmp_path / "half.json").write_text('{"a": ')
    assert files.read_json(tmp_path / "half.json") is None
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    assert files.read_json(tmp_path / "binary.json") is None


def test_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    """Writers of one file never share a temporary name, so the result is the content of one of them."""
    path = tmp_path / "shared.bin"
    contents = [bytes([number]) * 200_000 for number in range(8)]
    threads = [threading.Thread(target=files.write_bytes, args=(path, content)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_lock_is_seen_while_it_is_held(tmp_path: Path) -> None:
    """A lock file that was left behind does not count, and asking does not keep the lock."""
    path = tmp_path / "queue.lock"
    assert not files.is_locked(path)
    with FileLock(path):
        assert files.is_locked(path)
    assert not files.is_locked(path)


def test_batch_leaves_whole_files_and_bears_deleted_ones(tmp_path: Path) -> None:
    """Files of a batch are there at once, and one that was deleted meanwhile does not end the batch."""
    batch = files.WriteBatch()
    for name in ("a/1.bin", "a/2.bin", "b/3.bin"):
        batch.write_bytes(tmp_path / name, name.encode())
    (tmp_path / "a" / "2.bin").unlink()
    batch.sync()
    assert sorted(path.read_text() for path in tmp_path.rglob("*.bin")) == ["a/1.bin", "b/3.bin"]


def test_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    """A full disk or a missing permission must not leave temporary files."""
    path = tmp_path / "taken"
    path.mkdir()
    with pytest.raises(OSError, match="taken"):
        files.write_bytes(path, b"new")
    assert list(tmp_path.iterdir()) == [path]
