"""What the checks say about real runs, beside what the runs were: python -m benchmarks.run_checks WORKSPACE.

Lists, for each finished run of a workspace, the settings that differ from the defaults, the losses and AUCs of the
first, best and last epoch, the finished network's accuracies and AUCs, the warnings that its history gives epoch by
epoch with the present checks, and the findings at the end. A line that begins with ``CONTRADICTION`` says where the two
judgments, or a finding and the finished network's AUC, do not fit together. At the end stands how often each code was
given. Read the list against the curves after every change to a check: no finding may be false.
"""

import argparse
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from emotion_core.evaluation.comparison import run_scores, study_baseline
from emotion_core.evaluation.diagnosis import Baseline, diagnoses
from emotion_core.evaluation.statistics import AucInterval, auc_interval
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Run, RunConfig, list_runs, load_study
from emotion_core.training.checks import Finding, RunHistory, SplitPredictions, findings, has_learned, new_warnings
from emotion_core.training.checks.judgement import HIDES
from emotion_core.training.engine import EpochNumbers

# Of the loss of a constant: a validation loss that moves by less stands still.
STILL = 0.005
FAILURES, GUESSING = ("dead_output", "born_dead"), "random guessing"


def main() -> None:
    """List the runs of the workspaces and count the codes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspaces", nargs="+", type=Path, metavar="WORKSPACE")
    live, final, contradictions = Counter[str](), Counter[str](), 0
    for path in parser.parse_args().workspaces:
        for run, baseline in finished_runs(open_workspace(path)):
            warnings = replayed_warnings(run)
            ended = diagnoses(run, run_scores(run), baseline=baseline)
            problems = list(contradictions_in(run, ended))
            print("\n".join([*run_lines(run), *finding_lines("live", warnings), *finding_lines("final", ended)]))
            print("".join(f"   CONTRADICTION {problem}\n" for problem in problems))
            live.update(warning.code for warning in warnings)
            final.update(finding.code for finding in ended)
            contradictions += len(problems)
    print(f"live: {dict(live.most_common())}\nfinal: {dict(final.most_common())}\ncontradictions: {contradictions}")


def finished_runs(workspace: Workspace) -> Iterator[tuple[Run, Baseline | None]]:
    """Yield the finished runs of a workspace, each with the strongest shortcut on its study's photos."""
    baselines: dict[str, Baseline | None] = {}
    for run in list_runs(workspace):
        if run.state.name == "finished":
            if run.study_id not in baselines:
                baselines[run.study_id] = study_baseline(workspace, load_study(workspace, run.study_id))
            yield run, baselines[run.study_id]


def history_after(run: Run, epoch: int) -> RunHistory:
    """Return what was known of a run under way.

    Args:
        run: finished.
        epoch: after which it was known, 0 for before the first.
    """
    return replace(
        run.history,
        epochs=[numbers for numbers in run.epochs if numbers.epoch <= epoch],
        snapshots=[snapshot for snapshot in run.layer_snapshots if snapshot.epoch <= epoch],
        ended=False,
        kept_epoch=None,
        train=None,
        validation=None,
        test=None,
    )


def replayed_warnings(run: Run) -> list[Finding]:
    """Return the warnings that the present checks give while the run trains."""
    given: list[Finding] = []
    for epoch in range(len(run.epochs) + 1):
        given += new_warnings(history_after(run, epoch), [finding.code for finding in given])
    return given


def contradictions_in(run: Run, ended: Sequence[Finding]) -> Iterator[str]:
    """Yield what does not fit together in the judgments of a run.

    Args:
        run: finished.
        ended: its findings at the end.
    """
    codes = {finding.code for finding in ended}
    hidden = {hidden_code for code in codes for hidden_code in HIDES.get(code, ())}
    history = run.history.of_kept_network()
    for finding in findings(history_after(run, history.epoch)):
        if finding.code not in codes | hidden:
            yield f"{finding.code} is true of the last epoch and not of the finished run: {finding.evidence}"
    failures = [finding for finding in ended if finding.code in FAILURES or GUESSING in finding.sentence]
    for part in ("train", "validation", "test"):
        interval = auc_interval_of(getattr(history, part))
        if interval is not None and interval.low > 0.5:
            yield from (
                f"{finding.code} beside a {part} AUC of {interval.auc:.3f}, at least {interval.low:.3f}"
                for finding in failures
            )
    validation = history.validation
    auc = validation.rates.auc if validation else None
    doubted = any("guessing" in finding.sentence for finding in ended if finding.code == "ok")
    if "ok" in codes and not doubted and (auc is None or auc < 0.6):
        yield f"ok beside a validation AUC of {auc or math.nan:.3f}"
    is_useless = bool({"nan", "not_trained", "constant_output", *FAILURES} & codes)
    # After one epoch nothing is said of learning.
    is_unsure = bool({"stuck", "undertrained"} & codes)
    if has_learned(history) == is_useless and not (is_unsure and not is_useless):
        yield f"has_learned is {has_learned(history)} beside {sorted(codes)}"
    if "undertrained" in codes and len(history.epochs) > 2 and _stands_still(history):
        yield "undertrained, and the validation loss stands still"
    if any(int(share) > 100 for finding in ended for share in re.findall(r"(\d+) ?%", finding.evidence)):
        yield "a share of more than 100 %"


