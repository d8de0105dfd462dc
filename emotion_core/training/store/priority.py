"""The priority of a run in the queue."""

from emotion_core.documents import read_value
from emotion_core.errors import DocumentError
from emotion_core.jobs import CachedJobFolder, JobFolder

PRIORITY_FILE = "priority.json"


def priority_of(folder: JobFolder) -> int:
    """Return a run's priority in the queue, 0 unless it was set."""
    if isinstance(folder, CachedJobFolder):
        return folder.cached("priority", lambda: _stored_priority(folder))
    return _stored_priority(folder)


def _stored_priority(folder: JobFolder) -> int:
    try:
        stored = read_value(folder.path / PRIORITY_FILE)
    except (FileNotFoundError, DocumentError):
        return 0
    return stored if isinstance(stored, int) else 0
