"""Verbs on runs: list them, pause, go on, stop, begin anew, delete; the queue they wait in, and where it is worked."""

import argparse
from typing import Any

from emotion_core.command_line.output import JsonRows
from emotion_core.errors import JobNotFound
from emotion_core.settings import Workspace


def list_all_runs(workspace: Workspace, options: argparse.Namespace) -> JsonRows:
    """List the runs with state, epoch and last metrics."""
    from emotion_core.training import list_runs, load_study

    if options.study is not None:
        load_study(workspace, options.study)
    return [run.summary() for run in list_runs(workspace) if options.study in (None, run.study_id)]


def stop(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Ask a run to stop, now or at the end of its epoch."""
    from emotion_core.training import find_run, stop_run

    stop_run(workspace, find_run(workspace, options.run_id), at_epoch_end=options.at_epoch_end)
    return find_run(workspace, options.run_id).summary()


def pause(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Ask a run to make room, until it is resumed."""
    from emotion_core.training import find_run, pause_run

    pause_run(find_run(workspace, options.run_id))
    return find_run(workspace, options.run_id).summary()


def resume(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Let a paused, stopped, failed or lost run go on from its last whole epoch."""
    from emotion_core.training import find_run, resume_run

    resume_run(workspace, find_run(workspace, options.run_id))
    return find_run(workspace, options.run_id).summary()


def restart(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Train a run from its beginning; with another seed, beside the first as a new run of its study."""
    from emotion_core.training import find_run, restart_run

    return restart_run(workspace, find_run(workspace, options.run_id), options.seed).summary()


def delete(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Delete a run, or a study with all its runs; what is under way is ended."""
    from emotion_core.training import delete_run, delete_study, find_run, load_study, runs_of

    try:
        run = find_run(workspace, options.id)
    except JobNotFound:
        study = load_study(workspace, options.id)
        deleted = [run.run_id for run in runs_of(workspace, study)]
        delete_study(workspace, study)
        return {"deleted": deleted}
    delete_run(workspace, run)
    return {"deleted": [run.run_id]}


def queue(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """List the runs that wait, in their order; change it, let all wait or go on, set how many are trained at once."""
    from emotion_core.training import (
        find_run,
        pause_all_waiting,
        put_first,
        queued_runs,
        resume_all_paused,
        runs_at_once,
        set_priority,
        set_runs_at_once,
    )
    from emotion_core.training.queue import queue_problem

    if options.runs_at_once is not None:
        set_runs_at_once(workspace, options.runs_at_once)
    if options.first is not None:
        put_first(workspace, find_run(workspace, options.first))
    for run_id, priority in options.priority:
        set_priority(find_run(workspace, run_id), priority)
    if options.all is not None:
        {"pause": pause_all_waiting, "resume": resume_all_paused}[options.all](workspace)
    waiting = [run.summary() for run in queued_runs(workspace)]
    problem = queue_problem(workspace) if waiting else ""
    return {"runs_at_once": runs_at_once(workspace), "problem": problem, "runs": waiting}


def cluster(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Say where runs are trained and what was last seen of that cluster, or set it."""
    from emotion_core.training import use_cluster
    from emotion_core.training.queue import cluster_settings, last_cluster_status, queue_problem, saved_cluster_settings

    asked = {name: getattr(options, name) for name in ("address", "cpus", "gpus")}
    said = {name: value for name, value in asked.items() if value is not None}
    if said.get("address") == "none":
        said["address"] = None
    if said:
        wanted = saved_cluster_settings(workspace)._replace(**said)
        use_cluster(workspace, wanted.address or "", wanted.cpus, wanted.gpus)
    seen = last_cluster_status(workspace)
    sight = {name: getattr(seen, name, None) for name in ("nodes", "room", "time")}
    return {**cluster_settings(workspace)._asdict(), **sight, "problem": queue_problem(workspace)}
