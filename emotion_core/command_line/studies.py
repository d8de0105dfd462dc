"""Verbs on studies and trained networks: start, compare, report, predict, export."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from emotion_core.command_line.output import JsonRows, Unfinished, note
from emotion_core.errors import SettingsError
from emotion_core.formatting import count_text
from emotion_core.settings import Workspace

if TYPE_CHECKING:
    from emotion_core.training import Study, StudyPlan

PLAN_FLAGS = ("preset", "networks", "seeds", "folds")
SETTING_FLAGS = (
    *("image_size", "kernel_size", "padding", "output_activation"),
    *("epochs", "batch_size", "learning_rate", "optimizer", "loss", "sources", "split_source"),
)


def start(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Start a study, and wait for its end with --wait.

    Args:
        workspace: that holds the photos and the study.
        options: the flags of ``study``.

    Raises:
        Unfinished: with ``wait``, not every run finished.
    """
    from emotion_core.training import list_studies, start_study
    from emotion_core.training.store import link_logs

    study = start_study(workspace, plan_of(options, workspace).study(), name=options.name, note=options.note)
    link_logs(workspace, list_studies(workspace))
    note(f"Study {study.study_id} has started.")
    if text := _split_note(workspace, study):
        note(text)
    if _compares_single_seeds(study):
        note(
            "With one seed it compares trained networks, not activations: another seed may turn their order. "
            f"For more seeds: python -m emotion_core add-seeds {study.study_id}"
        )
    result = {"study_id": study.study_id, "snapshot": study.snapshot, "run_ids": list(study.run_ids)}
    if options.wait and (problem := wait_for(workspace, study)):
        raise Unfinished(problem, result)
    return result


