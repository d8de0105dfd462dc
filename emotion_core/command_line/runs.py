"""Verbs on runs, on the queue that they wait in, and on the cluster that trains them."""

import argparse
from typing import Any

from emotion_core.command_line.output import JsonRows
from emotion_core.errors import JobNotFound, JobUnusable
from emotion_core.settings import Workspace


def list_all_runs(workspace: Workspace, options: argparse.Namespace) -> JsonRows:
    """List the runs with state, epoch and last metrics.

    Args:
        workspace: that holds the runs.
        options: ``study``, the id of a study or None for all.

    Raises:
        JobNotFound: there is no such study.
    """
    from emotion_core.training import list_runs, load_study, resume_queue
    from emotion_core.training.store import unreadable_row, unreadable_runs

    # The dispatcher may have been killed, and no page be open that would start it again.
    resume_queue(workspace)
    if options.study is not None:
        known = load_study(workspace, options.study).run_ids
    rows = [run.summary() for run in list_runs(workspace) if options.study in (None, run.study_id)]
    unreadable = [run for run in unreadable_runs(workspace) if options.study is None or run.entry_id in known]
    # By id, which begins with the time, so that a damaged run keeps its place.
    return sorted([*rows, *map(unreadable_row, unreadable)], key=lambda row: str(row["run_id"]))


def stop(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Stop a run, now or at the end of its epoch.

    Args:
        workspace: that holds the run.
        options: ``run_id`` and ``at_epoch_end``.
    """
    from emotion_core.training import find_run, stop_run

    stop_run(workspace, find_run(workspace, options.run_id), at_epoch_end=options.at_epoch_end)
    return find_run(workspace, options.run_id).summary()


def pause(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Pause a run until it is resumed; its place goes to the next run in the queue.

    Args:
        workspace: that holds the run.
        options: ``run_id``.
    """
    from emotion_core.training import find_run, pause_run

    pause_run(find_run(workspace, options.run_id))
    return find_run(workspace, options.run_id).summary()


def resume(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Resume a paused, stopped, failed or lost run from its last complete epoch.

    Args:
        workspace: that holds the run.
        options: ``run_id``.
    """
    from emotion_core.training import find_run, resume_run

    resume_run(workspace, find_run(workspace, options.run_id))
    return find_run(workspace, options.run_id).summary()


def restart(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Restart a run from scratch, or repeat it with a new seed as another run of its study.

    Args:
        workspace: that holds the run.
        options: ``run_id`` and ``seed``, None for the run's own.
    """
    from emotion_core.training import find_run, restart_run

    return restart_run(workspace, find_run(workspace, options.run_id), options.seed).summary()


def delete(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Delete a run, or a study with all its runs; running ones are ended first.

    Args:
        workspace: that holds them.
        options: ``id``, of a run or of a study.
    """
    from emotion_core.training import delete_run, delete_study, find_run, load_study, runs_of
    from emotion_core.training.store import delete_damaged

    try:
        run = find_run(workspace, options.id)
    except JobUnusable:
        return {"deleted": delete_damaged(workspace, options.id)}
    except JobNotFound:
        try:
            study = load_study(workspace, options.id)
        except JobUnusable:
            return {"deleted": delete_damaged(workspace, options.id)}
        deleted = [run.run_id for run in runs_of(workspace, study)]
        delete_study(workspace, study)
        return {"deleted": deleted}
    delete_run(workspace, run)
    return {"deleted": [run.run_id]}


def queue(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """List the waiting runs in order; change the order, pause or resume all, set how many runs train at once.

    Args:
        workspace: that holds the queue.
        options: ``runs_at_once``, ``first``, ``priority`` and ``all``; None or empty leaves the queue as it is.
    """
    from emotion_core.training import (
        find_run,
        pause_all_waiting,
        put_first,
        queued_runs,
        resume_all_paused,
        resume_queue,
        runs_at_once,
        set_priority,
        set_runs_at_once,
    )
    from emotion_core.training.queue import queue_problem, queue_settings_problem

    if options.runs_at_once is not None:
        set_runs_at_once(workspace, options.runs_at_once)
    if options.first is not None:
        put_first(workspace, find_run(workspace, options.first))
    for run_id, priority in options.priority:
        set_priority(find_run(workspace, run_id), priority)
    if options.all is not None:
        {"pause": pause_all_waiting, "resume": resume_all_paused}[options.all](workspace)
    resume_queue(workspace)
    waiting = [run.summary() for run in queued_runs(workspace)]
    problem = queue_problem(workspace) if waiting else queue_settings_problem(workspace)
    return {"runs_at_once": runs_at_once(workspace), "problem": problem, "runs": waiting}


def cluster(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Show or set where runs are trained: on this machine, or on a Ray cluster with its last known status.

    Args:
        workspace: that holds the setting.
        options: ``address``, ``cpus`` and ``gpus``; None leaves a value as it is.
    """
    from emotion_core.training import use_cluster
    from emotion_core.training.queue import cluster_settings, last_cluster_status, queue_problem, saved_cluster_settings

    flags = {name: getattr(options, name) for name in ("address", "cpus", "gpus")}
    changes = {name: value for name, value in flags.items() if value is not None}
    if changes.get("address") == "none":
        changes["address"] = None
    if changes:
        wanted = saved_cluster_settings(workspace)._replace(**changes)
        use_cluster(workspace, wanted.address or "", wanted.cpus, wanted.gpus)
    status = last_cluster_status(workspace)
    last_status = {name: getattr(status, name, None) for name in ("nodes", "room", "time")}
    return {**cluster_settings(workspace)._asdict(), **last_status, "problem": queue_problem(workspace)}
