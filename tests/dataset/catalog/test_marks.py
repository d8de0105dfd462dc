"""Marks: recorded in batches, which can be undone one by one through the whole history."""

import itertools
import sqlite3
import subprocess
import sys
from collections.abc import Callable

import pytest

from emotion_core.dataset import Catalog
from emotion_core.errors import PhotoNotFound
from emotion_core.settings import PACKAGE, open_workspace

CHECKOUT = PACKAGE.parent
Fill = Callable[..., list[str]]


def state(catalog: Catalog) -> list[tuple[str, str]]:
    """Return label and status of each photo."""
    return [(photo.label, photo.status) for photo in catalog.photos()]


def test_undo_takes_back_one_batch_after_the_other_to_the_beginning(catalog: Catalog, fill: Fill) -> None:
    """Each call undoes one more batch, with all its photos, until none is left."""
    ids = fill(catalog, 2, 1)
    states = [state(catalog)]
    for change in (lambda: catalog.mark(ids, status="kept"), lambda: catalog.mark(ids[:2], label="sad")):
        change()
        states.append(state(catalog))
    catalog.mark_each({ids[0]: "rejected", ids[1]: "kept"})
    for number, expected in enumerate(reversed(states)):
        undone = catalog.undo()
        assert undone is not None
        assert set(undone.photo_ids) == [{ids[0]}, set(ids[:2]), set(ids)][number]
        assert state(catalog) == expected
    assert catalog.undo() is None
    assert state(catalog) == states[0]


def test_undo_goes_on_after_a_restart_and_a_new_mark_is_undone_first(catalog: Catalog, fill: Fill) -> None:
    """Undone batches stay undone; later marks are undone first, then those before them."""
    first, second = fill(catalog, 1, 1)
    catalog.mark([first], status="kept")
    catalog.mark([second], status="kept")
    catalog.undo()
    again = Catalog(catalog.workspace)
    again.mark([second], status="rejected")
    assert again.undo().photo_ids == (second,)
    assert state(again) == [("happy", "kept"), ("sad", "new")]
    assert again.undo().photo_ids == (first,)
    assert again.undo() is None


def test_history_names_every_change_and_what_was_taken_back(catalog: Catalog, fill: Fill) -> None:
    """Newest first, with time, old and new value; an undo is a line of its own."""
    first, second = fill(catalog, 1, 1)
    catalog.mark([first], label="sad")
    catalog.undo()
    catalog.mark([second], status="kept")
    marks = catalog.history(first)
    assert [(mark.field, mark.before, mark.after, mark.undo) for mark in marks] == [
        ("label", "sad", "happy", True),
        ("label", "happy", "sad", False),
    ]
    assert marks[0].marked_at >= marks[1].marked_at > catalog.photo(first).added_at
    assert str(marks[0]).endswith("label sad → happy (undone)")
    assert catalog.history("unknown") == []


def test_undone_says_what_holds_again(catalog: Catalog, fill: Fill) -> None:
    """The text names the restored values and counts the photos."""
    ids = fill(catalog, 2, 0)
    catalog.mark(ids, label="sad")
    assert str(catalog.undo()) == "sad is happy again (2 photos)"


def test_marking_what_is_so_already_leaves_nothing_to_undo(catalog: Catalog, fill: Fill) -> None:
    """Setting the current value is no batch, even if an id is given twice."""
    [first] = fill(catalog, 1, 0)
    assert catalog.mark([first], label="happy") == 0
    assert catalog.undo() is None
    assert catalog.mark([first, first], status="kept") == 1
    assert len(catalog.history(first)) == 1


def test_a_batch_with_an_unknown_photo_is_not_written(catalog: Catalog, fill: Fill) -> None:
    """A batch is written completely or not at all."""
    [first] = fill(catalog, 1, 0)
    with pytest.raises(PhotoNotFound, match="'unknown'"):
        catalog.mark_each({first: "kept", "unknown": "rejected"})
    assert state(catalog) == [("happy", "new")]
    assert catalog.undo() is None


def test_two_processes_that_mark_and_undo_at_once_lose_nothing(catalog: Catalog, fill: Fill) -> None:
    """Each change starts from the previous one, so undoing all of them restores the initial state."""
    ids = fill(catalog, 2, 2)
    code = (
        "import sys; from emotion_core.dataset import Catalog; from emotion_core.settings import open_workspace\n"
        "catalog = Catalog(open_workspace(sys.argv[1]))\n"
        "for turn in range(30):\n"
        "    catalog.mark(sys.argv[3:], label=('happy', 'sad')[(turn + int(sys.argv[2])) % 2])\n"
        "    if turn % 5 == 4: catalog.undo()\n"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(catalog.workspace.root)]
    running = [subprocess.Popen([*command, start, *ids], cwd=CHECKOUT) for start in ("0", "1")]
    assert [process.wait(timeout=300) for process in running] == [0, 0]
    for photo_id in ids:
        marks = catalog.history(photo_id)[::-1]
        assert all(later.before == mark.after for mark, later in itertools.pairwise(marks))
        assert marks[-1].after == catalog.photo(photo_id).label
    while catalog.undo():
        pass
    assert [label for label, _ in state(catalog)] == ["happy", "happy", "sad", "sad"]


def test_marks_are_there_after_the_process_was_killed(catalog: Catalog, fill: Fill) -> None:
    """A mark is on disk when the call returns: the process is killed right after it."""
    ids = fill(catalog, 3, 0)
    code = (
        "import os, signal, sys; from emotion_core.dataset import Catalog\n"
        "from emotion_core.settings import open_workspace\n"
        "catalog = Catalog(open_workspace(sys.argv[1]))\n"
        "with catalog.kept_open():\n"
        "    for photo_id in sys.argv[2:]: catalog.mark([photo_id], status='kept')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(catalog.workspace.root), *ids], cwd=CHECKOUT, timeout=300, check=False
    )
    assert state(Catalog(open_workspace(catalog.workspace.root))) == [("happy", "kept")] * 3


def test_marks_of_an_earlier_version_are_batches_of_one(catalog: Catalog, fill: Fill) -> None:
    """Marks from before batches were recorded are undone one at a time."""
    first, second = fill(catalog, 2, 0)
    catalog.mark([first, second], status="kept")
    connection = sqlite3.connect(catalog.workspace.catalog)
    connection.executescript(
        "DROP INDEX marks_by_batch; DROP INDEX marks_by_undone; DROP INDEX marks_by_photo;"
        "DROP INDEX sightings_by_photo;"
        "ALTER TABLE photos DROP COLUMN checksum; ALTER TABLE sightings DROP COLUMN checksum;"
        "ALTER TABLE marks DROP COLUMN checksum; ALTER TABLE faces DROP COLUMN checksum;"
        "DROP TABLE deleted; ALTER TABLE marks DROP COLUMN batch; ALTER TABLE marks DROP COLUMN undoes;"
        "ALTER TABLE photos ADD COLUMN phash INTEGER; ALTER TABLE photos ADD COLUMN phash_mirror INTEGER;"
        "ALTER TABLE photos DROP COLUMN split; ALTER TABLE sightings DROP COLUMN split;"
        "PRAGMA user_version = 3"
    )
    connection.close()
    old = Catalog(catalog.workspace)
    assert old.undo().photo_ids == (second,)
    assert old.undo().photo_ids == (first,)
    assert old.undo() is None
