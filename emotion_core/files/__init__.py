"""Files: replaced in one instant, on the disk once a write has returned, and locked where one process may work."""

from emotion_core.files.disk_sync import make_folder, remove_file, sync_file, sync_folder, sync_folders, sync_tree
from emotion_core.files.lock_files import is_locked
from emotion_core.files.replacement import move_into_place, new_folder, replacing, temporary_beside, write_bytes
from emotion_core.files.stored_values import read_arrays, read_json, write_json
from emotion_core.files.write_batch import WriteBatch, sync_batches

__all__ = [
    "WriteBatch",
    "is_locked",
    "make_folder",
    "move_into_place",
    "new_folder",
    "read_arrays",
    "read_json",
    "remove_file",
    "replacing",
    "sync_batches",
    "sync_file",
    "sync_folder",
    "sync_folders",
    "sync_tree",
    "temporary_beside",
    "write_bytes",
    "write_json",
]
