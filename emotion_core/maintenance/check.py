"""The check of a workspace: every file against its hash, its version and what refers to it; and the repair."""

from collections.abc import Callable
from pathlib import Path

from emotion_core.dataset import Catalog
from emotion_core.errors import EmotionError
from emotion_core.formatting import count_text
from emotion_core.jobs import JobFolder
from emotion_core.maintenance.catalog_checks import catalog_findings, journal_findings, reference_findings, row_findings
from emotion_core.maintenance.findings import CheckFinding, Findings, Problem, WorkspaceReport, finding
from emotion_core.maintenance.leftovers import find_leftovers, remove
from emotion_core.maintenance.photo_checks import OnPhotos, photo_findings, unlisted_findings
from emotion_core.maintenance.study_checks import (
    archive_problem,
    folder_findings,
    json_problem,
    run_findings,
    snapshot_findings,
    study_findings,
)
from emotion_core.settings import Workspace
from emotion_core.training.store import publish_interrupted_runs

# Measured or computed again when they are missing.
_DERIVED = ("calibration.json", "epoch_times.json", "near_copies.npz", "queue_problem.json", "cluster_seen.json")


def check_workspace(
    workspace: Workspace, *, repair: bool = False, on_progress: OnPhotos = lambda done, total: None
) -> WorkspaceReport:
    """Check everything that lies in a workspace, and repair what can be repaired if that is asked for.

    Nothing is downloaded, no photo is deleted that you did not delete, and jobs may go on meanwhile.

    Args:
        workspace: any, also one whose catalog is lost.
        repair: whether to repair: rebuild the catalog, make thumbnails again, remove leftovers and damaged caches.
        on_progress: called with the number of photos checked and their total; may raise to cancel.
    """
    # Runs of a study whose creation was interrupted are no leftovers.
    publish_interrupted_runs(workspace)
    report = WorkspaceReport(checked=_counts(workspace))
    for found in _findings(workspace, on_progress):
        _take(report, found, repair)
    # Last: a lost catalog may be rebuilt by now.
    report.checked["photos"] = _photo_count(workspace)
    return report


def _photo_count(workspace: Workspace) -> int:
    try:
        return len(Catalog(workspace).photo_ids()) if workspace.catalog.exists() else 0
    except EmotionError:
        return 0


def _findings(workspace: Workspace, on_progress: OnPhotos) -> Findings:
    # Repairs happen between the steps: a rebuilt catalog is what the photos are compared with.
    yield from catalog_findings(workspace)
    try:
        catalog = Catalog(workspace) if workspace.catalog.exists() else None
        if catalog is not None:
            catalog.damaged_rows()
    except EmotionError:
        catalog = None
    if catalog is not None:
        yield from row_findings(catalog)
        yield from unlisted_findings(catalog)
        yield from reference_findings(catalog)
        yield from journal_findings(catalog)
        yield from photo_findings(catalog, on_progress)
    yield from snapshot_findings(workspace)
    yield from study_findings(workspace)
    yield from run_findings(workspace)
    for folder in JobFolder.all_in(workspace.jobs):
        yield from folder_findings(workspace, folder, "job")
    yield from _root_findings(workspace)
    for leftover in find_leftovers(workspace):
        yield finding(workspace, leftover.path, "leftover", leftover.what, _removal(leftover.path))


def _root_findings(workspace: Workspace) -> Findings:
    for path in sorted([*workspace.root.glob("*.json"), *workspace.root.glob("*.npz")]):
        what = json_problem(path) if path.suffix == ".json" else archive_problem(path)
        if what:
            kind = "cache" if path.name in _DERIVED else "settings"
            yield finding(workspace, path, kind, what, _removal(path) if path.name in _DERIVED else None)


def _removal(path: Path) -> Callable[[], str]:
    def repair() -> str:
        remove(path)
        return "Removed."

    return repair


def _take(report: WorkspaceReport, found: CheckFinding, repair: bool) -> None:
    """Add a finding to the report, after trying to repair it if that is asked for and possible."""
    problem = found.problem
    if not repair or found.repair is None:
        report.problems.append(problem)
        return
    try:
        done = found.repair()
    except (EmotionError, OSError) as error:
        report.problems.append(Problem(problem.path, problem.kind, f"{problem.what} The repair failed: {error}"))
    else:
        report.repaired.append(Problem(problem.path, problem.kind, f"{problem.what} {done}"))


def _counts(workspace: Workspace) -> dict[str, int]:
    folders = {"snapshots": workspace.snapshots, "studies": workspace.studies}
    counts = {name: len([*folder.glob("[!.]*")]) for name, folder in folders.items()}
    jobs = {"runs": workspace.runs, "jobs": workspace.jobs}
    return {**counts, **{name: len(JobFolder.all_in(folder)) for name, folder in jobs.items()}}


def summary_text(report: WorkspaceReport) -> str:
    """Return the result of a check in one sentence."""
    if not report.problems and not report.repaired:
        return "Everything is as it was written."
    repaired = f"{count_text(len(report.repaired), 'problem')} repaired" * bool(report.repaired)
    left = f"{count_text(len(report.problems), 'problem')} {'left' if report.repaired else 'found'}"
    return f"{', '.join(filter(None, [repaired, left * bool(report.problems)]))}."