def auc_interval_of(split: SplitPredictions | None) -> AucInterval | None:
    """Return the AUC of a part with its 95 % interval, or None where it has photos of one label alone."""
    if split is None or len(set(split.labels.tolist())) < 2:
        return None
    return auc_interval(split.labels, split.p_sad)


def _stands_still(history: RunHistory) -> bool:
    """Whether the lowest validation loss of the second half is hardly below that of the first."""
    losses = [epoch.validation_loss for epoch in history.epochs]
    half = len(losses) // 2
    return min(losses[half:]) > min(losses[:half]) - STILL * history.chance_loss


def run_lines(run: Run) -> list[str]:
    """Return the lines on a run's settings, curves and finished network."""
    defaults = RunConfig().model_dump()
    settings = {name: value for name, value in run.config.model_dump().items() if value != defaults[name]}
    shown = {name: value for name, value in settings.items() if name not in ("name", "hidden_activation", "seed")}
    best = min(run.epochs, key=lambda epoch: epoch.validation_loss)
    kept = "" if run.kept_epoch is None else f", weights of epoch {run.kept_epoch} kept"
    history = run.history
    splits = [("train", history.train), ("validation", history.validation), ("test", history.test)]
    statistics = ", statistics renewed" if run.has_renewed_statistics else ""
    return [
        f"{run.run_id} {run.config.label} {shown}",
        f"   {len(run.epochs)} epochs, best {best.epoch}{kept}{statistics}, learned: {has_learned(history)}",
        *(f"   {name:>5}: {epoch_text(epoch)}" for name, epoch in _first_best_last(run.epochs, best)),
        *(f"   finished network, {part}: {split_text(split)}" for part, split in splits if split is not None),
        f"   validation loss: {' '.join(f'{epoch.validation_loss:.3g}' for epoch in every_few(run.epochs))}",
        f"   training loss:   {' '.join(f'{epoch.loss:.3g}' for epoch in every_few(run.epochs))}",
        *_snapshot_lines(run),
        f"   recorded warnings: {', '.join(f'{w.code} ({w.epoch})' for w in run.warnings) or 'none'}",
    ]


def _first_best_last(epochs: Sequence[EpochNumbers], best: EpochNumbers) -> list[tuple[str, EpochNumbers]]:
    return [("first", epochs[0]), ("best", best), ("last", epochs[-1])]


def _snapshot_lines(run: Run) -> list[str]:
    """Return gradient ratio, dead and saturated share of each layer, at first and at last."""
    return [
        f"   layers after epoch {snapshot.epoch}: "
        + ", ".join(
            f"{layer.name} {_short(layer.gradient_ratio)}/{_short(layer.dead)}/{_short(layer.saturated)}"
            for layer in snapshot.layers
        )
        for snapshot in dict.fromkeys([*run.layer_snapshots[:1], *run.layer_snapshots[-1:]])
    ]


def epoch_text(epoch: EpochNumbers) -> str:
    """Return an epoch's losses and AUCs in words."""
    return (
        f"loss {epoch.loss:.3g} and {epoch.validation_loss:.3g}, accuracy {_short(epoch.accuracy)} and "
        f"{_short(epoch.validation_accuracy)}, AUC {_short(epoch.auc)} and {_short(epoch.validation_auc)}"
    )


def split_text(split: SplitPredictions) -> str:
    """Return the finished network's accuracy and AUC on a split in words."""
    rates = split.rates
    return (
        f"{len(split.labels)} photos, accuracy {rates.accuracy:.3f}, AUC {_short(rates.auc)}, spread {split.spread:.3g}"
    )


def every_few(epochs: Sequence[EpochNumbers]) -> Sequence[EpochNumbers]:
    """Return about fifteen of the epochs, evenly spaced, up to the last."""
    step = max(len(epochs) // 15, 1)
    return epochs[(len(epochs) - 1) % step :: step]


def finding_lines(kind: str, ended: Sequence[Finding]) -> list[str]:
    """Return one line for each finding.

    Args:
        kind: ``live`` or ``final``.
        ended: in their order.
    """
    return [
        f"   {kind} {finding.severity} {finding.code} ({finding.epoch}): {finding.sentence} {finding.evidence}"
        for finding in ended
    ]


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"


if __name__ == "__main__":
    main()
