"""Verbs on studies and what comes of them: start and wait, compare, predict, export."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from emotion_core.command_line.output import JsonRows, Unfinished, note
from emotion_core.errors import SettingsError
from emotion_core.settings import Workspace

if TYPE_CHECKING:
    from emotion_core.training import Study, StudyPlan

PLAN_FLAGS = ("preset", "networks", "seeds", "folds")
SETTING_FLAGS = (
    *("image_size", "kernel_size", "padding", "output_activation"),
    *("epochs", "batch_size", "learning_rate", "optimizer", "loss", "sources"),
)


def start(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Start a study, and wait for its end where asked to."""
    from emotion_core.training import start_study

    study = start_study(workspace, plan_of(options, workspace).study())
    note(f"Study {study.study_id} has started.")
    result = {"study_id": study.study_id, "snapshot": study.snapshot, "run_ids": list(study.run_ids)}
    if options.wait and (problem := wait_for(workspace, study)):
        raise Unfinished(problem, result)
    return result


def plan_of(options: argparse.Namespace, workspace: Workspace) -> StudyPlan:
    """Return the plan that the words of ``study`` say: a file's or a run's, changed by what stands beside it.

    Raises:
        JobNotFound: there is no such run.
        SettingsError: the file cannot be used, or no network of the preset has such an activation.
    """
    from emotion_core.network import checked
    from emotion_core.training import StudyPlan
    from emotion_core.training.config import preset_named

    plan = _first_plan(options, workspace)
    said = {name: value for name, value in vars(options).items() if value is not None}
    plan = checked(StudyPlan, {**dict(plan), **{name: said[name] for name in PLAN_FLAGS if name in said}})
    fields = {name: [said[name]] for name in SETTING_FLAGS if name in said}
    if "depths" in said:
        fields["depth"] = said["depths"]
    if "activations" in said:
        preset = preset_named(plan.preset)
        if preset.networks is None:
            fields["hidden_activation"] = said["activations"]
        else:
            plan = plan.model_copy(update={"networks": preset.names_with(said["activations"])})
    return plan.changed({**fields, **dict(options.set)})


def _first_plan(options: argparse.Namespace, workspace: Workspace) -> StudyPlan:
    from emotion_core.training import StudyPlan, find_run, load_study

    if options.like and options.settings:
        raise SettingsError(
            "A study begins from one set of settings. Expected a run or a file. "
            f"Received: --like {options.like} --settings {options.settings}. Leave one of them out."
        )
    if options.like:
        run = find_run(workspace, options.like)
        return StudyPlan.of_run(run.config, load_study(workspace, run.study_id).config)
    return StudyPlan.from_toml(options.settings.read_bytes()) if options.settings else StudyPlan()


def wait_for(workspace: Workspace, study: Study) -> str | None:
    """Wait until every run has ended, and return what went wrong, if anything."""
    from emotion_core.training import wait_for_study

    runs = wait_for_study(workspace, study, on_progress=note)
    unfinished = [run for run in runs if run.state.name != "finished"]
    if not unfinished and len(runs) == len(study.run_ids):
        return None
    reasons = "; ".join(f"{run.run_id} {run.state.name}: {run.state.message}" for run in unfinished)
    return f"Study {study.study_id} ended, but not every run finished. {reasons or 'A run folder was deleted.'}"


def compare(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Compare the runs of a study: AUC with intervals, paired tests, champion, diagnoses, the strongest shortcut."""
    from emotion_core.evaluation.comparison import compare_study, study_baseline
    from emotion_core.training import load_study

    study = load_study(workspace, options.study_id)
    baseline = study_baseline(workspace, study)
    # What one number reaches on the same test photos without a network; null where nothing is known of them.
    names = ("name", "auc", "low", "high")
    shortcut = {name: getattr(baseline.shortcut, name) for name in names} if baseline else None
    return {**compare_study(workspace, study, baseline=baseline).comparison.as_json(), "shortcut": shortcut}


def report(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Write the comparison of a study, with all its figures, as one HTML file that opens without the internet."""
    from emotion_core.evaluation.comparison import compare_studies, study_baseline
    from emotion_core.evaluation.report import write_report
    from emotion_core.training import load_study

    study = load_study(workspace, options.study_id)
    together = compare_studies(workspace, [study], study_baseline(workspace, study))
    write_report(workspace, together, options.file)
    return {"study_id": options.study_id, "file": str(options.file)}


def predict(workspace: Workspace, options: argparse.Namespace) -> JsonRows:
    """Say P(sad) for photos, folders and zips of photos."""
    from emotion_core.prediction import classifier_for, read_paths

    classifier = classifier_for(workspace, options.run)
    answers = classifier.answer_each(read_paths(options.photos), input_mode=options.look)
    return [answer.as_json() if options.json else answer.as_words() for answer in answers]


def export(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Write a run's model in three formats, settings, scores, card and a script that predicts to a folder."""
    from emotion_core.prediction import STARTER_ID, export_run, export_starter
    from emotion_core.training import find_run

    if options.run_id == STARTER_ID:
        files = export_starter(options.destination)
    else:
        files = export_run(workspace, find_run(workspace, options.run_id), options.destination)
    return {"run_id": options.run_id, "files": [str(path) for path in files]}