def rename(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Give a study another name or note; without flags, show both.

    Args:
        workspace: that holds the study.
        options: ``study_id``, ``name`` and ``note``; what is None stays.
    """
    from emotion_core.training import list_studies, load_study, rename_study
    from emotion_core.training.store import link_logs

    study = load_study(workspace, options.study_id)
    if options.name is not None or options.note is not None:
        name, note = options.name, options.note
        study = rename_study(
            workspace, study, name=study.name if name is None else name, note=study.note if note is None else note
        )
        link_logs(workspace, list_studies(workspace))
    return {"study_id": study.study_id, "title": study.title, "name": study.name, "note": study.note}


def _split_note(workspace: Workspace, study: Study) -> str:
    """Return what became of the split that the photos came with; empty where they came without one.

    Args:
        workspace: that holds the photos.
        study: a started study.
    """
    from emotion_core.dataset import Catalog, load_snapshot

    snapshot = load_snapshot(workspace, study.snapshot)
    if study.config.is_predefined:
        return snapshot.predefined.sentence if snapshot.predefined else ""
    own = Catalog(workspace).own_splits()
    count = sum(item.photo_id in own for item in snapshot.items)
    if not count or study.config.folds:
        return ""
    return (
        f"{count_text(count, 'photo')} came with a split of their own, which this study does not use. "
        "With --split-source predefined it would."
    )


def _compares_single_seeds(study: Study) -> bool:
    runs = study.config.runs
    return len({run.network_settings for run in runs}) > 1 == len({run.seed for run in runs})


def add_seeds(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Train the networks of a study with further seeds, on the same photos and split; with --wait until they end.

    Args:
        workspace: that holds the study.
        options: ``study_id``, ``number`` of seeds per network or None for the usual one, and ``wait``.

    Raises:
        Unfinished: with ``wait``, not every run of the study finished.
    """
    from emotion_core.training import add_seeds, load_study

    runs = add_seeds(workspace, load_study(workspace, options.study_id), options.number)
    study = load_study(workspace, options.study_id)
    note(f"{len(runs)} runs were added to study {study.study_id}.")
    if study.seeds_added_after_test:
        note("Seeds were added after a first look at p-values, so these no longer hold as written.")
    run_ids = [run.run_id for run in runs]
    after_look = set(run_ids) <= set(study.added_after_look)
    result = {"study_id": study.study_id, "snapshot": study.snapshot, "run_ids": run_ids, "after_look": after_look}
    if options.wait and (problem := wait_for(workspace, study)):
        raise Unfinished(problem, result)
    return result


def plan_of(options: argparse.Namespace, workspace: Workspace) -> StudyPlan:
    """Return the plan of a study: from a preset, a file or a run, changed by the other flags.

    Args:
        options: the flags of ``study``.
        workspace: that holds the run of ``--like``.

    Raises:
        JobNotFound: there is no such run.
        SettingsError: the file cannot be used, or no network of the preset has such an activation.
    """
    from emotion_core.network import checked
    from emotion_core.training import StudyPlan
    from emotion_core.training.config import preset_named

    plan = _first_plan(options, workspace)
    flags = {name: value for name, value in vars(options).items() if value is not None}
    plan = checked(StudyPlan, {**dict(plan), **{name: flags[name] for name in PLAN_FLAGS if name in flags}})
    fields = {name: [flags[name]] for name in SETTING_FLAGS if name in flags}
    if "depths" in flags:
        fields["depth"] = flags["depths"]
    if "activations" in flags:
        preset = preset_named(plan.preset)
        # A preset of named networks has their activations built in, so the flag selects among them.
        if preset.networks is None:
            fields["hidden_activation"] = flags["activations"]
        else:
            plan = plan.model_copy(update={"networks": preset.names_with(flags["activations"])})
    return plan.changed({**fields, **dict(options.set)})


def _first_plan(options: argparse.Namespace, workspace: Workspace) -> StudyPlan:
    from emotion_core.training import StudyPlan, find_run, load_study

    if options.like and options.settings:
        raise SettingsError(
            "A study starts from one set of settings. Expected either a run or a file. "
            f"Received: --like {options.like} --settings {options.settings}. Leave one of them out."
        )
    if options.like:
        run = find_run(workspace, options.like)
        return StudyPlan.of_run(run.config, load_study(workspace, run.study_id).config)
    return StudyPlan.from_toml(options.settings.read_bytes()) if options.settings else StudyPlan()


def wait_for(workspace: Workspace, study: Study) -> str | None:
    """Wait until every run of a study has ended, with progress on stderr.

    Args:
        workspace: that holds the study.
        study: a started study.

    Returns:
        A sentence on the runs that did not finish, or None where all did.
    """
    from emotion_core.training import wait_for_study

    runs = wait_for_study(workspace, study, on_progress=note)
    unfinished = [run for run in runs if run.state.name != "finished"]
    if not unfinished and len(runs) == len(study.run_ids):
        return None
    reasons = "; ".join(f"{run.run_id} {run.state.name}: {run.state.message}" for run in unfinished)
    return f"Study {study.study_id} ended, but not every run finished. {reasons or 'A run folder was deleted.'}"


def compare(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Compare the runs of a study: AUC with intervals, paired tests, champion, diagnoses, the strongest shortcut.

    Args:
        workspace: that holds the study.
        options: ``study_id`` and ``json``.
    """
    from emotion_core.evaluation.comparison import compare_study, study_baseline
    from emotion_core.training import load_study, record_look

    study = load_study(workspace, options.study_id)
    baseline = study_baseline(workspace, study)
    # AUC of the best single number, such as brightness, on the same test photos; null where it was not measured.
    names = ("name", "auc", "low", "high")
    shortcut = {name: getattr(baseline.shortcut, name) for name in names} if baseline else None
    compared = compare_study(workspace, study, baseline=baseline)
    record_look(workspace, study, [run.config for run, _ in compared.rows()])
    problems = [problem.as_json() for problem in compared.problems]
    document = {**compared.comparison.as_json(), "shortcut": shortcut, "problems": problems}
    return document if options.json else _as_text(document)


def _as_text(comparison: dict[str, Any]) -> dict[str, Any]:
    """Return a comparison for reading: the answer first, its tables as entries of their own, lists in one line."""
    answer = comparison.pop("answer")
    columns = ("question", "a", "b", "seeds_a", "seeds_b", "estimate", "low", "high", "p_value", "p_adjusted", "wins")
    contrasts = [{name: contrast[name] for name in columns} for contrast in answer["contrasts"]]
    cells = [
        {name: cell[name] for name in ("title", "seeds", "learned", "mean_auc", "low", "high")}
        for cell in answer["cells"]
    ]
    if comparison["baseline"] is not None:
        comparison["baseline"] = comparison["baseline"]["sentence"]
    parts = {"answer": answer["sentence"], "limits": " ".join(answer["notes"]), "contrasts": contrasts}
    return {**{name: part for name, part in (parts | {"means": cells}).items() if part}, **comparison}


def report(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Write the comparison of a study, with all its figures, as one HTML file that opens offline.

    Args:
        workspace: that holds the study.
        options: ``study_id`` and ``file``.
    """
    from emotion_core.evaluation.comparison import compare_studies, study_baseline
    from emotion_core.evaluation.report import write_report
    from emotion_core.training import load_study, record_look

    study = load_study(workspace, options.study_id)
    together = compare_studies(workspace, [study], study_baseline(workspace, study))
    write_report(workspace, together, options.file)
    record_look(workspace, study, [run.config for run in together.runs])
    return {"study_id": options.study_id, "file": str(options.file)}


def predict(workspace: Workspace, options: argparse.Namespace) -> JsonRows:
    """Predict P(sad) for photos, folders and zips of photos.

    Args:
        workspace: that holds the runs.
        options: ``photos``, ``run``, ``look``, ``wrong_one_in`` and ``json``.
    """
    from emotion_core.prediction import classifier_for, read_paths, why_starter
    from emotion_core.training.store import unreadable_runs, unreadable_studies

    if options.run is None:
        for problem in (*unreadable_studies(workspace), *unreadable_runs(workspace)):
            note(f"Left out of the choice of the champion: {problem.entry_id}, {problem.kind}. {problem.what}")
        if reason := why_starter(workspace):
            note(reason)
    classifier = classifier_for(workspace, options.run).with_limit(options.wrong_one_in)
    input_mode = None if options.look == "as-trained" else options.look
    answers = classifier.answer_each(read_paths(options.photos), input_mode=input_mode)
    return [answer.as_json() if options.json else answer.as_table_row() for answer in answers]


def export(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Export a run to a folder: network in three formats, settings, scores, model card, prediction script.

    Args:
        workspace: that holds the run.
        options: ``run_id`` and ``destination``.
    """
    from emotion_core.prediction import STARTER_ID, export_run, export_starter
    from emotion_core.training import find_run

    if options.run_id == STARTER_ID:
        files = export_starter(options.destination)
    else:
        files = export_run(workspace, find_run(workspace, options.run_id), options.destination)
    return {"run_id": options.run_id, "files": [str(path) for path in files]}
