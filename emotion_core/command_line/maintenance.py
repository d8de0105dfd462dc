"""Verbs that care for a workspace: check, back up, restore, and see and free what lies on the disk."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from emotion_core.command_line.output import JsonRows, Unfinished, note
from emotion_core.settings import Workspace

NOTE_SHARE = 0.1


def check(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Check every file against its hash, version and record; --repair mends what can be mended.

    Args:
        workspace: to check.
        options: ``repair``.

    Raises:
        Unfinished: problems are left; they are printed all the same.
    """
    from emotion_core.maintenance import check_workspace, summary_text

    report = check_workspace(workspace, repair=options.repair, on_progress=_noting("photos checked"))
    result = report.as_json()
    if not options.json:
        result = {"result": summary_text(report), **result}
    if report.problems:
        advice = "" if options.repair else " Run the same command with --repair to repair what can be repaired."
        raise Unfinished(f"{summary_text(report)}{advice}", result)
    return result


def back_up_workspace(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Write photos, labels, studies and runs into one file, while the workspace may be in use.

    Args:
        workspace: to back up.
        options: ``file``.
    """
    from emotion_core.maintenance import back_up

    contents = back_up(workspace, options.file, _noting("photos written"))
    return {
        "file": str(options.file),
        "photos": contents.photos,
        "missing_photos": contents.missing,
        "runs": contents.runs,
        "files": len(contents.files),
        "bytes": contents.total_bytes,
    }


def restore_workspace(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Restore a backup into an empty workspace, after checking all of it.

    Args:
        workspace: to restore into.
        options: ``file`` and ``replace``.
    """
    from emotion_core.maintenance import restore

    numbers = restore(workspace, options.file, replace=options.replace, on_progress=_noting("files unpacked"))
    return {"workspace": str(workspace.root), **numbers}


def list_disk_use(workspace: Workspace, options: argparse.Namespace) -> JsonRows:
    """List what lies in the workspace by kind and study, with sizes and what it is for.

    Args:
        workspace: whose files are listed.
        options: not used.
    """
    from emotion_core.maintenance import disk_use

    return [row.as_json() for row in disk_use(workspace)]


def clean_workspace(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Remove ended jobs, leftovers of killed processes and caches that no study uses.

    Args:
        workspace: to clean.
        options: ``dry_run`` and ``interrupted``.
    """
    from emotion_core.maintenance import clean, removable

    act = removable if options.dry_run else clean
    items = act(workspace, interrupted=options.interrupted)
    rows = [
        {"path": item.path.relative_to(workspace.root).as_posix(), "what": item.what, "bytes": item.bytes}
        for item in items
    ]
    return {"bytes": sum(item.bytes for item in items), "would_remove" if options.dry_run else "removed": rows}


def _noting(what: str) -> Callable[[int, int], None]:
    """Return a callback that notes every tenth of the work on a terminal."""
    noted = 0.0

    def on_progress(done: int, total: int) -> None:
        nonlocal noted
        share = done / total if total else 1.0
        if share >= noted + NOTE_SHARE and sys.stderr.isatty():
            noted = share
            note(f"{done:,} of {total:,} {what}")

    return on_progress
