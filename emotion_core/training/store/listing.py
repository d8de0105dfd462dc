"""The runs of a workspace: those that can be read, and those that cannot, which are listed beside them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from emotion_core.documents import Unreadable, document_problem
from emotion_core.errors import EmotionError
from emotion_core.jobs import CachedJobFolder, JobFolder
from emotion_core.settings import Workspace
from emotion_core.training.store.runs import Run
from emotion_core.training.store.study import Study


def find_run(workspace: Workspace, run_id: str) -> Run:
    """Return the run of that id.

    Args:
        workspace: that holds the run.
        run_id: as listed.

    Raises:
        JobNotFound: no such run.
        JobUnusable: its folder is damaged.
    """
    return Run(JobFolder.find(workspace.runs, run_id, what="run"))


def read_runs(workspace: Workspace, run_ids: Iterable[str]) -> tuple[list[Run], list[Unreadable]]:
    """Return the runs with these ids, and those that cannot be read: damaged, of a newer version, or missing.

    Args:
        workspace: that holds the runs.
        run_ids: ids of the runs, in the order of the result.
    """
    runs, unreadable = [], []
    for run_id in run_ids:
        try:
            runs.append(find_run(workspace, run_id))
        except (EmotionError, OSError) as error:
            unreadable.append(Unreadable.of(run_id, workspace.runs / run_id, error))
    return runs, unreadable


def read_all_runs(workspace: Workspace) -> tuple[list[Run], list[Unreadable]]:
    """Return every run of the workspace, oldest first, and those that cannot be read."""
    return read_runs(workspace, [folder.id for folder in JobFolder.all_in(workspace.runs)])


def list_runs(workspace: Workspace) -> list[Run]:
    """Return every readable run of the workspace, oldest first; ``unreadable_runs`` returns the others."""
    return read_all_runs(workspace)[0]


def unreadable_runs(workspace: Workspace) -> list[Unreadable]:
    """Return the runs of the workspace that ``list_runs`` cannot read, oldest first."""
    return read_all_runs(workspace)[1]


def damaged_runs(workspace: Workspace) -> list[Unreadable]:
    """Return every run with something damaged in its folder, or that cannot be read at all, oldest first."""
    runs, unreadable = read_all_runs(workspace)
    damaged = [problem for run in runs if (problem := run.unreadable()) is not None]
    return sorted([*unreadable, *damaged], key=lambda problem: problem.entry_id)


def unreadable_row(run: Unreadable) -> dict[str, Any]:
    """Return the row that ``runs --json`` prints for a run that cannot be read."""
    nothing = dict.fromkeys(
        ("study", "name", "priority", "epoch", "epochs", "kept_epoch", "activation", "depth", "seed")
    )
    state = {"state": run.kind, "message": "", "problem": run.what, "path": str(run.path)}
    return {"run_id": run.entry_id, **nothing, **state}


def short_labels(runs: Sequence[Run]) -> dict[str, str]:
    """Return a name for each run id that no other run in the sequence has."""
    counts = Counter(run.config.label for run in runs)
    met: Counter[str] = Counter()
    names = {}
    for run in runs:
        label = run.config.label
        met[label] += 1
        names[run.run_id] = label if counts[label] == 1 else f"{label} ({met[label]})"
    return names


def runs_by_network(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return the runs that differ in their seed or fold only, by a name that no other network in the sequence has."""
    groups: dict[Any, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.config.network_settings, []).append(run)
    counts = Counter(settings.network_label for settings in groups)
    met: Counter[str] = Counter()
    networks = {}
    for settings, group in groups.items():
        name = settings.network_label
        met[name] += 1
        leak = " · leaking split" if settings.leaks else ""
        networks[f"{name}{leak}" if counts[name] == 1 else f"{name}{leak} ({met[name]})"] = group
    return networks


def has_settings(folder: JobFolder) -> bool:
    """Return whether a run's settings can be read, so that it can be trained."""
    if isinstance(folder, CachedJobFolder):
        return folder.cached("settings", lambda: document_problem(folder.path / "settings.json") is None)
    return document_problem(folder.path / "settings.json") is None


def runs_of(workspace: Workspace, study: Study) -> list[Run]:
    """Return the study's runs, in its order; ``read_runs`` returns those that cannot be read, too.

    Args:
        workspace: that holds the runs.
        study: whose runs are read.
    """
    return read_runs(workspace, study.run_ids)[0]
